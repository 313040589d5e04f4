import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Environment} from '../program.js';

/** A platform's variables: those with a value, and those set to an empty text, as an unset CI secret is. */
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

/** Returns the name of a platform's variable: `threads` and `APP_ID` make `THREADS_APP_ID`. */
export function platformVariable(platform: string, field: Field): string {
  return `${platform}_${field}`.toUpperCase();
}

/** Lists every variable that is read for a platform. */
export function platformVariables(platform: string): string[] {
  return FIELDS.map(field => platformVariable(platform, field));
}

/** Sorts a platform's variables that are set into those with a value and empty ones. */
export function variablesFound(platform: string, env: Environment): VariablesFound {
  const set = platformVariables(platform).filter(name => env[name] !== undefined);
  return {found: set.filter(name => env[name]!.trim()), empty: set.filter(name => !env[name]!.trim())};
}

/** Lists the variables that may hold the token, by precedence. The second name is the one that ThreadsPipe uses. */
export function tokenVariables(platform: string): string[] {
  return [platformVariable(platform, 'REFRESH_TOKEN'), platformVariable(platform, 'ACCESS_TOKEN')];
}

/**
 * Reads a credential from variables. Returns undefined if none of them holds a token; other fields that are missing
 * are null. Throws USAGE, naming the variable, for an invalid value.
 */
export async function readEnvironment(
  platform: string,
  env: Environment,
  apiUrl: string,
  tokenNames = tokenVariables(platform),
): Promise<Credential | undefined> {
  const value = (name: string) => env[name]?.trim() || null;
  const read = (field: Field) => value(platformVariable(platform, field));
  const tokenName = tokenNames.find(value);
  if (!tokenName) return undefined;
  const token = value(tokenName)!;
  if (!isToken(token)) throw invalidValue(tokenName, 'a token');

  const expires = read('TOKEN_EXPIRES_AT');
  const expires_at = expires && (await parseDate(expires));
  if (expires_at === undefined)
    throw invalidValue(platformVariable(platform, 'TOKEN_EXPIRES_AT'), 'a date such as 2027-01-19T10:00:00Z');
  const userId = read('USER_ID');
  if (userId && !/^\d{1,32}$/.test(userId))
    throw invalidValue(platformVariable(platform, 'USER_ID'), 'an account number such as 17841400000000000');

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
    expires_at,
    data_access_expires_at: null,
    refreshed_at: null,
    redirect_uri: null,
    api_url: apiUrl,
  };
}

/** Reports whether the text could be a token: printable ASCII without spaces. */
export const isToken = (text: string) => /^[\x21-\x7e]+$/.test(text);

/** Normalizes an ISO 8601 date, by default in UTC; undefined if it is invalid. */
async function parseDate(text: string): Promise<string | undefined> {
  // Loaded only here, because most commands find no such variable and have no other use for it.
  const {DateTime} = await import('luxon');
  return DateTime.fromISO(text, {zone: 'utc'}).toISO() ?? undefined;
}

function invalidValue(name: string, expected: string): VaultError {
  return new VaultError('USAGE', `${name} is not ${expected}.`, [
    'Set it again, without quotes or line breaks.',
  ]);
}
