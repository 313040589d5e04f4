import {type Answer, graphError, json} from './answers.js';
import {type Endpoint, required} from './service.js';
import type {Token} from './tokens.js';

/** Code to short-lived token; urlencoded only, although the real service takes more. */
export const exchangeCode: Endpoint = ({form}, {appId, appSecret, tokens}) => {
  requireApp(form.get('client_id') === appId && form.get('client_secret') === appSecret);
  requireGrantType(form, 'authorization_code');
  const token = tokens.redeemCode(required(form, 'code'), required(form, 'redirect_uri'));
  return json(`{"access_token":"${token.access_token}","user_id":${token.account.user_id}}`);
};

/** Short-lived to long-lived token. */
export const exchangeToken: Endpoint = ({query}, {appSecret, tokens}) => {
  requireApp(query.get('client_secret') === appSecret);
  requireGrantType(query, 'th_exchange_token');
  return longLived(tokens.exchange(required(query, 'access_token')));
};

export const refreshToken: Endpoint = ({query}, {tokens}) => {
  requireGrantType(query, 'th_refresh_token');
  return longLived(tokens.refresh(required(query, 'access_token')));
};

/** One answer for id and secret: the service does not say which is wrong. */
function requireApp(matches: boolean): void {
  if (!matches) throw graphError(101, 'Error validating application');
}

function requireGrantType(parameters: URLSearchParams, expected: string): void {
  if (parameters.get('grant_type') !== expected) throw graphError(100, `grant_type must be ${expected}`);
}

function longLived({access_token, issuedAt, expiresAt}: Token): Answer {
  const expires_in = (expiresAt!.getTime() - issuedAt.getTime()) / 1000;
  return json({access_token, token_type: 'bearer', expires_in});
}
