import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {completionCandidates, type Known} from '../../../src/cli/completion/candidates.js';
import type {Home} from '../../../src/config/home.js';
import {passphraseVariables} from '../../../src/config/passphrase-variables.js';
import {diagnose} from '../../../src/doctor/doctor.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {KeyFile} from '../../../src/vault/keys/key-file.js';
import {FileLocks, LOCKS_FOLDER} from '../../../src/vault/locks/file-lock.js';
import type {Locks} from '../../../src/vault/locks/locks.js';
import {FileStore} from '../../../src/vault/records/file-store.js';
import {readHeader} from '../../../src/vault/records/record.js';
import type {RecordStore} from '../../../src/vault/records/store.js';
import {Vault} from '../../../src/vault/vault.js';
import {verifyVault} from '../../../src/vault/verify.js';
import {aCredential, recordName} from '../../support/credential.js';
import {MemoryLocks, MemoryStore} from '../../support/memory-store.js';
import {failure, isPending} from '../../support/outcome.js';
import {withHome} from '../../support/temporary-home.js';
import {keysIn} from './keys/key-stores.js';

interface Parts {
  records: RecordStore;
  locks: Locks;
}

const STORES: Record<string, (home: Home) => Parts> = {
  files: ({tokens}) => ({
    records: new FileStore(tokens),
    locks: new FileLocks(join(tokens, LOCKS_FOLDER), 10),
  }),
  memory: () => ({records: new MemoryStore(), locks: new MemoryLocks()}),
};

const ALICE = recordName('alice');
const BOB = recordName('bob');

