/**
 * Writes the golden files: records and vault files, each with the expected result according to
 * docs/format.md. They are built with node:crypto only, so that they check the code under test and
 * not themselves. Run: npx tsx test/golden/make.ts
 *
 * Keys, IVs and salts are fixed: every run writes the same bytes. Every secret is a fake that says so.
 */
import {createCipheriv, createHash, createHmac, pbkdf2Sync, scryptSync} from 'node:crypto';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {deflateRawSync} from 'node:zlib';

type Json = Record<string, unknown>;

const KEY = Buffer.from('fake golden key: never a secret!');
const OTHER_KEY = Buffer.from('another fake key: not a secret!!');

const CREDENTIAL = {
  platform: 'threads',
  identifier: 'my.account',
  app_id: '1234567890',
  app_secret: 'fake-app-secret-0123456789abcdef',
  refresh_token: 'THAAfake-long-lived-token-0123456789abcdef',
  user_id: '26139168152370559',
  username: 'my.account',
  scopes: ['threads_basic', 'threads_content_publish'] as string[] | null,
  issued_at: '2026-01-01T00:00:00.000Z',
  expires_at: '2026-03-02T00:00:00.000Z',
  data_access_expires_at: '2026-04-01T00:00:00.000Z',
  refreshed_at: '2026-01-02T03:04:05.678Z',
  redirect_uri: 'https://localhost:3456/callback',
  api_url: 'https://graph.threads.net',
};
const NULLS = {
  ...{app_id: null, app_secret: null, user_id: null, username: null, scopes: null, issued_at: null},
  ...{expires_at: null, data_access_expires_at: null, refreshed_at: null, redirect_uri: null},
};
const SECRET = ['app_id', 'app_secret', 'refresh_token', 'data_access_expires_at', 'redirect_uri', 'api_url'];
const CLEAR = ['user_id', 'username', 'scopes', 'issued_at', 'expires_at', 'refreshed_at'];

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
const decode = (text: string) => Buffer.from(text, 'base64url');
const pick = (from: Json, names: string[]) => Object.fromEntries(names.map(name => [name, from[name]]));

/** JWK thumbprint (RFC 7638): SHA-256 of the required members, in this order, without blanks. */
const thumbprint = (key: Buffer) =>
  createHash('sha256')
    .update(`{"k":"${base64url(key)}","kty":"oct"}`)
    .digest('base64url');
const jwk = (key: Buffer) => ({kty: 'oct', kid: thumbprint(key), k: base64url(key)});

// --- Records -------------------------------------------------------------------------------------

interface Sealing {
  credential?: Json;
  /** Members that replace the usual ones (`undefined` removes one), or the whole header. */
  header?: Json | string | Buffer;
  plaintext?: Json | string | Buffer;
  cek?: Buffer;
  encryptedKey?: Buffer;
  encrypt?: typeof gcm;
}

function usualHeader(credential: Json): Json {
  return {
    alg: 'dir',
    enc: 'A256GCM',
    kid: thumbprint(KEY),
    typ: 'agora-vault-credential',
    cty: 'json',
    v: 1,
    ...pick(credential, ['platform', 'identifier', ...CLEAR]),
  };
}

/** Creates a compact JWE (RFC 7516 §7.1). The IV is a digest of the content: fixed, and never used twice. */
function seal(sealing: Sealing = {}): string {
  const {credential = CREDENTIAL, cek = KEY, encryptedKey = '', encrypt = gcm} = sealing;
  const {header = {}, plaintext = pick(credential, SECRET)} = sealing;
  const isText = typeof header === 'string' || Buffer.isBuffer(header);
  const protectedHeader = base64url(
    isText ? header : JSON.stringify({...usualHeader(credential), ...header}),
  );
  const isBytes = typeof plaintext === 'string' || Buffer.isBuffer(plaintext);
  const bytes = Buffer.from(isBytes ? plaintext : JSON.stringify(plaintext));
  const seed = createHash('sha256').update(protectedHeader).update(bytes).digest();
  return [protectedHeader, base64url(encryptedKey), ...encrypt(bytes, protectedHeader, cek, seed)].join('.');
}

function gcm(plaintext: Buffer, aad: string, key: Buffer, seed: Buffer, tagLength = 16, ivLength = 12) {
  const name = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  const iv = seed.subarray(0, ivLength);
  const cipher = createCipheriv(name, key, iv, {authTagLength: tagLength}).setAAD(Buffer.from(aad));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [iv, ciphertext, cipher.getAuthTag()].map(base64url);
}

/** Encrypts with AES-CBC and HMAC (RFC 7518 §5.2). */
function cbcHmac(plaintext: Buffer, aad: string, key: Buffer, seed: Buffer) {
  const half = key.length / 2;
  const iv = seed.subarray(0, 16);
  const cipher = createCipheriv(`aes-${half * 8}-cbc`, key.subarray(half), iv);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const bits = Buffer.alloc(8);
  bits.writeUInt32BE(aad.length * 8, 4);
  const mac = createHmac(`sha${half * 16}`, key.subarray(0, half));
  const tag = mac.update(aad).update(iv).update(ciphertext).update(bits).digest().subarray(0, half);
  return [iv, ciphertext, tag].map(base64url);
}

