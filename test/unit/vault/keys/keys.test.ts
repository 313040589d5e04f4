import {existsSync} from 'node:fs';
import {chmod, readdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome, type Home} from '../../../../src/config/home.js';
import type {KeyStoreChoice} from '../../../../src/config/key-stores.js';
import {VaultError} from '../../../../src/errors.js';
import type {Anchor} from '../../../../src/vault/keys/anchor.js';
import {endorse, newKey} from '../../../../src/vault/keys/key.js';
import type {Keys} from '../../../../src/vault/keys/keys.js';
import {type VaultDescription, VaultFile} from '../../../../src/vault/keys/vault-file.js';
import {failure} from '../../../support/outcome.js';
import {withHome} from '../../../support/temporary-home.js';
import {FailingKeyStore, ForgetfulKeyStore, keysIn, MemoryAnchor, MemoryKeyStore} from './key-stores.js';

const noRecord = async () => false;
const aRecord = async () => true;

interface Situation {
  keys: Keys;
  home: Home;
  keychain: MemoryKeyStore;
  file: MemoryKeyStore;
  warnings: string[];
  /** Opens the same vault again, as the next command does. */
  again: (choice?: KeyStoreChoice) => Keys;
}

function withKeys(
  use: (situation: Situation) => Promise<unknown>,
  {
    choice = 'auto' as KeyStoreChoice,
    keychain = new MemoryKeyStore('keychain'),
    file = new MemoryKeyStore('file'),
    anchor = new MemoryAnchor() as Anchor,
  } = {},
) {
  return withHome(async home => {
    keychain.keys.clear();
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const again = (choice: KeyStoreChoice = 'auto') => keysIn(home, {keychain, file}, {choice, warn, anchor});
    await use({keys: again(choice), home, keychain, file, warnings, again});
  });
}

const vaultFile = async (home: Home) => JSON.parse(await readFile(home.vaultFile, 'utf8'));

