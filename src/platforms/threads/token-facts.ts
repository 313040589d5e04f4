import type {Account, TokenFacts} from '../platform.js';
import {idOf, read, text, unexpected} from './graph.js';

/** `GET /me`: whose token this is. The id is a string with every digit. */
export async function account(apiUrl: string, token: string): Promise<Account> {
  const body = await read(new URL('/v1.0/me?fields=id,username,name', apiUrl), token);
  return {user_id: idOf(body), username: text(body.username), name: text(body.name)};
}

/** `GET /debug_token`: what the service knows of a token, granted scopes included. Dates are unix seconds there. */
export async function inspect(apiUrl: string, token: string): Promise<TokenFacts> {
  const url = new URL('/v1.0/debug_token', apiUrl);
  url.search = new URLSearchParams({input_token: token, access_token: token}).toString();
  const data = (await read(url)).data as Record<string, unknown> | null | undefined;
  if (typeof data?.is_valid !== 'boolean') throw unexpected();
  return {
    is_valid: data.is_valid,
    app_id: text(data.app_id),
    user_id: text(data.user_id),
    scopes: Array.isArray(data.scopes) ? data.scopes.filter(scope => typeof scope === 'string') : null,
    issued_at: fromUnix(data.issued_at),
    expires_at: fromUnix(data.expires_at),
    data_access_expires_at: fromUnix(data.data_access_expires_at),
  };
}

/** Zero means never. */
function fromUnix(value: unknown): string | null {
  const seconds = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  return seconds > 0 && seconds < 8.64e12 ? new Date(seconds * 1000).toISOString() : null;
}