/** What every part of the program may expect of any record store. */
for (const [title, open] of Object.entries(STORES)) {
  describe(`a vault with its records in ${title}`, () => {
    /** A vault per call, as each command has its own, over the same records and key file. */
    const withVault = (use: (vault: () => Vault, parts: Parts, home: Home) => Promise<unknown>) =>
      withHome(async home => {
        await mkdir(home.folder, {recursive: true, mode: 0o700});
        const parts = open(home);
        const keys = () => keysIn(home, {file: new KeyFile(home.keyFile)}, {choice: 'file'});
        await use(() => new Vault({...parts, keys: keys()}), parts, home);
      });
    const store = (vault: Vault, identifier: string) =>
      vault.update(recordName(identifier), async () => aCredential({identifier}));
    /** Writes past the vault, as a program that ignores its locks would. */
    const overwrite = async ({records}: Parts, identifier: string, text: string) => {
      const name = recordName(identifier);
      const written = await records.compareAndSet(name, text, (await records.read(name))?.version);
      expect(written).to.equal(true);
    };

    it(
      'is empty at first',
      withVault(async vault => {
        expect(await vault().list()).to.deep.equal([]);
        expect(await vault().names('threads')).to.deep.equal([]);
        expect(await vault().read(ALICE)).to.equal(undefined);
        expect(await vault().describeKey()).to.equal(undefined);
      }),
    );

    it(
      'returns to the next command what was stored, encrypted',
      withVault(async (vault, {records}) => {
        await store(vault(), 'alice');
        expect(await vault().read(ALICE)).to.deep.equal(aCredential({identifier: 'alice'}));
        const {bytes} = (await records.read(ALICE))!;
        expect(Buffer.from(bytes).toString()).not.to.include(aCredential().refresh_token);
      }),
    );

    it(
      'passes the current credential to a change, and leaves it alone when told to',
      withVault(async (vault, {records}) => {
        await store(vault(), 'alice');
        const {version} = (await records.read(ALICE))!;
        const seen: unknown[] = [];
        await vault().update(ALICE, async current => void seen.push(current));
        expect(seen).to.deep.equal([aCredential({identifier: 'alice'})]);
        expect((await records.read(ALICE))!.version).to.equal(version);
        await vault().update(ALICE, async current => ({...current!, username: 'renamed'}));
        expect((await vault().read(ALICE))!.username).to.equal('renamed');
      }),
    );

    it(
      'lists every record by name without a key, and a bad one with its error',
      withVault(async (vault, parts) => {
        for (const identifier of ['carol', 'bob', 'alice']) await store(vault(), identifier);
        await overwrite(parts, 'bob', 'rubbish');
        const rows = await vault().list();
        expect(rows.map(row => [row.identifier, 'error' in row ? row.error.code : 'ok'])).to.deep.equal([
          ['alice', 'ok'],
          ['bob', 'RECORD_DAMAGED'],
          ['carol', 'ok'],
        ]);
        expect(await vault().recordNames()).to.deep.equal(
          ['alice', 'bob', 'carol'].map(name => recordName(name)),
        );
      }),
    );

    it(
      'does not overwrite a record that does not open, or one that changed during the write',
      withVault(async (vault, parts) => {
        await store(vault(), 'alice');
        await overwrite(parts, 'alice', 'rubbish');
        expect((await failure(store(vault(), 'alice'))).code).to.equal('RECORD_DAMAGED');
        await store(vault(), 'bob');
        const outcome = vault().update(BOB, async current => {
          await overwrite(parts, 'bob', 'meanwhile');
          return current;
        });
        expect((await failure(outcome)).code).to.equal('STORAGE_FAILED');
        expect(Buffer.from((await parts.records.read(BOB))!.bytes).toString()).to.equal('meanwhile');
      }),
    );

    it(
      'loses no update of one record',
      withVault(async vault => {
        await store(vault(), 'alice');
        const add = () =>
          vault().update(ALICE, async current => ({...current!, username: `${current!.username}+`}));
        await Promise.all(Array.from({length: 10}, add));
        expect((await vault().read(ALICE))!.username).to.equal(`my.account${'+'.repeat(10)}`);
      }),
    );

    it(
      'changes many at a time, all before the key is replaced',
      withVault(async vault => {
        await store(vault(), 'alice');
        let rotation: Promise<unknown> | undefined;
        await vault().updateMany(async update => {
          rotation = vault().rotateKey();
          for (const identifier of ['alice', 'bob']) {
            await update(recordName(identifier), async () => aCredential({identifier, username: 'many'}));
            expect(await isPending(rotation)).to.equal(true);
          }
        });
        await rotation;
        for (const name of [ALICE, BOB]) expect((await vault().read(name))!.username).to.equal('many');
      }),
    );

    it(
      'makes no key beside a record, and one first key however many prepare',
      withVault(async (vault, parts) => {
        await Promise.all(Array.from({length: 5}, () => vault().prepare()));
        const {id} = (await vault().describeKey())!;
        await store(vault(), 'alice');
        expect(readHeader((await parts.records.read(ALICE))!.bytes, ALICE).kid).to.equal(id);
      }),
    );

    it(
      'replaces the key, keeps it for what does not open, and continues later',
      withVault(async (vault, parts) => {
        for (const identifier of ['alice', 'bob']) await store(vault(), identifier);
        const {id: first} = (await vault().describeKey())!;
        await overwrite(parts, 'bob', 'rubbish');
        const rotation = await vault().rotateKey();
        expect(rotation.records).to.equal(1);
        expect(rotation.failures.map(each => each.identifier)).to.deep.equal(['bob']);
        expect(rotation.key.id).not.to.equal(first);
        await vault().remove(BOB);
        expect(await vault().rotateKey()).to.deep.include({resumed: true, failures: []});
        expect(await vault().isKnownKey(first)).to.equal(false);
        expect((await vault().read(ALICE))!.identifier).to.equal('alice');
      }),
    );

    it(
      'removes one record, readable or not, and no other',
      withVault(async (vault, parts) => {
        for (const identifier of ['alice', 'bob']) await store(vault(), identifier);
        await overwrite(parts, 'alice', 'rubbish');
        await vault().remove(ALICE);
        expect(await vault().names('threads')).to.deep.equal(['bob']);
      }),
    );

    it(
      'is verified, and each bad record is named with its place',
      withVault(async (vault, parts, home) => {
        for (const identifier of ['alice', 'bob']) await store(vault(), identifier);
        expect(await verifyVault(vault(), home)).to.deep.equal({opened: 2, problems: []});
        await overwrite(parts, 'bob', 'rubbish');
        const {opened, problems} = await verifyVault(vault(), home);
        expect(opened).to.equal(1);
        expect(problems.map(({path, error}) => [path, error.code])).to.deep.equal([
          [parts.records.placeOf(BOB), 'RECORD_DAMAGED'],
        ]);
      }),
    );

    it(
      'is examined by doctor',
      withVault(async (vault, parts, home) => {
        for (const identifier of ['alice', 'bob']) await store(vault(), identifier);
        await overwrite(parts, 'bob', 'rubbish');
        const env = {TOOL_HOME: home.folder};
        const {findings} = await diagnose({
          home,
          env,
          platform: threads,
          vault: vault(),
          passphrases: passphraseVariables(env),
          keyStore: async () => 'auto',
          settings: [],
        });
        const records = findings.filter(({check}) => check === 'records');
        expect(records.map(({level}) => level)).to.include.members(['error', 'ok']);
        expect(records.find(({level}) => level === 'error')!.message).to.include('threads/bob is damaged');
        expect(records.find(({level}) => level === 'ok')!.message).to.include('1');
      }),
    );

    it(
      'offers its names to the completion of a command line',
      withVault(async vault => {
        for (const identifier of ['alice', 'bob']) await store(vault(), identifier);
        const known = {
          commands: [
            {
              id: 'token',
              flags: {identifier: {name: 'identifier', char: 'i', type: 'option'}},
              args: {},
            },
          ],
          topics: [],
          platforms: [],
          fields: [],
          identifiers: async () => (await vault().recordNames()).map(({identifier}) => identifier),
        } as unknown as Known;
        const values = (await completionCandidates(['token', '-i', ''], known)).map(({value}) => value);
        expect(values).to.deep.equal(['alice', 'bob']);
      }),
    );
  });
}