describe('keys: the first key', () => {
  it(
    'is stored and named in vault.json, where the next command finds it',
    withKeys(async ({keys, home, keychain, again}) => {
      const key = await keys.ensure(noRecord);
      expect([...keychain.keys.values()]).to.deep.equal([key]);
      const {version, key: description, ...rest} = await vaultFile(home);
      expect(version).to.equal(1);
      expect(rest).to.deep.equal({});
      expect(description)
        .to.include({id: key.id, store: 'keychain'})
        .and.have.all.keys('id', 'store', 'created_at');
      expect(Date.now() - Date.parse(description.created_at)).to.be.within(0, 10_000);
      expect(await again().current()).to.deep.equal(key);
      expect(await again().describe()).to.deep.equal(description);
    }),
  );

  it(
    'leaves nothing secret in vault.json, which is private',
    withKeys(async ({keys, home}) => {
      const key = await keys.ensure(noRecord);
      const text = await readFile(home.vaultFile, 'latin1');
      for (const encoding of ['base64url', 'base64', 'hex', 'latin1'] as const)
        expect(text).not.to.include(Buffer.from(key.bytes).toString(encoding));
      expect((await stat(home.vaultFile)).mode & 0o777).to.equal(0o600);
      expect(await readdir(home.folder)).to.deep.equal(['vault.json']);
    }),
  );

  it(
    'is created once',
    withKeys(async ({keys, keychain, again}) => {
      const key = await keys.ensure(noRecord);
      expect(await keys.ensure(noRecord)).to.deep.equal(key);
      expect(await again().ensure(noRecord)).to.deep.equal(key);
      expect(keychain.keys.size).to.equal(1);
    }),
  );

  it(
    'is different in every vault',
    withKeys(async ({keys, home, again}) => {
      const key = await keys.ensure(noRecord);
      await rm(home.vaultFile);
      expect((await again().ensure(noRecord)).id).not.to.equal(key.id);
    }),
  );

  for (const name of ['keychain', 'file'] as const)
    it(
      `is rejected if the ${name} does not return it`,
      withKeys(
        async ({keys, home}) => {
          const outcome = await failure(keys.ensure(noRecord));
          expect(outcome).to.include({code: 'KEYCHAIN_FAILED', exitCode: 5});
          expect(outcome.message).to.include(name);
          expect(existsSync(home.vaultFile)).to.equal(false);
        },
        {choice: name, [name]: new ForgetfulKeyStore(name)},
      ),
    );

  it(
    'is rejected if the key store returns another one',
    withKeys(
      async ({keys, home}) => {
        expect((await failure(keys.ensure(noRecord))).code).to.equal('KEYCHAIN_FAILED');
        expect(existsSync(home.vaultFile)).to.equal(false);
      },
      {
        keychain: new (class extends MemoryKeyStore {
          override async read() {
            return newKey();
          }
        })('keychain'),
      },
    ),
  );

  it(
    'is read back before vault.json names it',
    withHome(async home => {
      const order: string[] = [];
      const keychain = new (class extends MemoryKeyStore {
        override async read(id: string) {
          order.push(`read ${existsSync(home.vaultFile) ? 'after' : 'before'} vault.json`);
          return super.read(id);
        }
        override async write(key: Parameters<MemoryKeyStore['write']>[0]) {
          order.push('write');
          return super.write(key);
        }
      })('keychain');
      await keysIn(home, {keychain}).ensure(noRecord);
      expect(order.slice(0, 2)).to.deep.equal(['write', 'read before vault.json']);
    }),
  );

  it(
    'creates a private home',
    withHome(async home => {
      const folder = join(home.folder, 'new');
      await keysIn(findHome({TOOL_HOME: folder}), {}).ensure(noRecord);
      expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    }),
  );

  it(
    'is not created in a home that other users can access',
    withKeys(async ({keys, home, keychain}) => {
      await chmod(home.folder, 0o755);
      expect((await failure(keys.ensure(noRecord))).code).to.equal('FILE_UNSAFE');
      expect(keychain.keys.size).to.equal(0);
    }),
  );

  it(
    'removes temporary files of killed writers from the home',
    withKeys(async ({keys, home}) => {
      const left = join(home.folder, '.vault.json.0123456789abcdef.tmp');
      await writeFile(left, '');
      await utimes(left, 0, 0);
      await keys.ensure(noRecord);
      expect(existsSync(left)).to.equal(false);
    }),
  );
});

describe('keys: if vault.json cannot be written', () => {
  const {write} = VaultFile.prototype;
  const failing = async () => {
    throw new VaultError('STORAGE_FAILED', 'The disk is full.');
  };
  afterEach(() => {
    VaultFile.prototype.write = write;
  });

  it(
    'the first key is removed from its store, and no other key is',
    withKeys(async ({keys, keychain}) => {
      const other = newKey();
      await keychain.write(other);
      VaultFile.prototype.write = failing;
      expect((await failure(keys.ensure(noRecord))).code).to.equal('STORAGE_FAILED');
      expect([...keychain.keys.keys()]).to.deep.equal([other.id]);
    }),
  );

  it(
    'the new key of a rotation is removed, and the old one is unchanged',
    withKeys(async ({keys, keychain, again}) => {
      const old = await keys.ensure(noRecord);
      VaultFile.prototype.write = failing;
      expect((await failure(keys.startRotation(undefined))).code).to.equal('STORAGE_FAILED');
      expect([...keychain.keys.keys()]).to.deep.equal([old.id]);
      expect(await again().current()).to.deep.equal(old);
    }),
  );

  it(
    'a key that it names nevertheless is not removed',
    withKeys(async ({keys, again}) => {
      await keys.ensure(noRecord);
      VaultFile.prototype.write = async function (description) {
        await write.call(this, description);
        return failing();
      };
      expect((await failure(keys.startRotation(undefined))).code).to.equal('STORAGE_FAILED');
      expect((await again().startRotation(undefined)).resumed).to.equal(true);
    }),
  );

  it(
    'the error is that of the write, not that of the cleanup',
    withKeys(
      async ({keys}) => {
        VaultFile.prototype.write = failing;
        expect((await failure(keys.ensure(noRecord))).code).to.equal('STORAGE_FAILED');
      },
      {
        keychain: new (class extends MemoryKeyStore {
          override async remove(): Promise<never> {
            throw new VaultError('KEYCHAIN_LOCKED', 'The key store failed.');
          }
        })('keychain'),
      },
    ),
  );
});

