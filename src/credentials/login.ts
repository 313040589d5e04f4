import {VaultError} from '../errors.js';
import {awaitAuthorization} from '../oauth/authorization-response.js';
import {loopbackCertificate} from '../oauth/certificate.js';
import {type CallbackListener, listenForCallback} from '../oauth/loopback-listener.js';
import {failedPage, refusedPage, successPage} from '../oauth/pages.js';
import {newState} from '../oauth/state.js';
import type {Platform, Service} from '../platforms/platform.js';
import {isLoopback} from '../platforms/service.js';
import {bin} from '../program.js';
import type {Vault} from '../vault/vault.js';
import {type Exchange, storeIssued} from './exchange.js';
import {checkName, type StoredCredential} from './store.js';

export interface LoginRequest extends Exchange {
  scopes: string[];
  redirectUri: string;
  /** Seconds to wait for the person. */
  timeout: number;
}

/** What the person sees and does meanwhile. */
export interface LoginDialog {
  /** The address to open; `listening`: whether the browser's answer arrives by itself. */
  onUrl: (url: string, listening: boolean) => void;
  onCertificateWarning: () => void;
  onBadPaste: (error: VaultError) => void;
  warn: (message: string) => void;
  /** Lines that the person pastes. */
  pasted?: AsyncIterable<string>;
}

/**
 * The whole way from a login in the browser to a stored credential: authorization request, callback or
 * pasted redirect, code → short-lived → long-lived token, whose account, which scopes, stored, read
 * back; only then is it called authorized, in the page too. A failure stores nothing.
 * Throws AUTHORIZATION_REFUSED, AUTHORIZATION_TIMEOUT, IDENTIFIER_TAKEN, CALLBACK_PORT_BUSY
 * and what the service and the vault throw.
 */
export async function login(
  platform: Platform,
  service: Service,
  vault: Vault,
  certificateFolder: string,
  request: LoginRequest,
  dialog: LoginDialog,
): Promise<StoredCredential> {
  const {app, redirectUri, scopes} = request;
  // What can fail for want of a key or a name fails before the person logs in, not after.
  await vault.prepare();
  await checkName(platform, vault, request.identifier, app.id);

  const state = newState();
  const listener = await startListener(redirectUri, state, certificateFolder, dialog);
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
      throw loginRefused(platform);
    }
    try {
      const token = await platform.exchangeCode(service, {app, redirectUri, parameters, state});
      const authorized = await storeIssued(platform, service, vault, request, token, dialog.warn);
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

async function startListener(
  redirectUri: string,
  state: string,
  certificateFolder: string,
  {onCertificateWarning}: LoginDialog,
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

function loginRefused(platform: Platform): VaultError {
  return new VaultError(
    'AUTHORIZATION_REFUSED',
    'The login ended without permission: it was refused in the browser.',
    [`Nothing was stored. Run ${bin} ${platform.name} authorize again and choose Allow.`],
  );
}
