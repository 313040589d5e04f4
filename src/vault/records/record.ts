import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto';
import {CREDENTIAL_FIELDS, type Credential, type CredentialRef} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {isObject} from '../../json.js';
import {bin} from '../../program.js';
import type {Key} from '../keys/key.js';

/** The version of the format that docs/format.md describes. */
const VERSION = 1;
/** Bytes; a record has about one thousand. */
const LARGEST = 65_536;
const CIPHER = 'aes-256-gcm';
/** Bytes, both. */
const NONCE = 12;
const TAG = {authTagLength: 16};
const TYPE = 'agora-vault-credential';
/** A compact JWE without an encrypted key, as `dir` has none. */
const FORM = /^([\w-]+)\.\.([\w-]*)\.([\w-]*)\.([\w-]*)$/;
/** The last characters that base64url (RFC 4648 §5) can have, by what its length is above a multiple of four. */
const LAST = ['', '', 'AQgw', 'AEIMQUYcgkosw048'] as const;
const UTF_8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
/** What `list` shows: in clear, but authenticated as the JWE's additional data (RFC 7516 §5.1, step 14). */
const CLEAR = ['user_id', 'username', 'scopes', 'issued_at', 'expires_at', 'refreshed_at'] as const;

export type RecordHeader = CredentialRef & Pick<Credential, (typeof CLEAR)[number]> & {kid: string};

/** Encrypts a credential to one compact JWE (RFC 7516), `dir` + `A256GCM`, bound to its name and key. */
export async function sealRecord(credential: Credential, key: Key): Promise<string> {
  const {platform, identifier, ...fields} = credential;
  const clear = Object.fromEntries(CLEAR.map(name => [name, credential[name]]));
  const secret = Object.fromEntries(Object.entries(fields).filter(([name]) => !(name in clear)));
  const algorithms = {alg: 'dir', enc: 'A256GCM', kid: key.id};
  const kind = {typ: TYPE, cty: 'json', v: VERSION};
  const sealed = encrypt({...algorithms, ...kind, platform, identifier, ...clear}, secret, key);
  // What could not be read back is not written.
  try {
    readHeader(Buffer.from(sealed), credential);
    if (!isValidSecret(secret)) throw damagedRecord(credential);
  } catch {
    throw new VaultError(
      'USAGE',
      'The credential cannot be kept: a date is none, or a text is missing or far too long.',
    );
  }
  return sealed;
}

/**
 * Decrypts a record that stands under the given name. Throws RECORD_DAMAGED, RECORD_MISPLACED or
 * RECORD_NEWER; the record itself is left as it is.
 */
export async function openRecord(bytes: Uint8Array, ref: CredentialRef, key: Key): Promise<Credential> {
  const {platform, identifier, kid, ...clear} = readHeader(bytes, ref);
  if (kid !== key.id) throw foreignRecord(ref);
  try {
    const {header, plaintext} = decrypt(bytes, key);
    const secret = parseUtf8Object(plaintext);
    if (!isValidSecret(secret) || !isCanonicalJson(header) || !isCanonicalJson(plaintext))
      throw damagedRecord(ref);
    const fields: Record<string, unknown> = {...secret, ...clear, platform, identifier};
    return Object.fromEntries(
      CREDENTIAL_FIELDS.map(name => [name, fields[name] ?? null]),
    ) as unknown as Credential;
  } catch {
    throw damagedRecord(ref);
  }
}

/** RFC 7516 §5.1 for `dir` and `A256GCM` (RFC 7518 §5.3); both by node:crypto, see docs/decisions.md. */
function encrypt(header: object, secret: object, key: Key): string {
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, TAG).setAAD(Buffer.from(encoded));
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(secret)), cipher.final()]);
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map(part => part.toString('base64url'));
  return [encoded, '', ...parts].join('.');
}

/** RFC 7516 §5.2. Throws when anything was changed. */
function decrypt(bytes: Uint8Array, key: Key): {header: Buffer; plaintext: Buffer} {
  const [header = '', , iv = '', ciphertext = '', tag = ''] = Buffer.from(bytes)
    .toString('latin1')
    .split('.');
  const nonce = Buffer.from(iv, 'base64url');
  if (nonce.length !== NONCE) throw new Error('not a nonce of A256GCM');
  const decipher = createDecipheriv(CIPHER, key.bytes, nonce, TAG).setAAD(Buffer.from(header));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  const plaintext = Buffer.concat([decipher.update(ciphertext, 'base64url'), decipher.final()]);
  return {header: Buffer.from(header, 'base64url'), plaintext};
}

/**
 * What a record says of itself without its key, checked for form and for standing under its own name.
 * It is authenticated, and seen to be plain JSON, only once the record is opened. Throws as openRecord does.
 */
