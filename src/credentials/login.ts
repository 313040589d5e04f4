import {type Credential, type Identifier, UNNAMED} from '../credential.js';
import {VaultError} from '../errors.js';
import {awaitAuthorization} from '../oauth/authorization-response.js';
import {loopbackCertificate} from '../oauth/certificate.js';
import {type LoopbackListener, listenOnLoopback} from '../oauth/loopback-listener.js';
import {failedPage, refusedPage, successPage} from '../oauth/pages.js';
import {newState} from '../oauth/state.js';
import type {App, Grant, Platform} from '../platforms/platform.js';
import {findService, isLoopback} from '../platforms/service.js';
import {bin} from '../program.js';
import {announceOverrides, type CredentialsContext} from './context.js';
import {checkName, type StoredCredential, storeCredential} from './store.js';
import {verifyToken} from './verify-token.js';

/** A login ends with a stored credential. It has two front doors: the browser (`login`) and what a login elsewhere gave (`exchange`). */
interface Registration {
  app: App;
  /** The name to store it under. Default: its current name, else the username of the account. */
  identifier?: Identifier | undefined;
}

export interface LoginRequest extends Registration {
  scopes: string[];
  redirectUri: string;
  /** The username or id of the only account to accept. Default: any. */
  account?: string | undefined;
  /** Seconds to wait for the person. */
  timeout: number;
  /** The folder of the certificate for an https redirect URI on this machine. */
  certificateFolder: string;
}

/** What the person sees and does during a login. */
export interface LoginDialog {
  /** Receives the URL to open. `listening`: whether the answer of the browser arrives by itself. */
  onUrl: (url: string, listening: boolean) => void;
  onCertificateWarning: () => void;
  onBadPaste: (error: VaultError) => void;
  /** Lines that the person pastes. */
  pasted?: AsyncIterable<string>;
}

/**
 * Logs in through the browser: authorization request, redirect or pasted URL, code exchange, whose account,
 * which scopes, stored, read back. Only then does the page say so. A failure stores nothing.
 * Throws AUTHORIZATION_REFUSED, AUTHORIZATION_TIMEOUT, ACCOUNT_MISMATCH, IDENTIFIER_TAKEN, CALLBACK_PORT_BUSY and
 * what the service and the vault throw.
 */
