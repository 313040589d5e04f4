import {CREDENTIAL_FIELDS, type Credential, type CredentialRef} from '../credential.js';
import {VaultError} from '../errors.js';
import {isObject} from '../json.js';
import {checkServiceUrl} from '../platforms/service.js';

/** What is known of a credential from elsewhere: the token, and any of the other fields. */
export type CredentialFields = Pick<Credential, 'refresh_token'> & Partial<Credential>;

/**
 * A whole credential from what is known of it; what is not, is null. `apiUrl` is the origin that issued
 * it, where the fields do not tell. Throws USAGE, naming the field and never its value.
 */
export function credentialFromFields(
  {platform, identifier}: CredentialRef,
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
  const token = text('refresh_token', /^[\x21-\x7e]+$/, 'a token');
  if (token === null) throw badField('refresh_token', 'a token');
  return {
    platform,
    identifier,
    app_id: text('app_id'),
    app_secret: text('app_secret'),
    refresh_token: token,
    user_id: text('user_id', /^\d{1,32}$/, 'the account’s number, as text'),
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
  return new VaultError('USAGE', `The credential’s ${name} is not ${expected}. Nothing was stored.`);
}

function unknownField(): VaultError {
  return new VaultError('USAGE', 'A credential has other fields than these. Nothing was stored.', [
    `Fields: ${CREDENTIAL_FIELDS.join(', ')}`,
  ]);
}
