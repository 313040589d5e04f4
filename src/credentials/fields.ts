import {isToken} from '../config/variables.js';
import {CREDENTIAL_FIELDS, type Credential, type RecordName} from '../credential.js';
import {VaultError} from '../errors.js';
import {isObject} from '../json.js';
import {checkServiceUrl} from '../platforms/service.js';

/** What is known about a credential: the token, and any of the other fields. */
export type CredentialFields = Pick<Credential, 'refresh_token'> &
  Partial<Omit<Credential, 'platform' | 'identifier'> & {platform: string; identifier: string}>;

/**
 * Makes a credential of what is known about it; other fields are null. `apiUrl` is the origin that issued it,
 * unless the fields name one. Throws USAGE, naming the field and never its value.
 */
export function credentialFromFields(
  {platform, identifier}: RecordName,
  fields: CredentialFields,
  apiUrl: string,
): Credential {
  if (!isObject(fields)) throw unknownField();
  if (Object.keys(fields).some(name => !(CREDENTIAL_FIELDS as readonly string[]).includes(name))) {
    throw unknownField();
  }
  const text = (name: keyof Credential, form = /./s, expected = 'text') => {
    const value = fields[name] ?? null;
    if (value !== null && (typeof value !== 'string' || !form.test(value))) throw badField(name, expected);
    return value as string | null;
  };
  const date = (name: keyof Credential) => {
    const value = text(name);
    if (value !== null && Number.isNaN(Date.parse(value))) throw badField(name, 'an ISO 8601 date');
    return value && new Date(value).toISOString();
  };
  const scopes = fields.scopes ?? null;
  if (scopes !== null && !(Array.isArray(scopes) && scopes.every(each => typeof each === 'string'))) {
    throw badField('scopes', 'a list of scopes');
  }
  const token = (name: keyof Credential) => {
    const value = fields[name] ?? null;
    if (value !== null && !isToken(value)) throw badField(name, 'a token');
    return value;
  };
  const refresh_token = token('refresh_token');
  if (refresh_token === null) throw badField('refresh_token', 'a token');
  return {
    platform,
    identifier,
    app_id: text('app_id'),
    app_secret: text('app_secret'),
    refresh_token,
    access_token: token('access_token'),
    access_expires_at: date('access_expires_at'),
    user_id: text('user_id', /^\d{1,32}$/, 'the number of an account, as text'),
    username: text('username'),
    scopes,
    issued_at: date('issued_at'),
    expires_at: date('expires_at'),
    data_access_expires_at: date('data_access_expires_at'),
    refreshed_at: date('refreshed_at'),
    redirect_uri: text('redirect_uri'),
    api_url: checkServiceUrl('api_url', text('api_url') ?? apiUrl).origin,
  };
}

function badField(name: keyof Credential, expected: string): VaultError {
  return new VaultError('USAGE', `The credential field ${name} is not ${expected}. Nothing was stored.`);
}

/** The name is not repeated: it may be a secret in the wrong place. */
function unknownField(): VaultError {
  return new VaultError('USAGE', 'Unknown credential field. Nothing was stored.', [
    `Fields: ${CREDENTIAL_FIELDS.join(', ')}`,
  ]);
}