export async function login(
  context: CredentialsContext,
  request: LoginRequest,
  dialog: LoginDialog,
): Promise<StoredCredential> {
  const {platform} = context;
  const service = findService(platform, context.env);
  const {app, redirectUri, scopes, timeout} = request;
  await prepare(context, request);

  const state = newState();
  const listener = await startListener(request, state, dialog);
  try {
    const {url, codeVerifier} = await platform.authorizationRequest(service, {
      appId: app.id,
      redirectUri,
      scopes,
      state,
    });
    announceOverrides(context, ['authorizeUrl', 'apiUrl']);
    dialog.onUrl(url, listener !== undefined);
    const {parameters, respond = async () => {}} = await awaitAuthorization({
      ...(listener && {listener}),
      ...(dialog.pasted && {pasted: dialog.pasted}),
      onBadPaste: dialog.onBadPaste,
      timeoutSeconds: timeout,
      redirectUri,
      state,
    });
    if (parameters.has('error')) {
      const reason = (parameters.get('error_description') ?? parameters.get('error')!).slice(0, 200);
      await respond(refusedPage({reason, command: `${bin} ${platform.name} authorize`}));
      throw loginRefused(platform);
    }
    try {
      const grant = await platform.exchangeCode(service, {app, redirectUri, parameters, state, codeVerifier});
      const stored = await storeGrant(context, {...request, redirectUri}, grant);
      const {username, user_id, identifier} = stored.credential;
      const account = username ? `@${username}` : user_id!;
      await respond(successPage({account, identifier, platform: platform.title}));
      return stored;
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

/** What a login elsewhere gave: a code and the redirect URI that it was sent to, or a short-lived token. */
export type ExternalLogin = {code: string; redirectUri: string} | {shortLivedToken: string};

export interface Exchange extends Registration {
  externalLogin: ExternalLogin;
}

/**
 * Stores what a login elsewhere gave: exchanged, whose account, which scopes, stored, read back. A failure
 * stores nothing. Throws IDENTIFIER_TAKEN and what the service and the vault throw.
 */
export async function exchange(context: CredentialsContext, request: Exchange): Promise<StoredCredential> {
  const {platform} = context;
  const service = findService(platform, context.env);
  const {app, externalLogin} = request;
  await prepare(context, request);
  announceOverrides(context);
  if ('shortLivedToken' in externalLogin) {
    if (!platform.exchangeShortLived) throw noShortLivedTokens(platform);
    const grant = await platform.exchangeShortLived(service.apiUrl, app, externalLogin.shortLivedToken);
    return storeGrant(context, {...request, redirectUri: null}, grant);
  }
  const {code, redirectUri} = externalLogin;
  // The state was checked where the code arrived; the grant needs one to compare all the same.
  const state = newState();
  const parameters = new URLSearchParams({code, state});
  const grant = await platform.exchangeCode(service, {app, redirectUri, parameters, state});
  return storeGrant(context, {...request, redirectUri}, grant);
}

/** Lets a missing key or a taken name fail before a person logs in, or a code is spent. */
async function prepare(
  {platform, vault, env}: CredentialsContext,
  {identifier, app}: Registration,
): Promise<void> {
  await vault.prepare();
  const {apiUrl} = findService(platform, env);
  await checkName(vault, {platform: platform.name, identifier, appId: app.id, apiUrl});
}

/** Stores what the service has just issued. */
async function storeGrant(
  context: CredentialsContext,
  {
    app,
    identifier,
    redirectUri,
    account,
  }: Registration & {
    redirectUri: string | null;
    account?: string | undefined;
  },
  grant: Grant,
): Promise<StoredCredential> {
  const {platform, vault, env} = context;
  const credential: Credential = {
    platform: platform.name,
    identifier: UNNAMED,
    app_id: app.id,
    app_secret: app.secret,
    refresh_token: grant.refresh_token,
    access_token: grant.access_token,
    access_expires_at: grant.access_expires_at,
    user_id: grant.user_id ?? null,
    username: null,
    scopes: null,
    issued_at: grant.issued_at ?? new Date().toISOString(),
    expires_at: grant.expires_at,
    data_access_expires_at: null,
    refreshed_at: null,
    redirect_uri: redirectUri,
    api_url: findService(platform, env).apiUrl,
  };
  const verified = await verifyToken(context, credential);
  if (account !== undefined && !isAccount(verified, account)) throw accountMismatch(verified, platform);
  return storeCredential(vault, verified, identifier);
}

/** Checks a redirect URI: https, or http on this machine, without a fragment. Throws USAGE. */
export function checkRedirectUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url && isSafe && !url.hash && !url.username && !url.password) return text;
  throw new VaultError('USAGE', 'The redirect URI is not usable: it must be https, without a # part.', [
    'Use the address registered with the app, such as https://localhost:3456/callback.',
  ]);
}

async function startListener(
  {redirectUri, certificateFolder}: LoginRequest,
  state: string,
  {onCertificateWarning}: LoginDialog,
): Promise<LoopbackListener | undefined> {
  const url = new URL(redirectUri);
  if (!isLoopback(url)) return undefined;
  const certificate = url.protocol === 'https:' ? await loopbackCertificate(certificateFolder) : undefined;
  return listenOnLoopback({
    redirectUri: url,
    state,
    ...(certificate && {certificate}),
    onCertificateWarning,
  });
}

/** Compares as the service does: usernames without regard to case. An unknown username is not the one asked for. */
function isAccount({user_id, username}: Credential, account: string): boolean {
  return account === user_id || account.replace(/^@/, '').toLowerCase() === username?.toLowerCase();
}

function accountMismatch({user_id, username}: Credential, {title}: Platform): VaultError {
  const owner = username ? `@${username} (${user_id})` : `account ${user_id}`;
  return new VaultError(
    'ACCOUNT_MISMATCH',
    `The login was for ${owner}, not for the account that --account names. Nothing was stored.`,
    [`Log out of ${title} in that browser, or open the printed address in a private window. Then try again.`],
  );
}

function loginRefused(platform: Platform): VaultError {
  return new VaultError('AUTHORIZATION_REFUSED', 'Access was refused in the browser. Nothing was stored.', [
    `To try again and choose Allow: ${bin} ${platform.name} authorize`,
  ]);
}

function noShortLivedTokens({title}: Platform): VaultError {
  return new VaultError('USAGE', `${title} has no short-lived tokens to exchange.`, [
    'Use --auth-code instead.',
  ]);
}
