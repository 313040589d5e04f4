import {CREDENTIAL_FIELDS, type Credential} from '../credential.js';
import {type CredentialFields, credentialFromFields} from '../credentials/fields.js';
import {VaultError} from '../errors.js';
import {quoteIdentifiers} from '../platforms/http.js';
import {bin} from '../program.js';

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

/** A credential from fields as `show --format json` names them; others are passed over. Throws USAGE, naming the field. */
export function toCredential(platform: string, fields: Record<string, unknown>, apiUrl: string): Credential {
  const {identifier, refresh_token} = fields;
  if (typeof refresh_token === 'string' && refresh_token.includes('…')) throw masked();
  const known = CREDENTIAL_FIELDS.filter(name => Object.hasOwn(fields, name)).map(name => [
    name,
    fields[name],
  ]);
  const ref = {platform, identifier: typeof identifier === 'string' ? identifier : ''};
  return credentialFromFields(ref, Object.fromEntries(known) as CredentialFields, apiUrl);
}

function masked(): VaultError {
  return new VaultError('USAGE', 'Its secrets are masked.', [
    `Make the document by: ${bin} utils tokens show --platform threads --format json`,
  ]);
}