describe('keys: the store of the first key', () => {
  it(
    'auto: the keychain, without a warning, if that works',
    withKeys(async ({keys, keychain, file, warnings}) => {
      await keys.ensure(noRecord);
      expect(keychain.keys.size).to.equal(1);
      expect(file.calls).to.equal(0);
      expect(warnings).to.deep.equal([]);
    }),
  );

  it(
    'auto: the file, with a warning, if there is definitely no keychain',
    withKeys(
      async ({keys, home, file, warnings}) => {
        await keys.ensure(noRecord);
        expect(file.keys.size).to.equal(1);
        expect((await vaultFile(home)).key.store).to.equal('file');
        expect(warnings).to.have.lengthOf(1);
        expect(warnings[0]).to.match(/nothing more/);
      },
      {keychain: new FailingKeyStore('keychain', 'KEYCHAIN_ABSENT')},
    ),
  );

  for (const code of ['KEYCHAIN_LOCKED', 'KEYCHAIN_TIMEOUT', 'KEYCHAIN_DENIED', 'KEYCHAIN_FAILED'] as const)
    it(
      `auto: none after ${code}`,
      withKeys(
        async ({keys, home, file, warnings}) => {
          expect(await failure(keys.ensure(noRecord))).to.include({code, exitCode: 5});
          expect(file.calls).to.equal(0);
          expect(warnings).to.deep.equal([]);
          expect(await readdir(home.folder)).to.deep.equal([]);
        },
        {keychain: new FailingKeyStore('keychain', code)},
      ),
    );

  it(
    'auto: none if the keychain loses the key',
    withKeys(
      async ({keys, file}) => {
        expect((await failure(keys.ensure(noRecord))).code).to.equal('KEYCHAIN_FAILED');
        expect(file.calls).to.equal(0);
      },
      {keychain: new ForgetfulKeyStore('keychain')},
    ),
  );

  it(
    'auto: none if the keychain fails unexpectedly',
    withKeys(
      async ({keys, home, file}) => {
        expect(await keys.ensure(noRecord).catch(error => error)).to.be.instanceOf(TypeError);
        expect(file.calls).to.equal(0);
        expect(existsSync(home.vaultFile)).to.equal(false);
      },
      {
        keychain: new (class extends MemoryKeyStore {
          override async write(): Promise<never> {
            throw new TypeError('unexpected');
          }
        })('keychain'),
      },
    ),
  );

  it(
    'keychain: no other store, even if there is no keychain',
    withKeys(
      async ({keys, home, file}) => {
        expect((await failure(keys.ensure(noRecord))).code).to.equal('KEYCHAIN_ABSENT');
        expect(file.calls).to.equal(0);
        expect(existsSync(home.vaultFile)).to.equal(false);
      },
      {choice: 'keychain', keychain: new FailingKeyStore('keychain', 'KEYCHAIN_ABSENT')},
    ),
  );

  it(
    'keychain: the keychain',
    withKeys(
      async ({keys, home, file}) => {
        await keys.ensure(noRecord);
        expect((await vaultFile(home)).key.store).to.equal('keychain');
        expect(file.calls).to.equal(0);
      },
      {choice: 'keychain'},
    ),
  );

  it(
    'file: the file, with a warning, without accessing the keychain',
    withKeys(
      async ({keys, home, keychain, file, warnings}) => {
        await keys.ensure(noRecord);
        expect(file.keys.size).to.equal(1);
        expect(keychain.calls).to.equal(0);
        expect((await vaultFile(home)).key.store).to.equal('file');
        expect(warnings).to.have.lengthOf(1);
      },
      {choice: 'file'},
    ),
  );

  it(
    'passphrase: only vault.json',
    withKeys(
      async ({keys, home, keychain, file}) => {
        await keys.ensure(noRecord);
        expect((await vaultFile(home)).key.store).to.equal('passphrase');
        expect(keychain.calls + file.calls).to.equal(0);
      },
      {choice: 'passphrase'},
    ),
  );

  it(
    'is final: a later choice has no effect',
    withKeys(async ({keys, keychain, file, again}) => {
      const key = await keys.ensure(noRecord);
      expect(await again('file').ensure(noRecord)).to.deep.equal(key);
      expect(file.calls).to.equal(0);
      expect(keychain.keys.size).to.equal(1);
    }),
  );
});

