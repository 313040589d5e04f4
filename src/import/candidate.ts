import type {Credential} from '../credential.js';
import {isToken, isUserId} from '../credentials/environment.js';
import {VaultError} from '../errors.js';
import {bin} from '../name.js';
import {quoteIdentifiers} from '../platforms/http.js';
import {checkServiceUrl} from '../platforms/service.js';

/**
 * What was found in another tool's storage, and where: a credential, not verified yet, its `identifier`
 * empty where it has no name of its own; or why it is left out; or why it cannot be read.
 */
export type Candidate = {source: string} & (
  | {credential: Credential}
  | {skipped: string}
  | {error: VaultError}
);

/** JSON with every digit of the identifiers in it, which are above 2^53. Throws SyntaxError. */
export const parseJson = (text: string): unknown => JSON.parse(quoteIdentifiers(text));

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A credential from fields as `show --format json` names them; what is absent is null. Throws USAGE, naming the field. */
export function toCredential(platform: string, fields: Record<string, unknown>, apiUrl: string): Credential {
  const read = (name: keyof Credential, isValid: (text: string) => boolean = () => true) => {
    const value = fields[name] ?? null;
    if (value === null || (typeof value === 'string' && isValid(value))) return value;
    throw badField(name);
  };
  const date = (name: keyof Credential) => {
    const value = read(name, text => !Number.isNaN(Date.parse(text)));
    return value && new Date(value).toISOString();
  };
  const token = read('refresh_token');
  if (token?.includes('…')) throw masked();
  if (!token || !isToken(token)) throw badField('refresh_token');
  const {scopes = null} = fields;
  if (scopes !== null && !isTexts(scopes)) throw badField('scopes');
  const api_url = read('api_url');
  return {
    platform,
    identifier: read('identifier') ?? '',
    app_id: read('app_id'),
    app_secret: read('app_secret'),
    refresh_token: token,
    user_id: read('user_id', isUserId),
    username: read('username'),
    scopes,
    issued_at: date('issued_at'),
    expires_at: date('expires_at'),
    data_access_expires_at: date('data_access_expires_at'),
    refreshed_at: date('refreshed_at'),
    redirect_uri: read('redirect_uri'),
    api_url: api_url === null ? apiUrl : checkServiceUrl('api_url', api_url).origin,
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}

function badField(name: string): VaultError {
  return new VaultError('USAGE', `Its ${name} is missing, or is none.`);
}

function masked(): VaultError {
  return new VaultError('USAGE', 'Its secrets are masked.', [
    `Make the document by: ${bin} utils tokens show --platform threads --format json`,
  ]);
}
