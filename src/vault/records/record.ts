import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto';
import {CREDENTIAL_FIELDS, type Credential, type RecordName} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {isObject} from '../../json.js';
import {bin} from '../../program.js';
import type {Key} from '../keys/key.js';

/** The version of the format that docs/format.md describes. */
const VERSION = 1;
/** Bytes. A record has about one thousand. */
const MAXIMUM_SIZE = 65_536;
const CIPHER = 'aes-256-gcm';
/** Bytes, as RFC 7518 section 5.3 demands; the same for the tag. */
const NONCE = 12;
const TAG = {authTagLength: 16};
const TYPE = 'agora-vault-credential';
/** A compact JWE whose second part, the encrypted key, is empty, as it is for `dir`. */
const FORM = /^([\w-]+)\.\.([\w-]*)\.([\w-]*)\.([\w-]*)$/;
/** The last characters that base64url (RFC 4648 section 5) allows, by the length modulo four. */
const LAST = ['', '', 'AQgw', 'AEIMQUYcgkosw048'] as const;
const UTF_8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
/** What `list` shows: not encrypted, but authenticated as additional data (RFC 7516 section 5.1, step 14). */
const CLEAR = ['user_id', 'username', 'scopes', 'issued_at', 'expires_at', 'refreshed_at'] as const;

export type RecordHeader = RecordName & Pick<Credential, (typeof CLEAR)[number]> & {kid: string};

/** What only platforms with two tokens have. Left out of a record where it is null. */
const OPTIONAL: ReadonlySet<string> = new Set(['access_token', 'access_expires_at']);

/**
 * Encrypts a credential to a compact JWE (RFC 7516), `dir` + `A256GCM`, bound to its name and key.
 * Throws USAGE for a credential that could not be read back.
 */
export async function sealRecord(credential: Credential, key: Key): Promise<string> {
  const {platform, identifier, ...fields} = credential;
  const clear = Object.fromEntries(CLEAR.map(name => [name, credential[name]]));
  const secret = Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) => !(name in clear) && !(OPTIONAL.has(name) && value === null),
    ),
  );
  const algorithms = {alg: 'dir', enc: 'A256GCM', kid: key.id};
  const kind = {typ: TYPE, cty: 'json', v: VERSION};
  const sealed = encrypt({...algorithms, ...kind, platform, identifier, ...clear}, secret, key);
  try {
    readHeader(Buffer.from(sealed), credential);
    if (!isValidSecret(secret)) throw damagedRecord(credential);
  } catch {
    throw new VaultError(
      'USAGE',
      'Could not store the credential: a date is invalid, or a field is missing or too long.',
    );
  }
  return sealed;
}

/**
 * Decrypts a record that is stored under the given name. Throws RECORD_DAMAGED, RECORD_MISPLACED,
 * RECORD_FOREIGN or RECORD_NEWER; the record is left alone.
 */
export async function openRecord(bytes: Uint8Array, name: RecordName, key: Key): Promise<Credential> {
  const {platform, identifier, kid, ...clear} = readHeader(bytes, name);
  if (kid !== key.id) throw foreignRecord(name);
  try {
    const {header, plaintext} = decrypt(bytes, key);
    const secret = parseUtf8Object(plaintext);
    if (!isValidSecret(secret) || !isCanonicalJson(header) || !isCanonicalJson(plaintext))
      throw damagedRecord(name);
    const fields: Record<string, unknown> = {...secret, ...clear, platform, identifier};
    return Object.fromEntries(
      CREDENTIAL_FIELDS.map(name => [name, fields[name] ?? null]),
    ) as unknown as Credential;
  } catch {
    throw damagedRecord(name);
  }
}

/** RFC 7516 section 5.1 for `dir` and `A256GCM`, by node:crypto instead of jose: see docs/decisions.md. */
function encrypt(header: object, secret: object, key: Key): string {
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, TAG).setAAD(Buffer.from(encoded));
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(secret)), cipher.final()]);
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map(part => part.toString('base64url'));
  return [encoded, '', ...parts].join('.');
}

/** RFC 7516 section 5.2. Throws when anything was altered. */
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
 * Reads what a record says about itself, without a key. Its form and its name are checked here; only
 * openRecord authenticates it. Throws as openRecord does.
 */
