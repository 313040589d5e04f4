import {DateTime} from 'luxon';
import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Environment} from '../program.js';

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
export function platformVariable(platform: string, field: Field): string {
  return `${platform}_${field}`.toUpperCase();
}

/** Every variable of a platform that is read. */
export function platformVariables(platform: string): string[] {
  return FIELDS.map(field => platformVariable(platform, field));
}

export function variablesFound(platform: string, env: Environment): VariablesFound {
  const set = platformVariables(platform).filter(name => env[name] !== undefined);
  return {found: set.filter(name => env[name]!.trim()), empty: set.filter(name => !env[name]!.trim())};
}

/** The names that a token may stand under, the first that is set being the one; the second is ThreadsPipe's. */
export function tokenVariables(platform: string): string[] {
  return [platformVariable(platform, 'REFRESH_TOKEN'), platformVariable(platform, 'ACCESS_TOKEN')];
}

/**
 * The credential that the variables hold, or undefined without a token among them. What is missing is
 * null. Throws USAGE for a value that cannot be one.
 */
export function readEnvironment(
  platform: string,
  env: Environment,
  apiUrl: string,
  tokenNames = tokenVariables(platform),
): Credential | undefined {
  const value = (name: string) => env[name]?.trim() || null;
  const read = (field: Field) => value(platformVariable(platform, field));
  const tokenName = tokenNames.find(value);
  if (!tokenName) return undefined;
  const token = value(tokenName)!;
  if (!isToken(token)) throw badValue(tokenName, 'a token');

  const expires = read('TOKEN_EXPIRES_AT');
  const expiresAt = expires && DateTime.fromISO(expires, {zone: 'utc'});
  if (expiresAt && !expiresAt.isValid)
    throw badValue(platformVariable(platform, 'TOKEN_EXPIRES_AT'), 'a date such as 2027-01-19T10:00:00Z');
  const userId = read('USER_ID');
  if (userId && !/^\d{1,32}$/.test(userId))
    throw badValue(platformVariable(platform, 'USER_ID'), 'the account’s number');

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

export const isToken = (text: string) => /^[\x21-\x7e]+$/.test(text);

function badValue(name: string, expected: string): VaultError {
  return new VaultError('USAGE', `${name} does not hold ${expected}.`, [
    'Set it again, without quotes or line breaks inside.',
  ]);
}
