import {type CallbackListener, listenForCallback} from '../authorization/callback.js';
import {loopbackCertificate} from '../authorization/certificate.js';
import {failedPage, refusedPage, successPage} from '../authorization/pages.js';
import {awaitAuthorization} from '../authorization/round-trip.js';
import {newState} from '../authorization/state.js';
import {type Credential, parseIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import {bin} from '../name.js';
import type {Account, App, Platform, Service, TokenFacts} from '../platforms/platform.js';
import {isLoopback} from '../platforms/service.js';
import type {Vault} from '../vault/vault.js';
import {isDead, revoked} from './dead-token.js';

export interface AuthorizeRequest {
  app: App;
  scopes: string[];
  redirectUri: string;
  /** The name to store it under; by default the one that it has, else the account's username. */
  identifier?: string;
  /** Seconds to wait for the person. */
  timeout: number;
}

/** What the person sees and does meanwhile. */
export interface AuthorizeDialog {
  /** The address to open; `listening`: whether the browser's answer arrives by itself. */
  onUrl: (url: string, listening: boolean) => void;
  onCertificateWarning: () => void;
  onBadPaste: (error: VaultError) => void;
  warn: (message: string) => void;
  /** Lines that the person pastes. */
  pasted?: AsyncIterable<string>;
}

export interface Authorized {
  credential: Credential;
  /** The name that the same credential had before, where `identifier` renamed it. */
  renamedFrom?: string;
}

/**
 * The whole way from a login in the browser to a stored credential: authorization request, callback or
 * pasted redirect, code → short-lived → long-lived token, whose account, which scopes, stored, read
 * back; only then is it called authorized, in the page too. A failure stores nothing.
 * Throws AUTHORIZATION_REFUSED, AUTHORIZATION_TIMEOUT, IDENTIFIER_TAKEN, CALLBACK_PORT_BUSY
 * and what the service and the vault throw.
 */
export async function authorize(
  platform: Platform,
  service: Service,
  vault: Vault,
  certificateFolder: string,
  request: AuthorizeRequest,
  dialog: AuthorizeDialog,
): Promise<Authorized> {
  const {app, redirectUri, scopes} = request;
  // What can fail for want of a key or a name fails before the person logs in, not after.
  await vault.prepare();
  await checkName(platform, vault, request);

  const state = newState();
  const listener = await listen(redirectUri, state, certificateFolder, dialog);
  try {
    dialog.onUrl(
      await platform.authorizationUrl(service, {appId: app.id, redirectUri, scopes, state}),
      listener !== undefined,
    );
    const {parameters, respond = async () => {}} = await awaitAuthorization({
      ...(listener && {listener}),
      ...(dialog.pasted && {pasted: dialog.pasted}),
      onBadPaste: dialog.onBadPaste,
      timeoutSeconds: request.timeout,
      redirectUri,
      state,
    });
    if (parameters.has('error')) {
      const reason = (parameters.get('error_description') ?? parameters.get('error')!).slice(0, 200);
      await respond(refusedPage({reason, command: `${bin} ${platform.name} authorize`}));
      throw refused(platform);
    }
    try {
      const authorized = await exchangeAndStore(
        platform,
        service,
        vault,
        request,
        parameters,
        state,
        dialog.warn,
      );
      const {username, user_id, identifier} = authorized.credential;
      await respond(
        successPage({account: username ? `@${username}` : user_id!, identifier, platform: platform.title}),
      );
      return authorized;
    } catch (error) {
      const {message, suggestions} =
        error instanceof VaultError ? error : new VaultError('INTERNAL', 'Something unexpected went wrong.');
      await respond(failedPage({message, suggestions: [...suggestions]}));
      throw error;
    }
  } finally {
    await listener?.close();
  }
}

/** A redirect URI that an answer may come to: https, or http on this machine; no fragment. Throws USAGE. */
export function checkRedirectUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url && safe && !url.hash && !url.username && !url.password) return text;
  throw new VaultError('USAGE', 'The redirect URI is not one that an answer may come to.', [
    'Use the https address registered with the app, such as https://localhost:3456/callback.',
  ]);
}

async function listen(
  redirectUri: string,
  state: string,
  certificateFolder: string,
  {onCertificateWarning}: AuthorizeDialog,
): Promise<CallbackListener | undefined> {
  const url = new URL(redirectUri);
  if (!isLoopback(url)) return undefined;
  const certificate = url.protocol === 'https:' ? await loopbackCertificate(certificateFolder) : undefined;
  return listenForCallback({
    redirectUri: url,
    state,
    ...(certificate && {certificate}),
    onCertificateWarning,
  });
}