describe('keys: while a record exists, no second key is created', () => {
  it(
    'if vault.json was deleted',
    withKeys(async ({keys, home, keychain, again}) => {
      await keys.ensure(noRecord);
      await rm(home.vaultFile);
      const outcome = await failure(again().ensure(aRecord));
      expect(outcome).to.include({code: 'KEY_GONE', exitCode: 5});
      expect(outcome.message).to.include(home.vaultFile);
      expect(keychain.keys.size).to.equal(1);
      expect(existsSync(home.vaultFile)).to.equal(false);
    }),
  );

  it(
    'if the key was deleted',
    withKeys(async ({keys, home, keychain, again}) => {
      await keys.ensure(noRecord);
      const before = await readFile(home.vaultFile, 'utf8');
      keychain.keys.clear();
      expect((await failure(again().ensure(aRecord))).code).to.equal('KEY_GONE');
      expect(keychain.keys.size).to.equal(0);
      expect(await readFile(home.vaultFile, 'utf8')).to.equal(before);
    }),
  );

  it(
    'but without a record, a new key replaces a lost one',
    withKeys(async ({keys, home, keychain, again}) => {
      const old = await keys.ensure(noRecord);
      keychain.keys.clear();
      const key = await again().ensure(noRecord);
      expect(key.id).not.to.equal(old.id);
      expect((await vaultFile(home)).key.id).to.equal(key.id);
      expect(await again().current()).to.deep.equal(key);
    }),
  );

  it(
    'and, even without a record, none if the keychain is only unreachable',
    withHome(async home => {
      const file = new MemoryKeyStore('file');
      await keysIn(home, {file}).ensure(noRecord);
      const before = await readFile(home.vaultFile, 'utf8');
      for (const code of ['KEYCHAIN_ABSENT', 'KEYCHAIN_LOCKED', 'KEYCHAIN_TIMEOUT'] as const) {
        const keychain = new FailingKeyStore('keychain', code);
        for (const recordExists of [aRecord, noRecord]) {
          const outcome = await failure(keysIn(home, {keychain, file}).ensure(recordExists));
          expect(outcome.code).to.equal(code);
        }
      }
      expect(file.calls).to.equal(0);
      expect(await readFile(home.vaultFile, 'utf8')).to.equal(before);
    }),
  );
});

describe('keys: the current key', () => {
  it(
    'is loaded once per command',
    withKeys(async ({keys, keychain, again}) => {
      await keys.ensure(noRecord);
      keychain.calls = 0;
      const next = again();
      await next.current();
      await next.current();
      expect(keychain.calls).to.equal(1);
    }),
  );

  it(
    'is KEY_GONE before it is created',
    withKeys(async ({keys, keychain}) => {
      expect((await failure(keys.current())).code).to.equal('KEY_GONE');
      expect(await keys.describe()).to.equal(undefined);
      expect(keychain.calls).to.equal(0);
    }),
  );

  it(
    'is KEY_WRONG and is not replaced if the key store has another under its id',
    withKeys(async ({keys, keychain, again}) => {
      const {id} = await keys.ensure(noRecord);
      const other = newKey();
      keychain.keys.set(id, other);
      expect(await failure(again().current())).to.include({code: 'KEY_WRONG', exitCode: 5});
      for (const recordExists of [aRecord, noRecord])
        expect((await failure(again().ensure(recordExists))).code).to.equal('KEY_WRONG');
      expect([...keychain.keys.values()]).to.deep.equal([other]);
    }),
  );

  it(
    'is described without accessing a key store',
    withKeys(async ({keys, keychain, file, again}) => {
      await keys.ensure(noRecord);
      keychain.calls = 0;
      expect((await again().describe())!.store).to.equal('keychain');
      expect(keychain.calls + file.calls).to.equal(0);
    }),
  );
});

