import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Credential} from '../../../src/credential.js';
import {toKey} from '../../../src/vault/keys/key.js';
import {PassphraseStore} from '../../../src/vault/keys/passphrase-store.js';
import {VaultFile} from '../../../src/vault/keys/vault-file.js';
import {parseFileName} from '../../../src/vault/records/file-store.js';
import {recordName} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {keysIn} from './keys/key-stores.js';

// What the members mean is told in docs/format.md, "Golden files".

interface Vector {
  name: string;
  shows: string;
  file: string;
  /** `success` or the code of the failure. */
  expect: string;
  key?: {kty: string; kid: string; k: string};
}
interface RecordVector extends Vector {
  platform: string;
  identifier: string;
  key: {kty: string; kid: string; k: string};
  record?: string;
  record_base64?: string;
  credential?: Credential;
}
interface VaultVector extends Vector {
  passphrase: string;
  vault: string;
  at_once?: boolean;
}

const GOLDEN = new URL('../../golden/', import.meta.url);

async function read<V extends Vector>(folder: string): Promise<V[]> {
  const names = await readdir(new URL(folder, GOLDEN));
  return Promise.all(
    names.sort().map(async name => ({
      ...JSON.parse(await readFile(new URL(`${folder}/${name}`, GOLDEN), 'utf8')),
      name: `${folder}/${name}`,
    })),
  );
}

const records = await read<RecordVector>('records');
const vaults = await read<VaultVector>('vaults');
const used = new Set<string>();

const isGood = ({expect}: Vector) => expect === 'success';
const title = ({name, shows, expect}: Vector) =>
  `${name.replace(/^.*\/|\.json$/g, '')}: ${shows} → ${expect}`;
const figures = (vectors: Vector[]) => {
  const good = vectors.filter(isGood).length;
  return `${good} good, ${vectors.length - good} bad`;
};

describe('golden records', () => {
  for (const vector of records) {
    const {platform, identifier, key} = vector;
    const ref = recordName(identifier, platform);
    const bytes = Buffer.from(
      vector.record ?? vector.record_base64!,
      vector.record === undefined ? 'base64' : 'utf8',
    );

    // By the files alone, as docs/format.md tells of them, so that they are checked too.
    const test = withHome(async home => {
      await mkdir(home.tokens, {recursive: true, mode: 0o700});
      const files = {
        [join(home.tokens, vector.file)]: bytes,
        [home.vaultFile]: JSON.stringify({
          version: 1,
          key: {id: key.kid, store: 'file', created_at: '2026-01-01T00:00:00.000Z'},
        }),
        [home.keyFile]: JSON.stringify({keys: [key]}),
      };
      for (const [path, content] of Object.entries(files)) await writeFile(path, content, {mode: 0o600});

      expect(parseFileName(vector.file)).to.deep.equal(ref);
      expect(toKey(Buffer.from(key.k, 'base64url')).id).to.equal(key.kid);
      if (isGood(vector)) {
        expect(await vaultIn(home).read(ref)).to.deep.equal({
          ...vector.credential,
          access_token: null,
          access_expires_at: null,
        });
        const {user_id, username, scopes, issued_at, expires_at, refreshed_at} = vector.credential!;
        const clear = {user_id, username, scopes, issued_at, expires_at, refreshed_at};
        const header = {...ref, kid: key.kid, ...clear};
        expect(await vaultIn(home).list()).to.deep.equal([{...ref, header}]);
      } else {
        const outcome = await failure(vaultIn(home).read(ref));
        expect(outcome).to.include({code: vector.expect, exitCode: 6});
      }
      for (const [path, content] of Object.entries(files)) {
        expect((await readFile(path)).equals(Buffer.from(content)), path).to.equal(true);
      }
      used.add(vector.name);
    });
    it(title(vector), test);
  }

  after(() => console.log(`      golden records: ${figures(records)}`));
});

describe('golden vaults', () => {
  for (const vector of vaults) {
    const test = withHome(async home => {
      await mkdir(home.folder, {recursive: true});
      await writeFile(home.vaultFile, vector.vault, {mode: 0o600});
      const passphrases = {known: async () => [vector.passphrase], forNewKey: async () => undefined};
      const passphrase = new PassphraseStore(new VaultFile(home.vaultFile), passphrases);
      const started = Date.now();
      const current = keysIn(home, {passphrase}).current();
      if (isGood(vector)) {
        const {id, bytes} = await current;
        expect({kty: 'oct', kid: id, k: Buffer.from(bytes).toString('base64url')}).to.deep.equal(vector.key);
      } else {
        expect((await failure(current)).code).to.equal(vector.expect);
      }
      if (vector.at_once) expect(Date.now() - started).to.be.lessThan(2000);
      expect(await readFile(home.vaultFile, 'utf8')).to.equal(vector.vault);
      used.add(vector.name);
    });
    it(title(vector), test);
  }

  after(() => console.log(`      golden vaults: ${figures(vaults)}`));
});

describe('golden files', () => {
  it('are there, good ones and bad ones', () => {
    for (const vectors of [records, vaults]) {
      expect(vectors.filter(isGood)).not.to.have.lengthOf(0);
      expect(vectors.filter(vector => !isGood(vector))).not.to.have.lengthOf(0);
    }
    const codes = records.filter(vector => !isGood(vector)).map(vector => vector.expect);
    expect(codes).to.include.members([
      'RECORD_DAMAGED',
      'RECORD_MISPLACED',
      'RECORD_NEWER',
      'RECORD_FOREIGN',
    ]);
  });

  it('are all used', async () => {
    const files = await readdir(GOLDEN, {recursive: true});
    expect(files.filter(file => file.endsWith('.json')).sort()).to.deep.equal([...used].sort());
  });
});