async function exchangeAndStore(
  platform: Platform,
  service: Service,
  vault: Vault,
  {app, redirectUri, identifier}: AuthorizeRequest,
  parameters: URLSearchParams,
  state: string,
  warn: (message: string) => void,
): Promise<Authorized> {
  const {apiUrl} = service;
  const token = await platform.exchangeCode(service, {app, redirectUri, parameters, state});
  // A look-up that fails is no reason to lose the login, unless it is the token that is no good.
  const account = await platform.account(apiUrl, token.access_token).catch((error): Account => {
    if (isDead(error) || !token.user_id) throw error;
    warn('The account’s name could not be looked up; the credential is named by its number.');
    return {user_id: token.user_id, username: null, name: null};
  });
  const facts = await platform.inspect(apiUrl, token.access_token).catch((error): Partial<TokenFacts> => {
    if (isDead(error)) throw error;
    warn('Which scopes were granted could not be looked up.');
    return {};
  });
  if (facts.is_valid === false) throw revoked(platform);
  return storeAuthorized(platform, vault, identifier, {
    platform: platform.name,
    identifier: '',
    app_id: app.id,
    app_secret: app.secret,
    refresh_token: token.access_token,
    user_id: account.user_id,
    username: account.username,
    scopes: facts.scopes ?? null,
    issued_at: facts.issued_at ?? new Date().toISOString(),
    expires_at: facts.expires_at ?? token.expires_at,
    data_access_expires_at: facts.data_access_expires_at ?? null,
    refreshed_at: null,
    redirect_uri: redirectUri,
    api_url: apiUrl,
  });
}

/** One account of one app has one record, under the name that it has, or the one that is asked for. */
async function storeAuthorized(
  platform: Platform,
  vault: Vault,
  asked: string | undefined,
  credential: Credential,
): Promise<Authorized> {
  const before = await findSameAccount(vault, credential);
  const identifier = asked ?? before ?? nameFor(credential);
  const stored = await vault.update({platform: platform.name, identifier}, async current => {
    if (current && !isSameAccount(current, credential)) throw nameTaken(platform, identifier, current);
    return {...credential, identifier};
  });
  if (before === undefined || before === identifier) return {credential: stored!};
  await vault.remove({platform: platform.name, identifier: before});
  return {credential: stored!, renamedFrom: before};
}

async function findSameAccount(vault: Vault, credential: Credential): Promise<string | undefined> {
  for (const row of await vault.list()) {
    if (row.platform !== credential.platform || 'error' in row || row.header.user_id !== credential.user_id)
      continue;
    const other = await vault.read(row).catch(() => undefined);
    if (other && isSameAccount(other, credential)) return row.identifier;
  }
  return undefined;
}

function isSameAccount(one: Credential, other: Credential): boolean {
  return one.user_id === other.user_id && one.app_id === other.app_id && one.api_url === other.api_url;
}

function nameFor({username, user_id}: Credential): string {
  try {
    return parseIdentifier(username ?? user_id!);
  } catch {
    return parseIdentifier(user_id!);
  }
}

/** A name that another app's credential has can be refused before the person logs in. */
async function checkName(
  platform: Platform,
  vault: Vault,
  {identifier, app}: AuthorizeRequest,
): Promise<void> {
  if (identifier === undefined) return;
  const current = await vault.read({platform: platform.name, identifier: parseIdentifier(identifier)});
  if (current && current.app_id !== app.id) throw nameTaken(platform, identifier, current);
}

function nameTaken(
  platform: Platform,
  identifier: string,
  {username, user_id, app_id}: Credential,
): VaultError {
  return new VaultError(
    'IDENTIFIER_TAKEN',
    `The name ${identifier} belongs to ${username ? `@${username}` : `account ${user_id}`} of app ${app_id}. Nothing was changed.`,
    [
      `Choose another name: ${bin} ${platform.name} authorize --identifier NAME`,
      `Or remove that one first: ${bin} utils tokens remove --platform ${platform.name} --identifier ${identifier}`,
    ],
  );
}

function refused(platform: Platform): VaultError {
  return new VaultError(
    'AUTHORIZATION_REFUSED',
    'The login ended without permission: it was refused in the browser.',
    [`Nothing was stored. Run ${bin} ${platform.name} authorize again and choose Allow.`],
  );
}
