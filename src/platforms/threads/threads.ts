import type {PlatformName} from '../../credential.js';
import type {Grant, Platform} from '../platform.js';
import {
  authorizationUrl,
  exchangeCode,
  exchangeShortLived,
  type LongLivedToken,
  refresh,
  TOKEN_LIFETIME,
} from './grants.js';
import {DEFAULT_SCOPES, parseScopes} from './scopes.js';
import {account, inspect} from './token-facts.js';

/** Threads by Meta: one long-lived token, which is the access token and renews itself. */
export const threads: Platform = {
  name: 'threads' as PlatformName,
  title: 'Threads',
  appHints: {
    id: 'The Threads app id (not the Meta app id)',
    secret: 'The Threads app secret',
    whereToFind: 'App dashboard > Use cases > Access the Threads API > Settings',
  },
  defaultService: {authorizeUrl: 'https://threads.com/oauth/authorize', apiUrl: 'https://graph.threads.net'},
  defaultRedirectUri: 'https://localhost:3456/callback',
  scopeHint: "`all`, basic, publish, read_replies, manage_replies, insights, or Meta's names",
  defaultScopes: DEFAULT_SCOPES,
  scopePrefix: 'threads_',
  revokeAt: 'Threads > Settings > Account > Website permissions',
  renewal: {kind: 'self', minimumAge: 24 * 60 * 60, lifetime: TOKEN_LIFETIME},
  parseScopes,
  authorizationRequest: async (service, request) => ({url: await authorizationUrl(service, request)}),
  async exchangeCode(service, exchange) {
    const token = await exchangeCode(service, exchange);
    return {...toGrant(token), user_id: token.user_id};
  },
  exchangeShortLived: async (apiUrl, app, token) => toGrant(await exchangeShortLived(apiUrl, app, token)),
  renew: async ({api_url, refresh_token}) => toGrant(await refresh(api_url, refresh_token)),
  inspect,
  account,
};

function toGrant({access_token, issued_at, expires_at}: LongLivedToken): Grant {
  return {refresh_token: access_token, issued_at, expires_at, access_token: null, access_expires_at: null};
}
