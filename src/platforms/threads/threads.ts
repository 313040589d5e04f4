import type {Platform} from '../platform.js';
import {authorizationUrl, exchangeCode, exchangeShortLived, refresh, TOKEN_LIFETIME} from './grants.js';
import {DEFAULT_SCOPES, parseScopes} from './scopes.js';
import {account, inspect} from './token-facts.js';

/** Threads by Meta. */
export const threads: Platform = {
  name: 'threads',
  title: 'Threads',
  defaultService: {authorizeUrl: 'https://threads.com/oauth/authorize', apiUrl: 'https://graph.threads.net'},
  defaultRedirectUri: 'https://localhost:3456/callback',
  defaultScopes: DEFAULT_SCOPES,
  revokeAt: 'Threads → Settings → Account → Website permissions',
  minimumRefreshAge: 24 * 60 * 60,
  tokenLifetime: TOKEN_LIFETIME,
  parseScopes,
  authorizationUrl,
  exchangeCode,
  exchangeShortLived,
  refresh,
  inspect,
  account,
};