describe('keys: what vouches for a key that encrypts', () => {
  const edit = async (home: Home, change: (description: VaultDescription) => unknown) => {
    const description = await vaultFile(home);
    await change(description);
    await writeFile(home.vaultFile, JSON.stringify(description), {mode: 0o600});
  };

  it(
    'H1: in a rotation, the old key endorses the new one, until the old one is removed',
    withKeys(async ({keys, home, again}) => {
      const old = await keys.ensure(noRecord);
      await keys.startRotation('file');
      const {key, previous} = await vaultFile(home);
      expect(previous.id).to.equal(old.id);
      expect(key.endorsement).to.equal(endorse(old, {id: key.id, store: 'file'}));
      expect((await again().encrypting()).id).to.equal(key.id);
      await again().finishRotation();
      expect((await vaultFile(home)).key).to.have.all.keys('id', 'store', 'created_at');
      expect((await again().encrypting()).id).to.equal(key.id);
    }),
  );

  it(
    'H1: an endorsement is of one id in one store, by the old key',
    withKeys(async ({keys, home, file, again}) => {
      const old = await keys.ensure(noRecord);
      const planted = newKey();
      await keys.startRotation(undefined);
      file.keys.set(planted.id, planted);
      const key = {id: planted.id, store: 'file' as const};
      const valid = (await vaultFile(home)).key.endorsement;
      for (const endorsement of [
        valid,
        endorse(planted, key),
        endorse(old, {...key, store: 'keychain'}),
        '',
        undefined,
      ]) {
        await edit(home, description => Object.assign(description.key!, key, {endorsement}));
        for (const attempt of [
          () => again().encrypting(),
          () => again().isReady(aRecord),
          () => again().ensure(aRecord),
          () => again().startRotation(undefined),
          () => again().check(),
        ])
          expect(await failure(attempt())).to.include({code: 'KEY_WRONG', exitCode: 5});
      }
      await edit(home, ({key: named}) => Object.assign(named!, {endorsement: endorse(old, key)}));
      expect((await failure(again().encrypting())).code).to.equal('KEY_WRONG');
      await edit(home, ({previous}) => {
        previous!.endorsement = endorse(planted, previous!);
      });
      expect(await again().encrypting()).to.deep.equal(planted);
    }),
  );

  it(
    'H1: a planted old key brings in no record of its own',
    withKeys(async ({keys, home, file, again}) => {
      const real = await keys.ensure(noRecord);
      const planted = newKey();
      file.keys.set(planted.id, planted);
      const {key} = await vaultFile(home);
      key.endorsement = endorse(planted, key);
      const previous = {id: planted.id, store: 'file', created_at: key.created_at};
      for (const endorsement of [undefined, '', endorse(planted, {id: planted.id, store: 'file'})]) {
        const text = JSON.stringify({version: 1, key, previous: {...previous, endorsement}});
        await writeFile(home.vaultFile, text, {mode: 0o600});
        for (const attempt of [() => again().encrypting(), () => again().startRotation('keychain')])
          expect((await failure(attempt())).code).to.equal('KEY_WRONG');
      }
      expect((await again().byId(real.id))!.id).to.equal(real.id);
    }),
  );

  it(
    'H1: a lie about where the old key is opens nothing to a planted key',
    withKeys(async ({keys, home, file, again}) => {
      const old = await keys.ensure(noRecord);
      const planted = newKey();
      file.keys.set(planted.id, planted);
      const created_at = new Date().toISOString();
      for (const store of ['file', 'passphrase'] as const) {
        const description = {
          version: 1,
          key: {id: planted.id, store: 'file', created_at, endorsement: 'junk'},
          previous: {id: old.id, store, created_at},
        };
        await writeFile(home.vaultFile, JSON.stringify(description), {mode: 0o600});
        expect((await failure(again().byId(old.id))).code).to.equal('KEY_GONE');
      }
    }),
  );

  it(
    'a rotation whose old key is already removed can be finished',
    withKeys(async ({keys, home, keychain, again}) => {
      const old = await keys.ensure(noRecord);
      await keys.startRotation('file');
      keychain.keys.delete(old.id);
      await again().check();
      expect((await again().startRotation(undefined)).resumed).to.equal(true);
      await again().finishRotation();
      expect((await vaultFile(home)).previous).to.equal(undefined);
    }),
  );

  for (const [from, to, accepted] of [
    ['keychain', 'keychain', true],
    ['file', 'file', true],
    ['keychain', 'file', false],
    ['file', 'keychain', false],
  ] as const)
    it(
      `a rotation that an earlier version began, ${from} to ${to}, is ${accepted ? 'continued' : 'refused'}`,
      withKeys(
        async ({keys, home, again}) => {
          await keys.ensure(noRecord);
          await keys.startRotation(to);
          await edit(home, ({key}) => {
            delete key!.endorsement;
          });
          if (accepted) return expect((await again().startRotation(undefined)).resumed).to.equal(true);
          return expect((await failure(again().startRotation(undefined))).code).to.equal('KEY_WRONG');
        },
        {choice: from},
      ),
    );

  it(
    'H1: a key store that was chosen is a minimum, also for the old key of a rotation',
    withKeys(
      async ({keys, home, again}) => {
        const old = await keys.ensure(noRecord);
        for (const attempt of [
          () => again('keychain').current(),
          () => again('passphrase').encrypting(),
          () => again('keychain').byId(old.id),
          () => again('keychain').ensure(aRecord),
          () => again('keychain').check(),
        ]) {
          const outcome = await failure(attempt());
          expect(outcome).to.include({code: 'KEY_STORE_WEAK', exitCode: 5});
          expect(outcome.suggestions[0]).to.match(/rotate-key --to (keychain|passphrase)$/);
        }
        await again().startRotation('keychain');
        expect((await failure(again('keychain').byId(old.id))).code).to.equal('KEY_STORE_WEAK');
        expect((await again('keychain').current()).id).to.equal((await vaultFile(home)).key.id);
        expect((await again('file').byId(old.id))!.id).to.equal(old.id);
      },
      {choice: 'file'},
    ),
  );

  it(
    'D7: without a record, the key moves to the store that is asked for, but only to a stronger one',
    withKeys(
      async ({keys, home, keychain, file, again}) => {
        const weak = await keys.ensure(noRecord);
        const key = await again('keychain').ensure(noRecord);
        expect(key.id).not.to.equal(weak.id);
        expect([...keychain.keys.keys(), ...file.keys.keys()]).to.deep.equal([key.id]);
        expect((await again('file').ensure(noRecord)).id).to.equal(key.id);
        expect((await vaultFile(home)).key.store).to.equal('keychain');
      },
      {choice: 'file'},
    ),
  );

  const anchor = new MemoryAnchor(true);
  it(
    'H1: the anchor follows the key through rotations that are interrupted at any step',
    withKeys(
      async ({keys, home, again}) => {
        anchor.anchored = {id: 'of an earlier home', store: 'keychain'};
        await keys.ensure(noRecord);
        const expectAnchor = async () => {
          const {id, store} = (await vaultFile(home)).key;
          expect(anchor.anchored).to.deep.equal(store === 'keychain' ? {id, store} : null);
        };
        await expectAnchor();
        for (const to of ['keychain', 'file', 'file', 'keychain'] as const) {
          await again().startRotation(to);
          await again().encrypting();
          const interrupted = await readFile(home.vaultFile, 'utf8');
          await again().finishRotation();
          await expectAnchor();
          await writeFile(home.vaultFile, interrupted); // As if killed before its last write.
          await again().finishRotation();
          await expectAnchor();
        }
      },
      {anchor},
    ),
  );

  it(
    'H1: a key that contradicts the anchor encrypts nothing',
    withKeys(
      async ({keys, home, file, again}) => {
        anchor.anchored = null;
        const real = await keys.ensure(noRecord);
        const planted = newKey();
        file.keys.set(planted.id, planted);
        await edit(home, description => Object.assign(description.key!, {id: planted.id, store: 'file'}));
        for (const attempt of [
          () => again().encrypting(),
          () => again().isReady(noRecord),
          () => again().startRotation('keychain'),
          () => again().check(),
        ])
          expect((await failure(attempt())).code).to.equal('KEY_WRONG');
        expect(anchor.anchored).to.deep.equal({id: real.id, store: 'keychain'});
      },
      {anchor},
    ),
  );
});

