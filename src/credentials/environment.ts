import {DateTime} from 'luxon';
import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';

/** Which of a platform's variables carry something, and which are set but empty (an unset CI secret is). */
export interface VariablesFound {
  found: string[];
  empty: string[];
}

const FIELDS = [
  'REFRESH_TOKEN',
  'ACCESS_TOKEN',
  'APP_ID',
  'APP_SECRET',
  'USER_ID',
  'TOKEN_EXPIRES_AT',
] as const;
type Field = (typeof FIELDS)[number];

/** `threads`, `APP_ID` → `THREADS_APP_ID`. */
export function variableName(platform: string, field: Field): string {
  return `${platform}_${field}`.toUpperCase();
}

/** Every variable of a platform that is read. */
export function variableNames(platform: string): string[] {
  return FIELDS.map(field => variableName(platform, field));
}

export function variablesFound(platform: string, env: NodeJS.ProcessEnv): VariablesFound {
  const set = variableNames(platform).filter(name => env[name] !== undefined);
  return {found: set.filter(name => env[name]!.trim()), empty: set.filter(name => !env[name]!.trim())};
}

/**
 * The credential that the variables hold, or undefined without a token among them. What is missing is
 * null. `THREADS_ACCESS_TOKEN` is the token's name in ThreadsPipe's files.
 * Throws USAGE for a value that cannot be one.
 */
export function readEnvironment(
  platform: string,
  env: NodeJS.ProcessEnv,
  apiUrl: string,
): Credential | undefined {
  const read = (field: Field) => env[variableName(platform, field)]?.trim() || null;
  const token = read('REFRESH_TOKEN') ?? read('ACCESS_TOKEN');
  if (!token) return undefined;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw badValue(platform, read('REFRESH_TOKEN') ? 'REFRESH_TOKEN' : 'ACCESS_TOKEN');

  const expires = read('TOKEN_EXPIRES_AT');
  const expiresAt = expires && DateTime.fromISO(expires, {zone: 'utc'});
  if (expiresAt && !expiresAt.isValid)
    throw badValue(platform, 'TOKEN_EXPIRES_AT', 'a date such as 2027-01-19T10:00:00Z');
  const userId = read('USER_ID');
  if (userId && !/^\d{1,32}$/.test(userId)) throw badValue(platform, 'USER_ID', 'the account’s number');

  return {
    platform,
    identifier: 'environment',
    app_id: read('APP_ID'),
    app_secret: read('APP_SECRET'),
    refresh_token: token,
    user_id: userId,
    username: null,
    scopes: null,
    issued_at: null,
    expires_at: expiresAt ? expiresAt.toUTC().toISO() : null,
    data_access_expires_at: null,
    refreshed_at: null,
    redirect_uri: null,
    api_url: apiUrl,
  };
}

function badValue(platform: string, field: Field, expected = 'a token'): VaultError {
  return new VaultError('USAGE', `${variableName(platform, field)} does not hold ${expected}.`, [
    'Set it again, without quotes or line breaks inside.',
  ]);
}
