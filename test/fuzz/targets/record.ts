import {createCipheriv} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {expect} from 'chai';
import {CREDENTIAL_FIELDS} from '../../../src/credential.js';
import {toKey} from '../../../src/vault/keys/key.js';
import {openRecord, readHeader, sealRecord} from '../../../src/vault/records/record.js';
import {aCredential, recordName} from '../../support/credential.js';
import {attempt, JSON_SYNTAX, MARKER, type Target} from '../target.js';

const CODES = ['RECORD_DAMAGED', 'RECORD_MISPLACED', 'RECORD_FOREIGN', 'RECORD_NEWER'] as const;
const NAME = recordName('my.account');
/** The key of the golden records. */
const KEY = toKey(Buffer.from('fake golden key: never a secret!'));
const GOLDEN = new URL('../../golden/records/', import.meta.url);
const golden = readdirSync(GOLDEN).map(name => JSON.parse(readFileSync(new URL(name, GOLDEN), 'utf8')));

const NAMES = [
  ...CREDENTIAL_FIELDS,
  'kid',
  'alg',
  'enc',
  'typ',
  'cty',
  'v',
  'zip',
  'crit',
  '__proto__',
  'constructor',
];
const JSON_VALUES = ['true', '1e400', '""', '[]', '{}'];

/** Encrypts to a compact JWE with `dir` and `A256GCM`, whatever the header and the plaintext are. */
export function seal(header: Uint8Array, plaintext: Uint8Array, key: Uint8Array): string {
  const encoded = Buffer.from(header).toString('base64url');
  const nonce = Buffer.alloc(12, 7);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(encoded));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [
    encoded,
    '',
    ...[nonce, ciphertext, cipher.getAuthTag()].map(part => part.toString('base64url')),
  ].join('.');
}

/** Splits an input into a header and a plaintext: its first line and the rest. */
export function splitLine(input: Buffer): [header: Buffer, plaintext: Buffer] {
  const end = input.indexOf('\n');
  return end < 0 ? [input, Buffer.alloc(0)] : [input.subarray(0, end), input.subarray(end + 1)];
}

async function checkRecord(bytes: Buffer): Promise<void> {
  const header = await attempt(() => readHeader(bytes, NAME), ...CODES);
  const credential = await attempt(() => openRecord(bytes, NAME, KEY), ...CODES);
  if (!credential) return;
  expect(Object.keys(credential)).to.deep.equal(CREDENTIAL_FIELDS);
  const {scopes, ...texts} = credential;
  for (const value of [...Object.values(texts), ...(scopes ?? [])])
    if (value !== null) expect(value).to.be.a('string');
  expect(header).to.include({...NAME, user_id: credential.user_id, expires_at: credential.expires_at});
  const again = Buffer.from(await sealRecord(credential, KEY));
  expect(await openRecord(again, NAME, KEY)).to.deep.equal(credential);
}

/** A record's bytes, as they are in the file. */
export const record: Target = {
  name: 'record',
  files: ['vault/records/record.ts'],
  seeds: golden.map(each => each.record ?? Buffer.from(each.record_base64, 'base64')),
  pieces: ['.', '..', '=', '-', '_', '+', '/', 'A', 'eyJ', 'eyJhbGciOiJkaXIi', '\n', '\u00e9'],
  run: checkRecord,
};

/** A record whose header and plaintext are arbitrary, but encrypted correctly: what lies behind the authentication. */
export const recordContent: Target = {
  name: 'record-content',
  files: ['vault/records/record.ts'],
  seeds: await contents(),
  pieces: [
    ...NAMES.map(name => `,"${name}":`),
    ...JSON_SYNTAX,
    ...JSON_VALUES,
    KEY.id,
    'my.account',
    '2026-01-01T00:00:00.000Z',
    MARKER,
  ],
  run(input) {
    const [header, plaintext] = splitLine(input);
    return checkRecord(Buffer.from(seal(header, plaintext, KEY.bytes)));
  },
};

/** Returns the decoded content of new records. */
async function contents(): Promise<string[]> {
  const secret = {
    app_id: '1',
    app_secret: MARKER,
    refresh_token: MARKER,
    api_url: 'https://graph.threads.net',
  };
  const credentials = [aCredential(), aCredential({scopes: null, user_id: null, expires_at: null})];
  return Promise.all(
    credentials.map(async credential => {
      const [header] = (await sealRecord(credential, KEY)).split('.');
      return `${Buffer.from(header!, 'base64url')}\n${JSON.stringify(secret)}`;
    }),
  );
}
