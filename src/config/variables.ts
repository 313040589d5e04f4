import type {Credential, Identifier, PlatformName} from '../credential.js';
import {VaultError} from '../errors.js';
import {type Environment, toolVariable} from '../program.js';

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

/** Returns the name of a platform's variable: `example`, `APP_ID` -> `EXAMPLE_APP_ID`. */
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

/** Returns the variables that may hold a token; the first one that is set is used. */
export function tokenVariables(platform: string): string[] {
  return [platformVariable(platform, 'REFRESH_TOKEN'), platformVariable(platform, 'ACCESS_TOKEN')];
}

export interface EnvironmentRequest {
  platform: PlatformName;
  env: Environment;
  /** The API origin that issued the token. */
  apiUrl: string;
  /** The variables that may hold the token, the first one that is set being used. Default: tokenVariables. */
  tokenNames?: readonly string[] | undefined;
}

/** Names the credential of the environment, where a stored one has its name. */
const ENVIRONMENT = 'environment' as Identifier;

/**
 * Reads the credential in the variables; `undefined` when they hold no token. Fields without a variable are
 * null. Throws USAGE for an invalid value.
 */
export async function readEnvironment({
  platform,
  env,
  apiUrl,
  tokenNames = tokenVariables(platform),
}: EnvironmentRequest): Promise<Credential | undefined> {
  const value = (name: string) => env[name]?.trim() || null;
  const read = (field: Field) => value(platformVariable(platform, field));
  const tokenName = tokenNames.find(value);
  if (!tokenName) return undefined;
  const token = value(tokenName)!;
  if (!isToken(token)) throw invalidValue(tokenName, 'a token');

  const expires = read('TOKEN_EXPIRES_AT');
  const expires_at = expires && (await normalizeDate(expires));
  if (expires_at === undefined)
    throw invalidValue(platformVariable(platform, 'TOKEN_EXPIRES_AT'), 'a date such as 2027-01-19T10:00:00Z');
  const userId = read('USER_ID');
  if (userId && !/^\d{1,32}$/.test(userId))
    throw invalidValue(platformVariable(platform, 'USER_ID'), 'the number of an account');

  return {
    platform,
    identifier: ENVIRONMENT,
    app_id: read('APP_ID'),
    app_secret: read('APP_SECRET'),
    refresh_token: token,
    access_token: null,
    access_expires_at: null,
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

/** Reports whether the value could be a token: 1 to 4,096 characters of printable ASCII, without spaces. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,4096}$/.test(value);
}

/** Normalizes an ISO 8601 date, by default in UTC; undefined if it is invalid. */
async function normalizeDate(text: string): Promise<string | undefined> {
  // Loaded only here, because most commands find no such variable and have no other use for it.
  const {DateTime} = await import('luxon');
  return DateTime.fromISO(text, {zone: 'utc'}).toISO() ?? undefined;
}

function invalidValue(name: string, expected: string): VaultError {
  return new VaultError('USAGE', `${name} is not ${expected}.`, [
    'Set it again, without quotes or line breaks.',
  ]);
}

/** Returns the seconds in a `TOOL_*` variable, or the default where it is unset. Throws CONFIG_INVALID. */
export function readSeconds(name: string, standard: number, env: Environment): number {
  const text = env[toolVariable(name)];
  if (text === undefined || text === '') return standard;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new VaultError('CONFIG_INVALID', `${toolVariable(name)} is not a number of seconds (up to 3600).`);
}

/** Returns the names of the variables that point a platform to another service. */
export function serviceVariables(platform: string): {authorizeUrl: string; apiUrl: string} {
  return {
    authorizeUrl: toolVariable(`${platform}_AUTHORIZE_URL`),
    apiUrl: toolVariable(`${platform}_API_URL`),
  };
}
