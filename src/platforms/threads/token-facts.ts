import {serviceTime} from '../clock.js';
import type {Account, TokenFacts} from '../platform.js';
import {tokenRequestError} from './errors.js';
import {fetchGraphAnswer, requireId, stringOrNull, unexpectedResponse} from './graph.js';

/** Fetches the account that the token belongs to (`GET /me`). */
export async function account(apiUrl: string, token: string): Promise<Account> {
  const url = new URL('/v1.0/me?fields=id,username,name', apiUrl);
  const {body} = await fetchGraphAnswer(url, {token}, tokenRequestError);
  return {
    user_id: requireId(body),
    username: stringOrNull(body.username),
    name: stringOrNull(body.name),
  };
}

/** Fetches what the service knows about the token, such as the granted scopes (`GET /debug_token`). */
export async function inspect(apiUrl: string, token: string): Promise<TokenFacts> {
  const url = new URL('/v1.0/debug_token', apiUrl);
  url.search = new URLSearchParams({input_token: token, access_token: token}).toString();
  const {body, date} = await fetchGraphAnswer(url, {}, tokenRequestError);
  const time = serviceTime(date);
  const data = body.data as Record<string, unknown> | null | undefined;
  if (typeof data?.is_valid !== 'boolean') throw unexpectedResponse();
  return {
    is_valid: data.is_valid,
    app_id: stringOrNull(data.app_id),
    user_id: stringOrNull(data.user_id),
    scopes: Array.isArray(data.scopes) ? data.scopes.filter(scope => typeof scope === 'string') : null,
    issued_at: unixToIso(data.issued_at),
    expires_at: unixToIso(data.expires_at),
    data_access_expires_at: unixToIso(data.data_access_expires_at),
    ...(time && {service_time: time.toISOString()}),
  };
}

/** Converts Unix seconds to an ISO date. Null for 0, which means "never", and for values that are not a time. */
function unixToIso(value: unknown): string | null {
  const seconds = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  // 8.64e12 is the last second that a Date can hold.
  return seconds > 0 && seconds < 8.64e12 ? new Date(seconds * 1000).toISOString() : null;
}