/** Wraps a key with AES Key Wrap (RFC 3394). */
function wrapKey(cek: Buffer, kek: Buffer): Buffer {
  const cipher = createCipheriv(`id-aes${kek.length * 8}-wrap`, kek, Buffer.alloc(8, 0xa6));
  return Buffer.concat([cipher.update(cek), cipher.final()]);
}

const SEGMENTS = ['header', 'encrypted key', 'iv', 'ciphertext', 'tag'];
const RECORD = seal();

function withSegment(name: string, change: (segment: string) => string, record = RECORD): string {
  const segments = record.split('.');
  const at = SEGMENTS.indexOf(name);
  segments[at] = change(segments[at]!);
  return segments.join('.');
}

function flipBit(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

/** Replaces the last character with another one that decodes to the same bytes. */
function withSpareBits(segment: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const others = [...alphabet].map(last => segment.slice(0, -1) + last);
  return others.find(other => other !== segment && decode(other).equals(decode(segment)))!;
}

/** Returns the first of a series of similar records that meets the condition. */
function firstRecord(matches: (record: string) => boolean): string {
  for (let username = 'my.account'; ; username += 'x') {
    const record = seal({credential: {...CREDENTIAL, username}});
    if (matches(record)) return record;
  }
}

interface Vector extends Json {
  name: string;
  shows: string;
  expect: string;
}
const records: Vector[] = [];

function record(
  name: string,
  shows: string,
  content: string | Buffer,
  expect: string,
  ref: Json,
  credential?: Json,
) {
  const bytes = Buffer.from(content);
  const {platform, identifier} = ref;
  records.push({
    name,
    shows,
    file: `${platform}-${identifier}.token`,
    platform,
    identifier,
    key: jwk(KEY),
    ...(/^[\x20-\x7e]*$/.test(bytes.toString('latin1'))
      ? {record: bytes.toString()}
      : {record_base64: bytes.toString('base64')}),
    expect,
    ...(credential && {credential}),
  });
}

function addGood(name: string, shows: string, change: Json = {}, content?: string) {
  const credential: Json = {...CREDENTIAL, ...change};
  record(name, shows, content ?? seal({credential}), 'success', credential, credential);
}

function addBad(
  name: string,
  shows: string,
  content: string | Buffer,
  expect = 'RECORD_DAMAGED',
  ref = CREDENTIAL,
) {
  if (content.toString() === RECORD && ref === CREDENTIAL) throw new Error(`${name} is the good record`);
  record(name, shows, content, expect, ref);
}

addGood('all-fields', 'A record with every field opens.');
addGood('nulls', 'Every field that may be null is null.', NULLS);
addGood('no-scopes', 'An empty list of scopes is not null.', {scopes: []});
addGood('user-id-above-2-53', 'A user id above 2^53 keeps every digit.', {user_id: '26139168152370559'});
addGood('beyond-ascii', 'Text beyond ASCII, quotes and control characters come back as they were.', {
  username: 'жук 🪲 ß',
  scopes: ['threads_basic', 'читать', '読む'],
  app_secret: 'fake "quoted" \\ secret\n\u0000\u2028é',
});
addGood('longest-identifier', 'An identifier of 64 characters, of every kind that is allowed.', {
  identifier: 'AZaz09._-.my-account_of.64.characters-'.padEnd(64, '0123456789'),
});
addGood('identifier-with-hyphens', 'The platform ends at the first hyphen of the file name.', {
  identifier: '-my-account.token',
});
addGood('other-platform', 'A platform that this version has no commands for opens all the same.', {
  platform: 'other2',
});
addGood(
  'members-in-another-order',
  'The order of the members means nothing.',
  {},
  seal({
    header: JSON.stringify(Object.fromEntries(Object.entries(usualHeader(CREDENTIAL)).reverse())),
    plaintext: pick(CREDENTIAL, SECRET.toReversed()),
  }),
);
addGood(
  'unknown-members',
  'Members that this version does not know are ignored, in the header and in the plaintext.',
  {},
  seal({header: {more: 'x'}, plaintext: {...pick(CREDENTIAL, SECRET), more: {deep: [1]}}}),
);
addGood(
  'absent-in-plaintext',
  'A member that may be null may also be absent from the plaintext.',
  NULLS,
  seal({
    credential: {...CREDENTIAL, ...NULLS},
    plaintext: pick(CREDENTIAL, ['refresh_token', 'api_url']),
  }),
);
addGood(
  'clear-fields-repeated-in-plaintext',
  'Where the plaintext repeats a field of the header, the header’s value is the one that counts.',
  {},
  seal({
    plaintext: {
      ...pick(CREDENTIAL, SECRET),
      user_id: '1',
      username: 'somebody.else',
      scopes: ['threads_delete'],
      issued_at: '2000-01-01T00:00:00.000Z',
      expires_at: '2099-01-01T00:00:00.000Z',
      refreshed_at: null,
    },
  }),
);

// Changed after sealing.
addBad(
  'bit-flipped-in-header',
  'One bit of the username in the header is another; the header is still sound JSON.',
  withSegment('header', text => {
    const bytes = decode(text);
    return base64url(flipBit(bytes, bytes.indexOf('"username":"') + 12));
  }),
);
for (const name of ['iv', 'ciphertext', 'tag']) {
  addBad(
    `bit-flipped-in-${name}`,
    `One bit of the ${name} is another.`,
    withSegment(name, text => base64url(flipBit(decode(text), 3))),
  );
}
addBad(
  'bit-flipped-in-file',
  'The highest bit of one byte of the file is set, so that it is no ASCII any more.',
  Buffer.from(RECORD).fill(RECORD.charCodeAt(40) | 0x80, 40, 41),
);
addBad(
  'encrypted-key-not-empty',
  'There is an encrypted key, which `dir` has none of; all else is sound.',
  withSegment('encrypted key', () => base64url(Buffer.alloc(32))),
);
for (const name of ['header', 'ciphertext', 'tag']) {
  const original = firstRecord(text => text.split('.')[SEGMENTS.indexOf(name)]!.length % 4 !== 0);
  addBad(
    `spare-bits-in-${name}`,
    `The unused bits of the last base64url character of the ${name} are not zero; it decodes to the same bytes.`,
    withSegment(name, withSpareBits, original),
  );
}
addBad('padding-after-tag', 'The tag is padded with `==`.', `${RECORD}==`);
addBad(
  'padding-after-header',
  'The header is padded with `=`, and sealed as it stands.',
  (() => {
    const original = firstRecord(text => text.split('.')[0]!.length % 4 === 3);
    const header = `${original.split('.')[0]}=`;
    const plaintext = Buffer.from(JSON.stringify(pick(CREDENTIAL, SECRET)));
    const seed = createHash('sha256').update(header).digest();
    return [header, '', ...gcm(plaintext, header, KEY, seed)].join('.');
  })(),
);
addBad(
  'standard-base64',
  'The ciphertext is written in the alphabet of standard base64: `+` and `/`.',
  withSegment(
    'ciphertext',
    text => text.replaceAll('-', '+').replaceAll('_', '/'),
    firstRecord(text => /-.*_|_.*-/.test(text.split('.')[3]!)),
  ),
);
addBad('newline-after', 'A newline follows.', `${RECORD}\n`);
addBad('blank-before', 'A blank stands before it.', ` ${RECORD}`);
addBad('blank-within', 'The ciphertext is broken into two lines.', RECORD.replace(/.{40}$/, '\r\n$&'));
addBad('byte-order-mark', 'A byte order mark (U+FEFF) stands before it.', `\ufeff${RECORD}`);
addBad('nul-after', 'A NUL follows.', `${RECORD}\0`);
addBad('utf-16', 'The record is written in UTF-16.', Buffer.from(RECORD, 'utf16le'));
addBad('sixth-segment', 'A sixth segment follows.', `${RECORD}.AAAA`);
addBad('sixth-segment-empty', 'A last dot follows.', `${RECORD}.`);
addBad('twice', 'The record stands there twice.', RECORD + RECORD);
addBad(
  'tag-extended',
  'A zero byte follows the tag.',
  withSegment('tag', tag => base64url(`${decode(tag)}\0`)),
);
addBad(
  'ciphertext-of-another-record',
  'Ciphertext, IV and tag are those of another record under the same key.',
  [
    RECORD.split('.')[0],
    ...seal({header: {identifier: 'your.account'}})
      .split('.')
      .slice(1),
  ].join('.'),
);
addBad(
  'oversized',
  'The ciphertext is 64 KiB longer than what was sealed.',
  withSegment('ciphertext', text => base64url(Buffer.concat([decode(text), Buffer.alloc(65_536)]))),
);

// Truncated.
addBad('empty', 'The file is empty.', '');
addBad('only-dots', 'Five segments, all of them empty.', '....');
for (const [at, name] of SEGMENTS.entries()) {
  const start = RECORD.split('.').slice(0, at).join('.').length + (at ? 1 : 0);
  const [segment] = RECORD.slice(start).split('.');
  if (segment) {
    addBad(
      `cut-in-${name}`,
      `It ends in the middle of the ${name}.`,
      RECORD.slice(0, start + (segment.length >> 1)),
    );
  }
  const slug = name.replace(' ', '-');
  if (at < 4)
    addBad(`cut-after-${slug}`, `It ends after the ${name}.`, RECORD.slice(0, start + segment!.length));
  if (at > 1)
    addBad(
      `${name}-empty`,
      `The ${name} is empty.`,
      withSegment(name, () => ''),
    );
}

// Other formats.
addBad('not-a-jwe', 'The file holds a line of text.', 'THAAfake-long-lived-token-0123456789abcdef');
addBad('plain-json', 'The file holds the credential as plain JSON.', JSON.stringify(CREDENTIAL));
addBad('binary', 'The file holds bytes that are no text.', createHash('sha512').update('golden').digest());
const [protectedHeader, , iv, ciphertext, tag] = RECORD.split('.');
addBad(
  'jwe-flattened-json',
  'The sound record in the flattened JSON serialization (RFC 7516 §7.2.2).',
  JSON.stringify({protected: protectedHeader, iv, ciphertext, tag}),
);
addBad(
  'jwe-general-json',
  'The sound record in the general JSON serialization (RFC 7516 §7.2.1).',
  JSON.stringify({protected: protectedHeader, recipients: [{}], iv, ciphertext, tag}),
);
addBad(
  'unsecured-jws',
  'An unsecured JWS (RFC 7515, `alg` `none`) of the credential.',
  `${base64url(JSON.stringify({...usualHeader(CREDENTIAL), alg: 'none', enc: undefined}))}.${base64url(JSON.stringify(CREDENTIAL))}.`,
);

// Sealed with the right key, but other algorithms.
const CEK = createHash('sha256').update('a fake content encryption key').digest();
addBad(
  'alg-a256kw',
  'Sealed with a wrapped key: `alg` `A256KW`, the vault’s key as the key that wraps.',
  seal({header: {alg: 'A256KW'}, cek: CEK, encryptedKey: wrapKey(CEK, KEY)}),
);
addBad(
  'alg-a256kw-key-empty',
  '`alg` is `A256KW`, but there is no encrypted key.',
  seal({header: {alg: 'A256KW'}}),
);
const p2s = base64url('fake-salt-16-byt');
const pbes2 = Buffer.concat([Buffer.from('PBES2-HS256+A128KW\0'), decode(p2s)]);
addBad(
  'alg-pbes2',
  'Sealed with a password: `alg` `PBES2-HS256+A128KW`, the vault’s key as the password.',
  seal({
    header: {alg: 'PBES2-HS256+A128KW', p2s, p2c: 1000},
    cek: CEK,
    encryptedKey: wrapKey(CEK, pbkdf2Sync(KEY, pbes2, 1000, 16, 'sha256')),
  }),
);
addBad(
  'alg-pbes2-absurd',
  'A password with 2^31 - 1 rounds: refused at once.',
  seal({
    header: {alg: 'PBES2-HS256+A128KW', p2s, p2c: 2 ** 31 - 1},
    cek: CEK,
    encryptedKey: Buffer.alloc(40),
  }),
);
addBad('alg-none', '`alg` is `none`.', seal({header: {alg: 'none'}}));
addBad('alg-missing', '`alg` is missing.', seal({header: {alg: undefined}}));
addBad('alg-in-capitals', '`alg` is `DIR`.', seal({header: {alg: 'DIR'}}));
addBad('alg-array', '`alg` is a list.', seal({header: {alg: ['dir']}}));
addBad(
  'enc-a128gcm',
  'Sealed by `A128GCM` with the first half of the key.',
  seal({header: {enc: 'A128GCM'}, cek: KEY.subarray(0, 16)}),
);
addBad(
  'enc-a128cbc-hs256',
  'Sealed by `A128CBC-HS256`, whose keys are as long as ours, with the right key.',
  seal({header: {enc: 'A128CBC-HS256'}, encrypt: cbcHmac}),
);
addBad(
  'enc-a256cbc-hs512',
  'Sealed by `A256CBC-HS512` with the key written twice.',
  seal({header: {enc: 'A256CBC-HS512'}, cek: Buffer.concat([KEY, KEY]), encrypt: cbcHmac}),
);
addBad('enc-missing', '`enc` is missing.', seal({header: {enc: undefined}}));
for (const length of [4, 12, 15]) {
  addBad(
    `tag-of-${length}-bytes`,
    `The tag is the first ${length} bytes of the right one.`,
    withSegment('tag', text => base64url(decode(text).subarray(0, length))),
  );
}
addBad(
  'iv-of-16-bytes',
  'Sealed by AES-256-GCM with an IV of 16 bytes.',
  seal({encrypt: (bytes, aad, key, seed) => gcm(bytes, aad, key, seed, 16, 16)}),
);
addBad(
  'aad-decoded',
  'Sealed with the header’s JSON as additional data, instead of its base64url text.',
  seal({encrypt: (bytes, aad, key, seed) => gcm(bytes, decode(aad).toString(), key, seed)}),
);
addBad(
  'aad-empty',
  'Sealed without additional data, so that nothing binds the header.',
  seal({encrypt: (bytes, _aad, key, seed) => gcm(bytes, '', key, seed)}),
);
addBad('key-of-another-vault', 'Sealed with another key, under the id of this one.', seal({cek: OTHER_KEY}));
addBad(
  'zip-not-compressed',
  '`zip` is `DEF`, but the plaintext is not compressed.',
  seal({header: {zip: 'DEF'}}),
);
addBad('zip-unknown', '`zip` is one that no RFC names.', seal({header: {zip: 'x'}}));
addBad('crit-unknown', '`crit` names a member that nobody knows.', seal({header: {crit: ['more'], more: 1}}));
addBad('crit-empty', '`crit` is an empty list.', seal({header: {crit: []}}));

// Other headers. All are sealed with the right key.
addBad('typ-missing', '`typ` is missing.', seal({header: {typ: undefined}}));
addBad('typ-other', '`typ` is `JWT`.', seal({header: {typ: 'JWT'}}));
addBad('typ-of-a-key', '`typ` is that of a wrapped key.', seal({header: {typ: 'agora-vault-key'}}));
addBad('v-missing', 'The version is missing.', seal({header: {v: undefined}}));
addBad('v-text', 'The version is the text "1".', seal({header: {v: '1'}}));
addBad('v-null', 'The version is null.', seal({header: {v: null}}));
addBad('v-2', 'The next version of the format.', seal({header: {v: 2}}), 'RECORD_NEWER');
addBad(
  'v-2-all-else-unknown',
  'The next version is told before anything else of it is judged.',
  seal({header: {v: 2, alg: 'x', enc: 'y', kid: 7, identifier: 'your.account', scopes: 7}}),
  'RECORD_NEWER',
);
addBad(
  'kid-of-another-key',
  '`kid` names another key.',
  seal({header: {kid: thumbprint(OTHER_KEY)}}),
  'RECORD_FOREIGN',
);
addBad(
  'from-another-vault',
  'A sound record of another vault.',
  seal({header: {kid: thumbprint(OTHER_KEY)}, cek: OTHER_KEY}),
  'RECORD_FOREIGN',
);
addBad('kid-missing', '`kid` is missing.', seal({header: {kid: undefined}}));
addBad('kid-number', '`kid` is a number.', seal({header: {kid: 7}}));

const OTHER_NAME = {...CREDENTIAL, identifier: 'your.account'};
addBad(
  'renamed',
  'A sound record that stands under another identifier.',
  RECORD,
  'RECORD_MISPLACED',
  OTHER_NAME,
);
addBad('renamed-case', 'The identifier differs in case.', RECORD, 'RECORD_MISPLACED', {
  ...CREDENTIAL,
  identifier: 'My.account',
});
addBad('renamed-platform', 'It stands under another platform.', RECORD, 'RECORD_MISPLACED', {
  ...CREDENTIAL,
  platform: 'other2',
});
addBad(
  'identifier-missing',
  'The identifier is missing from the header.',
  seal({header: {identifier: undefined}}),
  'RECORD_MISPLACED',
);
addBad(
  'platform-missing',
  'The platform is missing.',
  seal({header: {platform: undefined}}),
  'RECORD_MISPLACED',
);
addBad(
  'identifier-array',
  'The identifier is a list.',
  seal({header: {identifier: ['my.account']}}),
  'RECORD_MISPLACED',
);

for (const [name, shows, change] of [
  ['scopes-number', 'The scopes are a number.', {scopes: 7}],
  ['scopes-text', 'The scopes are one text.', {scopes: 'threads_basic'}],
  ['scopes-object', 'The scopes are an object.', {scopes: {0: 'threads_basic'}}],
  ['scopes-of-numbers', 'A scope is a number.', {scopes: ['threads_basic', 7]}],
  ['scopes-missing', 'The scopes are missing: unknown ones are null.', {scopes: undefined}],
  ['username-object', 'The username is an object.', {username: {name: 'my.account'}}],
  ['username-missing', 'The username is missing.', {username: undefined}],
  ['issued-at-false', 'A time is `false`.', {issued_at: false}],
  ['expires-at-number', 'A time is a number of milliseconds.', {expires_at: 1_772_409_600_000}],
  ['refreshed-at-missing', 'A time is missing.', {refreshed_at: undefined}],
] as [string, string, Json][]) {
  addBad(`header-${name}`, shows, seal({header: change}));
}
const HEADER_TEXT = JSON.stringify(usualHeader(CREDENTIAL));
addBad(
  'header-user-id-number',
  'The user id is a JSON number, whose last digits a reader may lose.',
  seal({header: HEADER_TEXT.replace('"26139168152370559"', '26139168152370559')}),
);
for (const [name, shows, text] of [
  ['empty', 'The header is empty.', ''],
  ['not-json', 'The header is not JSON.', `${HEADER_TEXT.slice(0, -1)},}`],
  ['null', 'The header is `null`.', 'null'],
  ['array', 'The header is a list that holds the right object.', `[${HEADER_TEXT}]`],
  ['text', 'The header is a JSON text.', JSON.stringify(HEADER_TEXT)],
  ['byte-order-mark', 'A byte order mark stands before the header’s JSON.', `\ufeff${HEADER_TEXT}`],
  ['twice', 'The header’s JSON stands there twice.', HEADER_TEXT + HEADER_TEXT],
]) {
  addBad(`header-${name}`, shows!, seal({header: text!}));
}
for (const [name, shows, plaintext] of [
  ['empty', 'The plaintext is empty.', ''],
  ['not-json', 'The plaintext is not JSON.', 'THAAfake-long-lived-token'],
  ['byte-order-mark', 'A byte order mark stands before the plaintext.', '\ufeff{"refresh_token":"THAAfake"}'],
]) {
  addBad(`plaintext-${name}`, shows!, seal({plaintext: plaintext!}));
}
addBad(
  'header-not-utf-8',
  'A byte of the header is no UTF-8.',
  seal({header: Buffer.from(HEADER_TEXT.replace('"username":"my', '"username":"\xe9'), 'latin1')}),
);
for (const v of [0, -1, 0.5]) addBad(`v-${v}`, `The version is ${v}.`, seal({header: {v}}));
addBad(
  'zip-compressed',
  'The plaintext is compressed, and `zip` says so.',
  seal({header: {zip: 'DEF'}, plaintext: deflateRawSync(JSON.stringify(pick(CREDENTIAL, SECRET)))}),
);
const PLAINTEXT = JSON.stringify(pick(CREDENTIAL, SECRET));
for (const [name, shows, text] of [
  [
    'member-twice',
    'A member stands twice in the header.',
    HEADER_TEXT.replace('{', '{"username":"somebody.else",'),
  ],
]) {
  addBad(`header-${name}`, shows!, seal({header: text!}));
}
for (const [name, shows, text] of [
  ['null', 'The plaintext is `null`.', 'null'],
  ['array', 'The plaintext is a list that holds the right object.', `[${PLAINTEXT}]`],
  ['text', 'The plaintext is a JSON text.', JSON.stringify(PLAINTEXT)],
  ['number', 'The plaintext is a number.', '7'],
  ['empty-object', 'The plaintext is an empty object: it holds no token.', '{}'],
  [
    'member-twice',
    'A member stands twice in the plaintext.',
    PLAINTEXT.replace('{', '{"refresh_token":"THAAfake-other",'),
  ],
]) {
  addBad(`plaintext-${name}`, shows!, seal({plaintext: text!}));
}
addBad(
  'plaintext-not-utf-8',
  'A byte of the plaintext is no UTF-8.',
  seal({plaintext: Buffer.from(PLAINTEXT.replace('THAAfake', 'THAA\xe9'), 'latin1')}),
);
for (const [name, shows, change] of [
  ['refresh-token-null', 'The token is null.', {refresh_token: null}],
  ['refresh-token-number', 'The token is a number.', {refresh_token: 7}],
  ['refresh-token-missing', 'The token is missing.', {refresh_token: undefined}],
  ['api-url-missing', 'The API origin is missing.', {api_url: undefined}],
  ['api-url-array', 'The API origin is a list.', {api_url: ['https://graph.threads.net']}],
  ['app-secret-object', 'The app secret is an object.', {app_secret: {value: 'fake'}}],
  ['app-id-number', 'The app id is a number.', {app_id: 1234567890}],
  ['data-access-expires-at-number', 'A time is a number.', {data_access_expires_at: 1_772_409_600_000}],
] as [string, string, Json][]) {
  addBad(`plaintext-${name}`, shows, seal({plaintext: {...pick(CREDENTIAL, SECRET), ...change}}));
}
addGood(
  'name-repeated-in-plaintext',
  'Where the plaintext names another platform and identifier, the header’s count.',
  {},
  seal({plaintext: {...pick(CREDENTIAL, SECRET), platform: 'other2', identifier: 'your.account'}}),
);
addBad('header-expires-at-no-time', 'A time is a word.', seal({header: {expires_at: 'soon'}}));
addBad('cty-other', '`cty` is `JWT`.', seal({header: {cty: 'JWT'}}));
addBad('cty-missing', '`cty` is missing.', seal({header: {cty: undefined}}));
addBad(
  'oversized-sealed',
  'A sound record of more than 64 KiB.',
  seal({header: {username: 'x'.repeat(65_536)}}),
);

// --- The key, wrapped with a passphrase ----------------------------------------------------------

const PASSPHRASE = 'fake correct horse battery';
const SALT = base64url('fake salt, 16 by');
/** Cheaper than the default (n 2^17), which one of the files uses. */
const CHEAP = {n: 2 ** 14, r: 8, p: 1};

interface Wrapping {
  key?: Buffer;
  passphrase?: string;
  cost?: {n: number; r: number; p: number};
  salt?: string;
  header?: Json;
  plaintext?: string | Buffer;
}

function wrap({
  key = KEY,
  passphrase = PASSPHRASE,
  cost = CHEAP,
  salt = SALT,
  header = {},
  plaintext,
}: Wrapping = {}): string {
  const usual = {
    ...{alg: 'dir', enc: 'A256GCM', typ: 'agora-vault-key', cty: 'jwk+json', kid: thumbprint(key)},
    ...{kdf: 'scrypt', ...cost, salt},
  };
  const aad = base64url(JSON.stringify({...usual, ...header}));
  const derived = scryptSync(passphrase, decode(salt), 32, {
    ...{N: cost.n, r: cost.r, p: cost.p},
    maxmem: 2 ** 28,
  });
  const bytes = Buffer.from(plaintext ?? JSON.stringify({kty: 'oct', k: base64url(key)}));
  return [aad, '', ...gcm(bytes, aad, derived, createHash('sha256').update(aad).digest())].join('.');
}

/** Changes the header after wrapping, as somebody without the passphrase could. */
function withHeaderChange(change: Json): string {
  return withSegment(
    'header',
    text => base64url(JSON.stringify({...JSON.parse(decode(text).toString()), ...change})),
    wrap(),
  );
}

const DESCRIPTION = {id: thumbprint(KEY), store: 'passphrase', created_at: '2026-01-01T00:00:00.000Z'};
const vaultJson = (jwe: unknown, change: Json = {}) =>
  JSON.stringify({version: 1, key: DESCRIPTION, wrapped: {[thumbprint(KEY)]: jwe}, ...change});

const vaults: Vector[] = [];

function vault(
  name: string,
  shows: string,
  text: string,
  expect: string,
  {passphrase = PASSPHRASE, atOnce = false} = {},
) {
  vaults.push({
    name,
    shows,
    file: 'vault.json',
    passphrase,
    vault: text,
    expect,
    ...(expect === 'success' && {key: jwk(KEY)}),
    ...(atOnce && {at_once: true}),
  });
}

vault(
  'opens',
  'The passphrase opens the key, by the parameters that are written today.',
  vaultJson(wrap({cost: {n: 2 ** 17, r: 8, p: 1}})),
  'success',
);
vault(
  'other-parameters',
  'The parameters are read from the header.',
  vaultJson(wrap({cost: {n: 1024, r: 4, p: 2}})),
  'success',
);
vault(
  'composed',
  'The passphrase is typed with combining characters (NFD), and wrapped the key in its composed form (NFC).',
  vaultJson(wrap({passphrase: 'fake pâßphrasé ångström'.normalize('NFC')})),
  'success',
  {passphrase: 'fake pâßphrasé ångström'.normalize('NFD')},
);
vault(
  'during-a-rotation',
  'Two keys are named; the current one is `key`.',
  vaultJson(wrap(), {
    previous: {...DESCRIPTION, id: thumbprint(OTHER_KEY), created_at: '2025-01-01T00:00:00.000Z'},
    wrapped: {[thumbprint(OTHER_KEY)]: wrap({key: OTHER_KEY}), [thumbprint(KEY)]: wrap()},
  }),
  'success',
);
vault('wrong-passphrase', 'The passphrase is another.', vaultJson(wrap()), 'PASSPHRASE_WRONG', {
  passphrase: 'fake wrong horse battery',
});
vault('passphrase-case', 'The passphrase differs in case.', vaultJson(wrap()), 'PASSPHRASE_WRONG', {
  passphrase: PASSPHRASE.toUpperCase(),
});
for (const [name, shows, change] of [
  ['altered-n', 'A lower cost was written into the header.', {n: 1024}],
  ['altered-salt', 'Another salt was written into the header.', {salt: base64url('some other salt!')}],
  ['altered-kid', 'Another key id was written into the header.', {kid: thumbprint(OTHER_KEY)}],
] as [string, string, Json][]) {
  vault(name, shows, vaultJson(withHeaderChange(change)), 'PASSPHRASE_WRONG');
}
vault(
  'altered-ciphertext',
  'One bit of the ciphertext is another.',
  vaultJson(withSegment('ciphertext', text => base64url(flipBit(decode(text), 3)), wrap())),
  'PASSPHRASE_WRONG',
);
for (const [name, shows, change] of [
  ['n', 'scrypt shall use 1 TiB of memory.', {n: 2 ** 30}],
  ['r', 'scrypt shall use blocks of 128 MiB.', {r: 2 ** 20}],
  ['p', 'scrypt shall run a million times.', {p: 2 ** 20}],
  ['n-1e300', '`n` is 10^300.', {n: 1e300}],
  ['n-no-power-of-2', '`n` is no power of two.', {n: 16_385}],
  ['n-0', '`n` is 0.', {n: 0}],
  ['n-negative', '`n` is negative.', {n: -16_384}],
  ['n-text', '`n` is a text.', {n: '16384'}],
  ['r-with-a-small-n', 'scrypt shall use few blocks of 256 MiB.', {n: 2, r: 2 ** 21, p: 2}],
  ['n-missing', '`n` is missing.', {n: undefined}],
  ['salt-missing', 'The salt is missing.', {salt: undefined}],
] as [string, string, Json][]) {
  vault(`absurd-${name}`, shows, vaultJson(withHeaderChange(change)), 'PASSPHRASE_WRONG', {atOnce: true});
}
vault(
  'weak-cost',
  'scrypt shall cost less than any reader accepts.',
  vaultJson(wrap({cost: {n: 512, r: 8, p: 1}})),
  'PASSPHRASE_WRONG',
  {atOnce: true},
);
vault('weak-salt', 'The salt has 3 bytes.', vaultJson(wrap({salt: base64url('abc')})), 'PASSPHRASE_WRONG', {
  atOnce: true,
});
vault('not-a-jwe', 'What stands there is no JWE.', vaultJson('THAAfake'), 'PASSPHRASE_WRONG', {atOnce: true});
vault(
  'plaintext-not-a-jwk',
  'What was wrapped is no key.',
  vaultJson(wrap({plaintext: '7'})),
  'PASSPHRASE_WRONG',
);
vault(
  'another-key',
  'Under the id of the key stands another key, which the passphrase opens.',
  vaultJson(wrap({key: OTHER_KEY})),
  'KEY_WRONG',
);
vault(
  'short-key',
  'The wrapped key has 16 bytes.',
  vaultJson(wrap({key: KEY.subarray(0, 16), header: {kid: thumbprint(KEY)}})),
  'KEY_WRONG',
);
vault('not-wrapped', 'No wrapped key stands under the id.', vaultJson(wrap(), {wrapped: {}}), 'KEY_GONE');
vault('no-key', 'No key is named.', vaultJson(wrap(), {key: undefined}), 'KEY_GONE');
vault('version-2', 'The next version of the file.', vaultJson(wrap(), {version: 2}), 'RECORD_NEWER');
for (const [name, shows, text] of [
  ['empty', 'The file is empty.', ''],
  ['not-json', 'The file is not JSON.', `${vaultJson(wrap())}}`],
  ['array', 'The file is a list.', '[]'],
  ['version-missing', 'The version is missing.', vaultJson(wrap(), {version: undefined})],
  ['version-text', 'The version is a text.', vaultJson(wrap(), {version: '1'})],
  ['version-0', 'The version is 0.', vaultJson(wrap(), {version: 0})],
  [
    'store-unknown',
    'The key is kept in a place that nobody knows.',
    vaultJson(wrap(), {key: {...DESCRIPTION, store: 'x'}}),
  ],
  ['key-null', 'The key is null.', vaultJson(wrap(), {key: null})],
  ['id-number', 'The id of the key is a number.', vaultJson(wrap(), {key: {...DESCRIPTION, id: 7}})],
  ['previous-null', 'The key before is null.', vaultJson(wrap(), {previous: null})],
  ['wrapped-object', 'The wrapped key is an object.', vaultJson({ciphertext: 'AAAA'})],
]) {
  vault(`file-${name}`, shows!, text!, 'CONFIG_INVALID');
}
vault(
  'file-wrapped-null',
  'The wrapped keys are null.',
  vaultJson(wrap(), {wrapped: null}),
  'CONFIG_INVALID',
);
vault(
  'file-wrapped-text',
  'The wrapped keys are one text.',
  vaultJson(wrap(), {wrapped: 'AAAA'}),
  'CONFIG_INVALID',
);
vault(
  'file-wrapped-array',
  'The wrapped keys are a list.',
  vaultJson(wrap(), {wrapped: [wrap()]}),
  'CONFIG_INVALID',
);
vault(
  'file-previous-is-key',
  'The key before is the same key, which a rotation would remove.',
  vaultJson(wrap(), {previous: DESCRIPTION}),
  'CONFIG_INVALID',
);
vault(
  'kdf-other',
  'The header names another way to derive the key.',
  vaultJson(wrap({header: {kdf: 'argon2id'}})),
  'PASSPHRASE_WRONG',
  {atOnce: true},
);
vault(
  'zip',
  'The key is compressed before it is wrapped.',
  vaultJson(wrap({header: {zip: 'DEF'}, plaintext: deflateRawSync(JSON.stringify(jwk(KEY)))})),
  'PASSPHRASE_WRONG',
);
vault(
  'absurd-all',
  'Every parameter is at its limit: 2 GiB and 64 times the work of today.',
  vaultJson(withHeaderChange({n: 2 ** 20, r: 16, p: 4})),
  'PASSPHRASE_WRONG',
  {atOnce: true},
);

// --- Files ---------------------------------------------------------------------------------------

for (const [folder, vectors] of Object.entries({records, vaults})) {
  const path = new URL(`${folder}/`, import.meta.url);
  rmSync(path, {recursive: true, force: true});
  mkdirSync(path);
  for (const {name, ...vector} of vectors) {
    // Puts arrays on one line, as the formatter does.
    const text = JSON.stringify(vector, null, 2).replace(
      /\[\n\s+([^[\]]*)\n\s+\]/g,
      (_, items: string) => `[${items.replace(/\n\s+/g, ' ')}]`,
    );
    writeFileSync(new URL(`${name}.json`, path), `${text}\n`, {flag: 'wx'});
  }
}
