import {existsSync} from 'node:fs';
import {chmod, copyFile, readdir, readFile, rename, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import {VaultError} from '../../../src/errors.js';
import {KeyFile} from '../../../src/vault/keys/key-file.js';
import {FileLocks, LOCKS_FOLDER} from '../../../src/vault/locks/file-lock.js';
import {FileStore} from '../../../src/vault/records/file-store.js';
import {readHeader} from '../../../src/vault/records/record.js';
import {Vault} from '../../../src/vault/vault.js';
import {ended, startProcess} from '../../support/child-process.js';
import {aCredential, recordName} from '../../support/credential.js';
import {failure, isPending} from '../../support/outcome.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {FailingKeyStore, keysIn} from './keys/key-stores.js';
import type {VaultTask} from './vault-process.js';

const CREDENTIAL = aCredential();
const REF = recordName('my.account');
const locksIn = ({tokens}: Home) => new FileLocks(join(tokens, LOCKS_FOLDER));
const FILE = 'threads-my.account.token';

/** Runs `use` with a vault that contains these credentials. */
const withCredentials = (identifiers: string[], use: (vault: Vault, home: Home) => Promise<unknown>) =>
  withHome(async home => {
    for (const identifier of identifiers)
      await vaultIn(home).update(recordName(identifier), async () => aCredential({identifier}));
    await use(vaultIn(home), home);
  });

const records = async ({tokens}: Home) => (await readdir(tokens)).filter(name => name.endsWith('.token'));

describe('vault', () => {
  it(
    'creates nothing before the first credential is stored',
    withHome(async home => {
      const vault = vaultIn(home);
      expect(await vault.list()).to.deep.equal([]);
      expect(await vault.names('threads')).to.deep.equal([]);
      expect(await vault.read(REF)).to.equal(undefined);
      expect(await vault.describeKey()).to.equal(undefined);
      expect(await readdir(home.folder)).to.deep.equal([]);
    }),
  );

  it(
    'returns to the next command what was stored',
    withHome(async home => {
      expect(await vaultIn(home).update(REF, async () => CREDENTIAL)).to.deep.equal(CREDENTIAL);
      expect(await vaultIn(home).read(REF)).to.deep.equal(CREDENTIAL);
      expect((await vaultIn(home).describeKey())!.store).to.equal('file');
    }),
  );

  it(
    'passes the current credential to the change',
    withCredentials(['my.account'], async vault => {
      const seen: unknown[] = [];
      const changed = await vault.update(REF, async current => {
        seen.push(current);
        return {...current!, username: 'renamed'};
      });
      expect(seen).to.deep.equal([CREDENTIAL]);
      expect(changed!.username).to.equal('renamed');
      expect((await vault.read(REF))!.username).to.equal('renamed');
    }),
  );

  it(
    'leaves the file unchanged if there is nothing to change',
    withCredentials(['my.account'], async (vault, home) => {
      const before = await readFile(join(home.tokens, FILE));
      expect(await vault.update(REF, async () => undefined)).to.deep.equal(CREDENTIAL);
      expect(await readFile(join(home.tokens, FILE))).to.deep.equal(before);
      expect(await vault.update(recordName('none'), async () => undefined)).to.equal(undefined);
      expect(await records(home)).to.deep.equal([FILE]);
    }),
  );

  it(
    'leaves the file unchanged if the change fails, and releases the lock',
    withCredentials(['my.account'], async (vault, home) => {
      const before = await readFile(join(home.tokens, FILE));
      const fault = new Error('fault');
      expect(await vault.update(REF, () => Promise.reject(fault)).catch(error => error)).to.equal(fault);
      expect(await readFile(join(home.tokens, FILE))).to.deep.equal(before);
      expect(await vault.update(REF, async current => current)).to.deep.equal(CREDENTIAL);
    }),
  );

  it(
    'stores a credential under the given name, not under the name in the credential',
    withCredentials([], async (vault, home) => {
      await vault.update(REF, async () => aCredential({identifier: 'other', platform: 'facebook'}));
      expect(await records(home)).to.deep.equal([FILE]);
      expect(await vault.read(REF)).to.include(REF);
    }),
  );

  it(
    'refuses a name that could leave the folder, and writes nothing',
    withHome(async home => {
      const vault = vaultIn(home);
      for (const identifier of [
        '',
        '.',
        '..',
        '../x',
        'a/../../x',
        'a/b',
        'a\\b',
        '.hidden',
        'a\0b',
        'x'.repeat(65),
      ]) {
        const outcome = await failure(vault.update(recordName(identifier), async () => CREDENTIAL));
        expect(outcome).to.include({code: 'IDENTIFIER_INVALID', exitCode: 2});
      }
      expect(await readdir(home.folder)).to.deep.equal([]);
    }),
  );

  it(
    'does not overwrite what another program wrote during the change',
    withCredentials(['my.account'], async (vault, home) => {
      const meanwhile = await readFile(join(home.tokens, FILE), 'utf8');
      const outcome = await failure(
        vault.update(REF, async current => {
          await writeFile(join(home.tokens, FILE), `${meanwhile} `);
          return current;
        }),
      );
      expect(outcome.code).to.equal('STORAGE_FAILED');
      expect(await readFile(join(home.tokens, FILE), 'utf8')).to.equal(`${meanwhile} `);
    }),
  );

  it(
    'does not overwrite a record that cannot be decrypted',
    withCredentials(['my.account'], async (vault, home) => {
      await truncate(join(home.tokens, FILE), 100);
      const before = await readFile(join(home.tokens, FILE));
      let wasCalled = false;
      const outcome = await failure(
        vault.update(REF, async () => {
          wasCalled = true;
          return CREDENTIAL;
        }),
      );
      expect(outcome.code).to.equal('RECORD_DAMAGED');
      expect(wasCalled).to.equal(false);
      expect(await readFile(join(home.tokens, FILE))).to.deep.equal(before);
    }),
  );

  it(
    'needs no key to report a bad record',
    withCredentials(['my.account'], async (_, home) => {
      await copyFile(join(home.tokens, FILE), join(home.tokens, 'threads-moved.token'));
      const file = new FailingKeyStore('file', 'KEYCHAIN_LOCKED');
      const vault = new Vault({
        records: new FileStore(home.tokens),
        keys: keysIn(home, {file}),
        locks: locksIn(home),
      });
      expect((await failure(vault.read(recordName('moved')))).code).to.equal('RECORD_MISPLACED');
      expect(await vault.read(recordName('none'))).to.equal(undefined);
      expect(file.calls).to.equal(0);
      expect((await failure(vault.read(REF))).code).to.equal('KEYCHAIN_LOCKED');
    }),
  );
});

describe('vault: updateMany', () => {
  const refs = ['a', 'b', 'c'].map(identifier => recordName(identifier));

  it(
    'makes several changes at the same time',
    withCredentials(['a', 'b'], async vault => {
      const seen = await vault.updateMany(update =>
        Promise.all(
          refs.map(ref => update(ref, async current => ({...(current ?? CREDENTIAL), username: 'x'}))),
        ),
      );
      expect(seen.map(each => [each!.identifier, each!.username])).to.deep.equal([
        ['a', 'x'],
        ['b', 'x'],
        ['c', 'x'],
      ]);
      for (const [index, ref] of refs.entries()) expect(await vault.read(ref)).to.deep.equal(seen[index]);
    }),
  );

  it(
    'refuses a name that could leave the folder',
    withCredentials([], async (vault, home) => {
      const change = recordName('../x');
      const outcome = await failure(vault.updateMany(update => update(change, async () => CREDENTIAL)));
      expect(outcome.code).to.equal('IDENTIFIER_INVALID');
      expect(await records(home)).to.deep.equal([]);
    }),
  );

  it(
    'finishes all changes before the key is replaced',
    withCredentials(['a', 'b', 'c'], async (vault, home) => {
      const order: string[] = [];
      let rotating: Promise<unknown> | undefined;
      await vault.updateMany(async update => {
        rotating = vaultIn(home)
          .rotateKey()
          .then(() => order.push('rotated'));
        for (const ref of refs) {
          expect(await isPending(rotating)).to.equal(true);
          await update(ref, async current => ({...current!, username: 'changed'}));
          order.push(ref.identifier);
        }
      });
      await rotating;
      expect(order).to.deep.equal(['a', 'b', 'c', 'rotated']);
      for (const ref of refs) expect((await vaultIn(home).read(ref))!.username).to.equal('changed');
    }),
  );

  it(
    'probes the disk once, and again after a failed write before it calls the next change',
    withCredentials(['a', 'b', 'c'], async (_, home) => {
      const full = new VaultError('STORAGE_FAILED', 'The disk is full.');
      let probes = 0;
      let isFull = false;
      class Disk extends FileStore {
        override async probeWrite() {
          probes++;
          if (isFull) throw full;
          await super.probeWrite();
        }
        override async compareAndSet(...all: Parameters<FileStore['compareAndSet']>) {
          if (isFull) throw full;
          return super.compareAndSet(...all);
        }
      }
      const vault = new Vault({
        records: new Disk(home.tokens),
        keys: keysIn(home, {file: new KeyFile(home.keyFile)}),
        locks: locksIn(home),
      });
      const called: string[] = [];
      await vault.updateMany(async update => {
        const change = (identifier: string) =>
          update(recordName(identifier), async current => {
            called.push(identifier);
            return {...current!, username: 'changed'};
          });
        await change('a');
        expect(probes).to.equal(1);
        isFull = true;
        expect(await failure(change('b'))).to.equal(full);
        expect(await failure(change('c'))).to.equal(full);
        expect(called).to.deep.equal(['a', 'b']);
        isFull = false;
        await change('c');
      });
      expect(called).to.deep.equal(['a', 'b', 'c']);
      expect(probes).to.equal(3);
    }),
  );
});

describe('vault: several processes', () => {
  it(
    'lose no update',
    withHome(async home => {
      await vaultIn(home).prepare();
      const scopes = ['a', 'b', 'c', 'd'].map(name => [1, 2, 3, 4, 5].map(turn => `${name}_${turn}`));
      const start = (task: VaultTask) => startProcess(new URL('vault-process.ts', import.meta.url), task);
      await Promise.all(scopes.map(add => ended(start({home, add}))));
      const stored = (await vaultIn(home).read(REF))!.scopes!;
      expect([...stored].sort()).to.deep.equal(scopes.flat().sort());
      expect((await readdir(home.tokens)).sort()).to.deep.equal(['.locks', FILE]);
    }),
  );
});

describe('vault: prepare', () => {
  it(
    'creates the first key and no other',
    withHome(async home => {
      await vaultIn(home).prepare();
      const [before, key] = [await readFile(home.vaultFile, 'utf8'), await readFile(home.keyFile, 'utf8')];
      await vaultIn(home).prepare();
      expect(await readFile(home.vaultFile, 'utf8')).to.equal(before);
      expect(await readFile(home.keyFile, 'utf8')).to.equal(key);
    }),
  );

  it(
    'creates only one key for several simultaneous calls',
    withHome(async home => {
      const vaults = Array.from({length: 6}, () => vaultIn(home));
      await Promise.all(vaults.map(vault => vault.prepare()));
      expect(JSON.parse(await readFile(home.keyFile, 'utf8')).keys).to.have.lengthOf(1);
      await Promise.all(vaults.map(vault => vault.update(REF, async () => CREDENTIAL)));
      for (const vault of vaults) expect(await vault.read(REF)).to.deep.equal(CREDENTIAL);
    }),
  );

  it(
    'creates no key while a record exists, whichever file was deleted',
    withCredentials(['my.account'], async (_, home) => {
      const record = await readFile(join(home.tokens, FILE));
      for (const deleted of [home.vaultFile, home.keyFile]) {
        await rename(deleted, `${deleted}.away`);
        for (const attempt of [
          () => vaultIn(home).prepare(),
          () => vaultIn(home).read(REF),
          () => vaultIn(home).update(REF, async () => CREDENTIAL),
          () => vaultIn(home).update(recordName('another'), async () => CREDENTIAL),
        ])
          expect(await failure(attempt())).to.include({code: 'KEY_GONE', exitCode: 5});
        expect(existsSync(deleted)).to.equal(false);
        await rename(`${deleted}.away`, deleted);
      }
      expect(await readFile(join(home.tokens, FILE))).to.deep.equal(record);
      expect(await records(home)).to.deep.equal([FILE]);
      expect(await vaultIn(home).read(REF)).to.deep.equal(CREDENTIAL);
    }),
  );

  it(
    'creates no key while a damaged record exists',
    withCredentials(['my.account'], async (_, home) => {
      await truncate(join(home.tokens, FILE), 10);
      await rm(home.keyFile);
      expect((await failure(vaultIn(home).prepare())).code).to.equal('KEY_GONE');
      expect(existsSync(home.keyFile)).to.equal(false);
    }),
  );

  it(
    'creates a new key after the last record was removed',
    withCredentials(['my.account'], async (_, home) => {
      await rm(home.keyFile);
      await vaultIn(home).remove(REF);
      await vaultIn(home).update(REF, async () => CREDENTIAL);
      expect(await vaultIn(home).read(REF)).to.deep.equal(CREDENTIAL);
    }),
  );

  it(
    'throws what the key store throws',
    withHome(async home => {
      const keychain = new FailingKeyStore('keychain', 'KEYCHAIN_LOCKED');
      const vault = new Vault({
        records: new FileStore(home.tokens),
        keys: keysIn(home, {keychain}),
        locks: locksIn(home),
      });
      expect((await failure(vault.prepare())).code).to.equal('KEYCHAIN_LOCKED');
      expect((await failure(vault.update(REF, async () => CREDENTIAL))).code).to.equal('KEYCHAIN_LOCKED');
      expect(existsSync(home.vaultFile)).to.equal(false);
      expect(await records(home)).to.deep.equal([]);
    }),
  );

  it(
    'fails if the folder is not private',
    withCredentials(['my.account'], async (vault, home) => {
      await chmod(home.tokens, 0o755);
      expect((await failure(vault.prepare())).code).to.equal('FILE_UNSAFE');
    }),
  );
});

describe('vault: list', () => {
  it(
    'lists every record, sorted by name, without a key',
    withCredentials(['b', 'a'], async (vault, home) => {
      await rm(home.keyFile);
      const rows = await vault.list();
      expect(rows.map(row => row.identifier)).to.deep.equal(['a', 'b']);
      const [row] = rows;
      const header = readHeader(await readFile(join(home.tokens, 'threads-a.token')), recordName('a'));
      expect(row).to.deep.equal({platform: 'threads', identifier: 'a', header});
    }),
  );

  it(
    'lists a bad record among the others, with its error',
    withCredentials(['a', 'b', 'd', 'e', 'z'], async (vault, home) => {
      const path = (name: string) => join(home.tokens, `threads-${name}.token`);
      await truncate(path('b'), 50);
      await copyFile(path('a'), path('c'));
      await writeFile(path('d'), '');
      await chmod(path('e'), 0o644);
      const rows = (await vault.list()).map(row => [
        row.identifier,
        'error' in row ? row.error.code : 'good',
      ]);
      expect(rows).to.deep.equal([
        ['a', 'good'],
        ['b', 'RECORD_DAMAGED'],
        ['c', 'RECORD_MISPLACED'],
        ['d', 'RECORD_DAMAGED'],
        ['e', 'FILE_UNSAFE'],
        ['z', 'good'],
      ]);
      expect(await records(home)).to.have.lengthOf(6);
    }),
  );

  it(
    'returns the names for one platform, sorted, including bad records',
    withCredentials(['b', 'a'], async (vault, home) => {
      await writeFile(join(home.tokens, 'threads-bad.token'), '', {mode: 0o600});
      await writeFile(join(home.tokens, 'facebook-c.token'), '', {mode: 0o600});
      expect(await vault.names('threads')).to.deep.equal(['a', 'b', 'bad']);
      expect(await vault.names('facebook')).to.deep.equal(['c']);
      expect(await vault.names('thread')).to.deep.equal([]);
    }),
  );
});

describe('vault: remove', () => {
  it(
    'removes one record and keeps the others',
    withCredentials(['my.account', 'other'], async vault => {
      await vault.remove(REF);
      expect(await vault.names('threads')).to.deep.equal(['other']);
      expect(await vault.read(recordName('other'))).to.be.an('object');
    }),
  );

  it(
    'removes a record that cannot be decrypted',
    withCredentials(['my.account', 'other'], async (vault, home) => {
      await truncate(join(home.tokens, FILE), 10);
      await rm(home.keyFile);
      await rm(home.vaultFile);
      await vault.remove(REF);
      expect(await records(home)).to.deep.equal(['threads-other.token']);
    }),
  );

  it(
    'waits for a change of the same record to finish',
    withCredentials(['my.account'], async (vault, home) => {
      const order: string[] = [];
      let changing: Promise<unknown> | undefined;
      const removed = new Promise<void>(resolve => {
        changing = vault.update(REF, async current => {
          vault.remove(REF).then(() => {
            order.push('removed');
            resolve();
          });
          await new Promise(setImmediate);
          return {...current!, username: 'changed'};
        });
        changing.then(() => order.push('changed'));
      });
      await Promise.all([removed, changing]);
      expect(order).to.deep.equal(['changed', 'removed']);
      expect(await records(home)).to.deep.equal([]);
    }),
  );
});
