import {chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {FileStore} from '../../../../src/vault/records/file-store.js';
import {recordName} from '../../../support/credential.js';
import {failure} from '../../../support/outcome.js';
import {withHome} from '../../../support/temporary-home.js';

const REF = recordName('my.account');
const FILE = 'threads-my.account.token';

const withStore = (use: (store: FileStore) => Promise<unknown>) =>
  withHome(({tokens}) => use(new FileStore(tokens)));

/** Creates files in the store's folder. */
async function place(store: FileStore, ...names: string[]): Promise<void> {
  await mkdir(store.folder, {recursive: true, mode: 0o700});
  for (const name of names) await writeFile(join(store.folder, name), 'content', {mode: 0o600});
}

describe('file store', () => {
  it(
    'stores a record as a private file PLATFORM-IDENTIFIER.token',
    withStore(async store => {
      expect(await store.compareAndSet(REF, 'content', undefined)).to.equal(true);
      expect(await readFile(join(store.folder, FILE), 'utf8')).to.equal('content');
      expect((await stat(join(store.folder, FILE))).mode & 0o777).to.equal(0o600);
      expect((await stat(store.folder)).mode & 0o777).to.equal(0o700);
      expect(await readdir(store.folder)).to.deep.equal([FILE]);
    }),
  );

  it(
    'is empty if there is no folder, and does not create it for reading',
    withHome(async ({folder, tokens}) => {
      const store = new FileStore(tokens);
      expect(await store.read(REF)).to.equal(undefined);
      expect(await store.list()).to.deep.equal([]);
      expect(await readdir(folder)).to.deep.equal([]);
    }),
  );

  it(
    'returns a version that depends on nothing but the content',
    withStore(async store => {
      await place(store, FILE, 'threads-twin.token');
      const first = await store.read(REF);
      expect(first!.bytes.toString()).to.equal('content');
      expect((await store.read(recordName('twin')))!.version).to.equal(first!.version);
      await writeFile(join(store.folder, FILE), 'contenu');
      expect((await store.read(REF))!.version).not.to.equal(first!.version);
    }),
  );

  it(
    'replaces the expected version',
    withStore(async store => {
      await place(store, FILE);
      const {version} = (await store.read(REF))!;
      expect(await store.compareAndSet(REF, 'new', version)).to.equal(true);
      expect((await store.read(REF))!.bytes.toString()).to.equal('new');
    }),
  );

  it(
    'does not replace another version',
    withStore(async store => {
      await place(store, FILE);
      const {version} = (await store.read(REF))!;
      await writeFile(join(store.folder, FILE), 'meanwhile');
      expect(await store.compareAndSet(REF, 'new', version)).to.equal(false);
      expect(await store.compareAndSet(REF, 'new', undefined)).to.equal(false);
      expect(await readFile(join(store.folder, FILE), 'utf8')).to.equal('meanwhile');
      expect(await readdir(store.folder)).to.deep.equal([FILE]);
    }),
  );

  it(
    'does not write if a version is expected but the record is missing',
    withStore(async store => {
      await place(store);
      expect(await store.compareAndSet(REF, 'new', 'a version')).to.equal(false);
      expect(await readdir(store.folder)).to.deep.equal([]);
    }),
  );

  it(
    'fails if it cannot write, and keeps the record',
    withStore(async store => {
      const long = recordName('my.account', 't'.repeat(200));
      const name = `${long.platform}-my.account.token`; // Leaves no room for the longer temporary name.
      await place(store, name.slice(0, 250));
      expect(
        (await failure(store.compareAndSet(recordName('my.account', 't'.repeat(233)), 'new', undefined)))
          .code,
      ).to.equal('STORAGE_FAILED');
      expect(await readFile(join(store.folder, name), 'utf8')).to.equal('content');
    }),
  );

  it(
    'probes a write and leaves no file',
    withStore(async store => {
      await store.probeWrite();
      expect(await readdir(store.folder)).to.deep.equal([]);
      await chmod(store.folder, 0o750);
      expect((await failure(store.probeWrite())).code).to.equal('FILE_UNSAFE');
    }),
  );

  it(
    'lists records sorted by name, and splits names at the first hyphen',
    withStore(async store => {
      const identifiers = [
        'z',
        'a-b',
        'a.b-c_d.e',
        '-leading',
        '_',
        '0',
        'ends.token',
        'A',
        '26139168152370559',
      ];
      await place(store, ...identifiers.map(name => `threads-${name}.token`), 'facebook-x-y.token');
      const listed = await store.list();
      expect(listed[0]).to.deep.equal(recordName('x-y', 'facebook'));
      expect(listed.slice(1)).to.deep.equal(
        [...identifiers].sort().map(identifier => recordName(identifier)),
      );
    }),
  );

  it(
    'does not list files with other names',
    withStore(async store => {
      await place(
        store,
        'threads.token',
        'threads-.token',
        'threads-.hidden.token',
        'threads-a.token.bak',
        'threads-a.token~',
        'threads-a.TOKEN',
        'threads-a b.token',
        'threads-ä.token',
        `threads-${'x'.repeat(65)}.token`,
        'Threads-a.token',
        'thr_eads-a.token',
        '-a.token',
        'README',
        '.threads-a.token.0123456789abcdef.tmp',
      );
      await mkdir(join(store.folder, '.locks'));
      expect(await store.list()).to.deep.equal([]);
    }),
  );

  it(
    'removes old temporary files before a write, but not recent ones and not when listing',
    withStore(async store => {
      const [old, recent] = ['.a.0123456789abcdef.tmp', '.b.0123456789abcdef.tmp'];
      await place(store, FILE, old!, recent!);
      await utimes(join(store.folder, old!), 0, 0);
      expect(await store.list()).to.deep.equal([REF]);
      expect(await readdir(store.folder)).to.have.members([old, recent, FILE]);
      await store.probeWrite();
      expect(await readdir(store.folder)).to.have.members([recent, FILE]);
    }),
  );

  it(
    'is not used if its folder is a symbolic link or accessible to other users',
    withHome(async ({folder, tokens}) => {
      const store = new FileStore(tokens);
      await place(store, FILE);
      await chmod(tokens, 0o755);
      expect((await failure(store.list())).code).to.equal('FILE_UNSAFE');
      expect((await failure(store.read(REF))).code).to.equal('FILE_UNSAFE');
      expect((await failure(store.compareAndSet(REF, 'new', undefined))).code).to.equal('FILE_UNSAFE');
      await chmod(tokens, 0o700);
      await symlink(tokens, join(folder, 'link'));
      const linked = new FileStore(join(folder, 'link'));
      expect((await failure(linked.list())).code).to.equal('FILE_UNSAFE');
      expect((await failure(linked.read(REF))).code).to.equal('FILE_UNSAFE');
      expect((await failure(linked.compareAndSet(REF, 'new', undefined))).code).to.equal('FILE_UNSAFE');
      expect(await readFile(join(tokens, FILE), 'utf8')).to.equal('content');
    }),
  );

  it(
    'does not read a record that is a symbolic link or accessible to other users',
    withStore(async store => {
      await place(store, 'threads-open.token');
      await chmod(join(store.folder, 'threads-open.token'), 0o644);
      await symlink('threads-open.token', join(store.folder, FILE));
      for (const identifier of ['open', 'my.account'])
        expect((await failure(store.read(recordName(identifier)))).code).to.equal('FILE_UNSAFE');
    }),
  );

  it(
    'refuses an identifier that would leave its folder',
    withHome(async ({folder, tokens}) => {
      const store = new FileStore(tokens);
      await place(store, FILE);
      await place(new FileStore(join(folder, 'other')), 'x.token');
      await mkdir(join(tokens, 'threads-a'));
      const ref = recordName('a/../../other/x');
      for (const attempt of [
        () => store.read(ref),
        () => store.compareAndSet(ref, 'new', undefined),
        () => store.remove(ref),
      ])
        expect((await failure(attempt())).code).to.equal('IDENTIFIER_INVALID');
      expect(await readFile(join(folder, 'other', 'x.token'), 'utf8')).to.equal('content');
    }),
  );

  it(
    'removes only the given record',
    withStore(async store => {
      await place(store, FILE, 'threads-other.token');
      await store.remove(REF);
      expect(await readdir(store.folder)).to.deep.equal(['threads-other.token']);
    }),
  );

  it(
    'fails to remove a record that does not exist',
    withStore(async store => {
      await place(store);
      expect((await failure(store.remove(REF))).code).to.equal('STORAGE_FAILED');
    }),
  );
});
