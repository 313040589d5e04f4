import {scryptSync} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import {toKey} from '../../../src/vault/keys/key.js';
import {PassphraseStore} from '../../../src/vault/keys/passphrase-store.js';
import {VaultFile} from '../../../src/vault/keys/vault-file.js';
import {attempt, JSON_SYNTAX, MARKER, type Target} from '../target.js';
import {seal, splitLine} from './record.js';

const folder = mkdtempSync(join(tmpdir(), 'agora-vault-fuzz-'));
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
const file = new VaultFile(join(folder, 'vault.json'));

const PASSPHRASE = MARKER;
const KEY = toKey(Buffer.from('fake golden key: never a secret!'));
const storeWith = (known: string[]) =>
  new PassphraseStore(file, {known: async () => known, forNewKey: async () => undefined} as never);

const description = (id: string, wrapped?: object) => {
  const key = {id, store: 'passphrase', created_at: '2026-01-01T00:00:00.000Z'};
  return JSON.stringify({version: 1, key, ...(wrapped && {wrapped})});
};

/** `vault.json`, up to the question for the passphrase. */
export const vaultFile: Target = {
  name: 'vault-file',
  files: ['vault/keys/vault-file.ts', 'vault/keys/passphrase-store.ts'],
  seeds: [
    description(KEY.id),
    description(KEY.id, {[KEY.id]: `e30..AAAA.${MARKER}.AAAA`}),
    JSON.stringify({
      version: 1,
      key: {id: 'a', store: 'file'},
      previous: {id: 'b', store: 'keychain'},
      wrapped: {},
    }),
    '{"version":2}',
    // Found an inherited member instead of no key.
    description('constructor'),
    description('__proto__', {}),
  ],
  pieces: [
    ...JSON_SYNTAX,
    ...['1', '2', '""', '\ufeff', '{"version":1,'],
    ...[
      'version',
      'key',
      'previous',
      'wrapped',
      'id',
      'store',
      'created_at',
      'passphrase',
      'keychain',
      'file',
    ],
    ...['__proto__', 'constructor', 'toString', KEY.id, MARKER].map(each => `"${each}"`),
  ],
  async run(input) {
    writeFileSync(file.path, input, {mode: 0o600});
    const read = await attempt(() => file.read(), 'CONFIG_INVALID', 'RECORD_NEWER');
    if (!read) return;
    for (const description of [read.key, read.previous]) {
      if (!description) continue;
      // Without a passphrase, a key that is stored here cannot be read, and one that is not is absent.
      let isMissing = false;
      const key = await storeWith([])
        .read(description.id)
        .catch(error => {
          expect(error.code).to.equal('PASSPHRASE_MISSING');
          isMissing = true;
        });
      expect(key).to.equal(undefined);
      expect(isMissing).to.equal(
        Object.hasOwn(read.wrapped ?? {}, description.id) && read.wrapped![description.id] !== '',
      );
    }
    await file.write(read);
    expect(await file.read()).to.deep.equal(JSON.parse(JSON.stringify(read)));
  },
};

/** A wrapped key whose header and plaintext are arbitrary, but encrypted with the right passphrase where possible. */
export const wrap: Target = {
  name: 'wrap',
  files: ['vault/keys/passphrase-store.ts', 'vault/keys/key.ts'],
  seeds: [
    `${JSON.stringify({alg: 'dir', enc: 'A256GCM', typ: 'agora-vault-key', cty: 'jwk+json', kid: KEY.id, kdf: 'scrypt', n: 4, r: 1, p: 1, salt: 'AAAA'})}\n{"kty":"oct","k":"${Buffer.from(KEY.bytes).toString('base64url')}"}`,
    '{"alg":"dir","enc":"A256GCM","kdf":"scrypt","n":2,"r":8,"p":2,"salt":""}\n{"k":""}',
  ],
  pieces: [
    ...JSON_SYNTAX,
    ...['-1', '2', '"2"', '1e400', '4194304', '[2]'],
    ...['alg', 'enc', 'zip', 'crit', 'kdf', 'salt', 'n', 'r', 'p', 'k', '__proto__'].map(
      name => `,"${name}":`,
    ),
    MARKER,
  ],
  async run(input) {
    const [header, plaintext] = splitLine(input);
    const bytes = derive(header.toString());
    if (!bytes) return;
    writeFileSync(file.path, description(KEY.id, {[KEY.id]: seal(header, plaintext, bytes)}), {mode: 0o600});
    const key = await attempt(() => storeWith(['another one', PASSPHRASE]).read(KEY.id), 'PASSPHRASE_WRONG');
    if (key) expect(key).to.deep.equal(toKey(key.bytes));
  },
};

/** Derives the key as the header says; any key if that is impossible; undefined for parameters that take long. */
function derive(text: string): Uint8Array | undefined {
  try {
    const {n, r, p, salt} = JSON.parse(text);
    const cost = Math.abs(n * r * p);
    // Up to the limits that the golden vaults test, scrypt would take seconds. Beyond them it must not run at all.
    if (cost > 512) return cost <= 2 ** 23 ? undefined : Buffer.alloc(32);
    return scryptSync(PASSPHRASE, Buffer.from(salt, 'base64url'), 32, {N: n, r, p});
  } catch {
    return Buffer.alloc(32);
  }
}
