import {CREDENTIAL_FIELDS, type Credential, type Identifier, UNNAMED} from '../credential.js';
import {type CredentialFields, credentialFromFields} from '../credentials/fields.js';
import {VaultError} from '../errors.js';
import {quoteIdentifiers} from '../platforms/http.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';

/** A text to read credentials from. */
export interface ImportSource {
  text: string;
  /** How errors name it. */
  source: string;
  platform: Platform;
  /** The API origin that issued the tokens. */
  apiUrl: string;
}

/**
 * Something found in the storage of another tool: a credential, not verified yet and perhaps without a name;
 * or why it is skipped; or why it cannot be read.
 */
export type Candidate = {source: string} & (
  | {credential: Credential}
  | {skipped: string}
  | {error: VaultError}
);

/** Parses JSON and keeps every digit of the ids in it, which are above 2^53. Throws SyntaxError. */
export const parseJson = (text: string): unknown => JSON.parse(quoteIdentifiers(text));

/** Makes a credential of fields as `show --format json` names them, and ignores others. Throws USAGE, naming the field. */
export function toCredential({name}: Platform, fields: Record<string, unknown>, apiUrl: string): Credential {
  const {identifier, refresh_token} = fields;
  if (typeof refresh_token === 'string' && refresh_token.includes('…')) throw masked(name);
  const known = CREDENTIAL_FIELDS.filter(field => Object.hasOwn(fields, field)).map(field => [
    field,
    fields[field],
  ]);
  // The name is checked when it is stored.
  const unchecked = typeof identifier === 'string' ? (identifier as Identifier) : UNNAMED;
  const record = {platform: name, identifier: unchecked};
  return credentialFromFields(record, Object.fromEntries(known) as CredentialFields, apiUrl);
}

function masked(platform: string): VaultError {
  return new VaultError('USAGE', 'Its secrets are masked.', [
    `Print them in full: ${bin} utils tokens show --platform ${platform} --format json`,
  ]);
}