describe('keys: a foreign vault.json', () => {
  for (const content of [
    '',
    'not json',
    'null',
    '7',
    '"text"',
    '[]',
    '{}',
    '{"version":1,"key":null}',
    '{"version":1,"key":{}}',
    '{"version":1,"key":{"id":7,"store":"file"}}',
    '{"version":1,"key":{"id":"x"}}',
    '{"version":1,"key":{"id":"x","store":"elsewhere"}}',
    '{"version":1,"key":{"id":"x","store":7}}',
    '{"version":1,"key":{"id":"x","store":"constructor"}}',
    '{"version":1,"key":{"id":"x","store":"__proto__"}}',
    '{"version":1,"key":{"id":"x","store":"file"},"previous":{}}',
    '{"version":1,"key":{"id":"x","store":"file","created_at":7}}',
    '{"version":1,"key":{"id":"x","store":"file","created_at":"never"}}',
    '{"version":1,"key":{"id":"x","store":"file","created_at":"2026-01-01T00:00:00.000Z","endorsement":7}}',
    '{"version":"1","key":{"id":"x","store":"file"}}',
    '{"version":0,"key":{"id":"x","store":"file"}}',
    '{"key":{"id":"x","store":"file"}}',
  ])
    it(
      `is CONFIG_INVALID and left unchanged: ${content || '(empty)'}`,
      withKeys(async ({keys, home, keychain, file}) => {
        await writeFile(home.vaultFile, content, {mode: 0o600});
        for (const attempt of [() => keys.describe(), () => keys.current(), () => keys.ensure(noRecord)]) {
          const outcome = await failure(attempt());
          expect(outcome).to.include({code: 'CONFIG_INVALID', exitCode: 2});
          expect(outcome.message).to.include(home.vaultFile);
        }
        expect(keychain.calls + file.calls).to.equal(0);
        expect(await readFile(home.vaultFile, 'utf8')).to.equal(content);
      }),
    );

  it(
    'is RECORD_NEWER, with the advice to upgrade, if its version is newer',
    withKeys(async ({keys, home, keychain}) => {
      await writeFile(home.vaultFile, '{"version":2,"keys":["of another shape"]}', {mode: 0o600});
      const outcome = await failure(keys.ensure(noRecord));
      expect(outcome).to.include({code: 'RECORD_NEWER', exitCode: 6});
      expect(outcome.suggestions.join()).to.match(/upgrade/i);
      expect(keychain.calls).to.equal(0);
    }),
  );

  it(
    'is not used if other users can access it',
    withKeys(async ({keys, home, again}) => {
      await keys.ensure(noRecord);
      await chmod(home.vaultFile, 0o644);
      expect((await failure(again().current())).code).to.equal('FILE_UNSAFE');
    }),
  );
});
