import {graphRefusal, jsonResponse, type SandboxResponse} from './responses.js';
import {type Endpoint, requireParameter} from './service.js';
import type {Token} from './tokens.js';

/** Exchanges a code for a short-lived token. Accepts URL-encoded forms only, although the real service takes more. */
export const issueShortLivedToken: Endpoint = ({form}, {appId, appSecret, tokens}) => {
  requireApp(form.get('client_id') === appId && form.get('client_secret') === appSecret);
  requireGrantType(form, 'authorization_code');
  const token = tokens.redeemCode(requireParameter(form, 'code'), requireParameter(form, 'redirect_uri'));
  return jsonResponse(`{"access_token":"${token.access_token}","user_id":${token.account.user_id}}`);
};

/** Exchanges a short-lived token for a long-lived one. */
export const issueLongLivedToken: Endpoint = ({query}, {appSecret, tokens}) => {
  requireApp(query.get('client_secret') === appSecret);
  requireGrantType(query, 'th_exchange_token');
  return tokenResponse(tokens.exchange(requireParameter(query, 'access_token')));
};

export const refreshLongLivedToken: Endpoint = ({query}, {tokens}) => {
  requireGrantType(query, 'th_refresh_token');
  return tokenResponse(tokens.refresh(requireParameter(query, 'access_token')));
};

/** One error for both app ID and secret: the service does not say which one is wrong. */
function requireApp(matches: boolean): void {
  if (!matches) throw graphRefusal(101, 'Error validating application');
}

function requireGrantType(parameters: URLSearchParams, expected: string): void {
  if (parameters.get('grant_type') !== expected) throw graphRefusal(100, `grant_type must be ${expected}`);
}

function tokenResponse({access_token, issuedAt, expiresAt}: Token): SandboxResponse {
  const expires_in = (expiresAt!.getTime() - issuedAt.getTime()) / 1000;
  return jsonResponse({access_token, token_type: 'bearer', expires_in});
}