export function readHeader(bytes: Uint8Array, name: RecordName): RecordHeader {
  if (bytes.length > MAXIMUM_SIZE) throw damagedRecord(name);
  const text = (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)).toString('latin1');
  const [, start, ...others] = FORM.exec(text) ?? [];
  if (!start || !isCanonical(start) || !others.every(isCanonical)) throw damagedRecord(name);

  const header = parseUtf8Object(Buffer.from(start, 'base64url'));
  if (header?.typ !== TYPE || typeof header.v !== 'number') throw damagedRecord(name);
  if (header.v > VERSION) throw newerRecord(name);
  if (header.v !== VERSION || header.cty !== 'json' || 'zip' in header || 'crit' in header)
    throw damagedRecord(name);
  if (typeof header.kid !== 'string' || header.alg !== 'dir' || header.enc !== 'A256GCM')
    throw damagedRecord(name);
  if (header.platform !== name.platform || header.identifier !== name.identifier)
    throw misplacedRecord(name, header);

  const {user_id, username, scopes, issued_at, expires_at, refreshed_at} = header as unknown as RecordHeader;
  const sound =
    scopes === null || (Array.isArray(scopes) && scopes.every(scope => typeof scope === 'string'));
  if (!sound) throw damagedRecord(name);
  const texts = [user_id, username, issued_at, expires_at, refreshed_at, ...(scopes ?? [])];
  if (texts.some(text => text !== null && typeof text !== 'string')) throw damagedRecord(name);
  const times = [issued_at, expires_at, refreshed_at];
  if (times.some(time => time !== null && Number.isNaN(Date.parse(time)))) throw damagedRecord(name);
  const {platform, identifier} = name; // A spread would double the time of this function.
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

/** Reports whether the spare bits of the last character are zero: decoders ignore them, so a flipped bit there would go unseen. */
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

/** Reports whether the JSON is written as JSON.stringify would: no blanks, and no member twice. */
function isCanonicalJson(bytes: Buffer): boolean {
  const text = bytes.toString();
  return JSON.stringify(JSON.parse(text)) === text;
}

function isValidSecret(secret: Record<string, unknown> | undefined): boolean {
  if (typeof secret?.refresh_token !== 'string' || typeof secret.api_url !== 'string') return false;
  const {app_id, app_secret, access_token, access_expires_at, data_access_expires_at, redirect_uri} = secret;
  const texts = [app_id, app_secret, access_token, access_expires_at, data_access_expires_at, redirect_uri];
  return texts.every(text => text === undefined || text === null || typeof text === 'string');
}

const describeRecord = (name: RecordName) => `The record ${name.platform}/${name.identifier}`;

const discardCommands = ({platform, identifier}: RecordName) => [
  `${bin} utils tokens remove --platform ${platform} --identifier ${identifier}`,
  `${bin} ${platform} authorize --identifier ${identifier}`,
];

function damagedRecord(name: RecordName): VaultError {
  return new VaultError(
    'RECORD_DAMAGED',
    `${describeRecord(name)} is damaged or was altered; it was left unchanged.`,
    ['Restore it from a backup, or discard it and log in again:', ...discardCommands(name)],
  );
}

/** For a record copied from another machine, or older than a lost vault. */
export function foreignRecord(name: RecordName): VaultError {
  return new VaultError(
    'RECORD_FOREIGN',
    `${describeRecord(name)} was encrypted with a key that this vault does not have; it was left unchanged.`,
    ['Restore the vault that it belongs to, or discard it and log in again:', ...discardCommands(name)],
  );
}

function misplacedRecord(name: RecordName, {platform, identifier}: Record<string, unknown>): VaultError {
  const isNamed = [platform, identifier].every(
    part => typeof part === 'string' && /^[\w.-]{1,64}$/.test(part),
  );
  const owner = isNamed ? `${platform}/${identifier}` : 'its own name';
  return new VaultError('RECORD_MISPLACED', `${describeRecord(name)} was stored under another name.`, [
    `Move it back to ${owner}: a record opens only there.`,
  ]);
}

function newerRecord(name: RecordName): VaultError {
  return new VaultError('RECORD_NEWER', `${describeRecord(name)} was written by a newer version of ${bin}.`, [
    'Upgrade: npm install -g agora-vault@latest',
  ]);
}