export function readHeader(bytes: Uint8Array, ref: CredentialRef): RecordHeader {
  if (bytes.length > LARGEST) throw damagedRecord(ref);
  const text = (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)).toString('latin1');
  const [, start, ...others] = FORM.exec(text) ?? [];
  if (!start || !isCanonical(start) || !others.every(isCanonical)) throw damagedRecord(ref);

  const header = parseUtf8Object(Buffer.from(start, 'base64url'));
  if (header?.typ !== TYPE || typeof header.v !== 'number') throw damagedRecord(ref);
  if (header.v > VERSION) throw newerRecord(ref);
  if (header.v !== VERSION || header.cty !== 'json' || 'zip' in header || 'crit' in header)
    throw damagedRecord(ref);
  if (typeof header.kid !== 'string' || header.alg !== 'dir' || header.enc !== 'A256GCM')
    throw damagedRecord(ref);
  if (header.platform !== ref.platform || header.identifier !== ref.identifier)
    throw misplacedRecord(ref, header);

  const {user_id, username, scopes, issued_at, expires_at, refreshed_at} = header as unknown as RecordHeader;
  const sound =
    scopes === null || (Array.isArray(scopes) && scopes.every(scope => typeof scope === 'string'));
  if (!sound) throw damagedRecord(ref);
  const texts = [user_id, username, issued_at, expires_at, refreshed_at, ...(scopes ?? [])];
  if (texts.some(text => text !== null && typeof text !== 'string')) throw damagedRecord(ref);
  const times = [issued_at, expires_at, refreshed_at];
  if (times.some(time => time !== null && Number.isNaN(Date.parse(time)))) throw damagedRecord(ref);
  const {platform, identifier} = ref; // Not spread: that takes as long as all the rest.
  return {
    platform,
    identifier,
    kid: header.kid,
    user_id,
    username,
    scopes,
    issued_at,
    expires_at,
    refreshed_at,
  };
}

/** Decoders ignore the spare bits of a last character; a flipped bit there must not go unseen, so they are zero. */
function isCanonical(segment: string): boolean {
  const above = segment.length % 4;
  return above === 0 || (above > 1 && LAST[above]!.includes(segment.at(-1)!));
}

function parseUtf8Object(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(UTF_8.decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Is it JSON in the one form that JSON.stringify writes: no blanks, and no member twice? */
function isCanonicalJson(bytes: Buffer): boolean {
  const text = bytes.toString();
  return JSON.stringify(JSON.parse(text)) === text;
}

function isValidSecret(secret: Record<string, unknown> | undefined): boolean {
  if (typeof secret?.refresh_token !== 'string' || typeof secret.api_url !== 'string') return false;
  const {app_id, app_secret, data_access_expires_at, redirect_uri} = secret;
  const texts = [app_id, app_secret, data_access_expires_at, redirect_uri];
  return texts.every(text => text === undefined || text === null || typeof text === 'string');
}

const describeRecord = (ref: CredentialRef) => `The record ${ref.platform}-${ref.identifier}.token`;

const discardCommands = ({platform, identifier}: CredentialRef) => [
  `${bin} utils tokens remove --platform ${platform} --identifier ${identifier}`,
  `${bin} ${platform} authorize --identifier ${identifier}`,
];

function damagedRecord(ref: CredentialRef): VaultError {
  return new VaultError(
    'RECORD_DAMAGED',
    `${describeRecord(ref)} is damaged or was altered; it was left where it is.`,
    ['Restore the file from a backup, or give it up:', ...discardCommands(ref)],
  );
}

/** Its key is none of this vault's: copied from another machine, or older than a lost vault. */
export function foreignRecord(ref: CredentialRef): VaultError {
  return new VaultError(
    'RECORD_FOREIGN',
    `${describeRecord(ref)} was encrypted with a key that this vault does not have; it was left where it is.`,
    ['Restore the vault that it belongs to, or give it up:', ...discardCommands(ref)],
  );
}

function misplacedRecord(ref: CredentialRef, header: Record<string, unknown>): VaultError {
  const owner = [header.platform, header.identifier].every(
    part => typeof part === 'string' && /^[\w.-]{1,64}$/.test(part),
  )
    ? `${header.platform}-${header.identifier}.token`
    : 'its own name';
  return new VaultError('RECORD_MISPLACED', `${describeRecord(ref)} was written under another name.`, [
    `Move it back to ${owner}; a record opens only there.`,
  ]);
}

function newerRecord(ref: CredentialRef): VaultError {
  return new VaultError('RECORD_NEWER', `${describeRecord(ref)} was written by a newer version of ${bin}.`, [
    'Upgrade: npm install -g agora-vault@latest',
  ]);
}
