import {newState} from '../oauth/state.js';
import type {App, IssuedToken, Platform, Service} from '../platforms/platform.js';
import type {Vault} from '../vault/vault.js';
import {checkName, type StoredCredential, storeCredential} from './store.js';
import {verifyToken} from './verify-token.js';

/** What was obtained elsewhere: an authorization code and the redirect URI it was sent to, or the token it bought. */
export type ExternalLogin = {code: string; redirectUri: string} | {shortLivedToken: string};

export interface Exchange {
  app: App;
  /** The name to store it under; by default the one that it has, else the account's username. */
  identifier?: string;
}

/**
 * From what a login elsewhere gave to a stored credential: a long-lived token, whose account, which scopes,
 * stored, read back. A failure stores nothing.
 * Throws IDENTIFIER_TAKEN and what the service and the vault throw.
 */
export async function exchange(
  platform: Platform,
  service: Service,
  vault: Vault,
  request: Exchange & {obtained: ExternalLogin},
  warn: (message: string) => void,
): Promise<StoredCredential> {
  const {app, identifier, obtained} = request;
  // What can fail for want of a key or a name fails before the code is spent.
  await vault.prepare();
  await checkName(platform, vault, identifier, app.id);
  if ('shortLivedToken' in obtained) {
    const token = await platform.exchangeShortLived(service.apiUrl, app, obtained.shortLivedToken);
    return storeIssued(platform, service, vault, {...request, redirectUri: null}, token, warn);
  }
  const {code, redirectUri} = obtained;
  // Whoever obtained the code has checked its state; the grant wants one to compare all the same.
  const state = newState();
  const parameters = new URLSearchParams({code, state});
  const token = await platform.exchangeCode(service, {app, redirectUri, parameters, state});
  return storeIssued(platform, service, vault, {...request, redirectUri}, token, warn);
}

/** Stores a token that the service has just issued. Throws as `exchange` does. */
export async function storeIssued(
  platform: Platform,
  {apiUrl}: Service,
  vault: Vault,
  {app, identifier, redirectUri}: Exchange & {redirectUri: string | null},
  token: IssuedToken & {user_id?: string | null},
  warn: (message: string) => void,
): Promise<StoredCredential> {
  const credential = {
    platform: platform.name,
    identifier: '',
    app_id: app.id,
    app_secret: app.secret,
    refresh_token: token.access_token,
    user_id: token.user_id ?? null,
    username: null,
    scopes: null,
    issued_at: new Date().toISOString(),
    expires_at: token.expires_at,
    data_access_expires_at: null,
    refreshed_at: null,
    redirect_uri: redirectUri,
    api_url: apiUrl,
  };
  return storeCredential(platform, vault, await verifyToken(platform, credential, warn), identifier);
}
