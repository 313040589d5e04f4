import {execFileSync} from 'node:child_process';
import {chmod, chown, link, mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {
  checkPrivate,
  ensurePrivateFolder,
  openPrivateFile,
  readPrivateFile,
} from '../../../src/files/private-file.js';
import {storageError} from '../../../src/files/storage-error.js';
import {needsLinux, needsRoot} from '../../support/needs.js';
import {failure} from '../../support/outcome.js';
import {withHome} from '../../support/temporary-home.js';

const NOBODY = 65534;

describe('private file', () => {
  it(
    'is read if only its owner can access it',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'file'), 'content', {mode: 0o600});
      expect(String(await readPrivateFile(join(folder, 'file')))).to.equal('content');
      await chmod(join(folder, 'file'), 0o400);
      expect(String(await readPrivateFile(join(folder, 'file')))).to.equal('content');
    }),
  );

  it(
    'is undefined if the file or its folder does not exist',
    withHome(async ({folder}) => {
      expect(await readPrivateFile(join(folder, 'file'))).to.equal(undefined);
      expect(await readPrivateFile(join(folder, 'no', 'file'))).to.equal(undefined);
      expect(await checkPrivate(join(folder, 'file'))).to.equal(undefined);
    }),
  );

  it(
    'is refused if it is a symbolic link, even to a private file',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'target'), 'content', {mode: 0o600});
      await symlink('target', join(folder, 'link'));
      await symlink('nothing', join(folder, 'dangling'));
      for (const name of ['link', 'dangling']) {
        for (const check of [readPrivateFile, checkPrivate]) {
          const outcome = await failure(check(join(folder, name)));
          expect(outcome).to.include({code: 'FILE_UNSAFE', exitCode: 6});
          expect(outcome.message).to.include(join(folder, name)).and.include('link');
        }
      }
    }),
  );

  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777])
    it(
      `is refused with mode ${mode.toString(8)}`,
      withHome(async ({folder}) => {
        const path = join(folder, 'file');
        await writeFile(path, 'content');
        await chmod(path, mode);
        for (const check of [readPrivateFile, checkPrivate])
          expect((await failure(check(path))).code).to.equal('FILE_UNSAFE');
      }),
    );

  it(
    'is refused with the command that makes it private, whatever its path',
    withHome(async ({folder}) => {
      for (const name of ['plain', "o'clock", 'a $HOME `id` "b" \\ c', '-rf']) {
        const path = join(folder, name);
        await writeFile(path, 'content');
        await chmod(path, 0o646);
        const [suggestion] = (await failure(readPrivateFile(path))).suggestions;
        expect(suggestion).to.match(/^Run: chmod /);
        execFileSync('sh', ['-c', suggestion!.replace('Run: ', '')]);
        expect((await stat(path)).mode & 0o777).to.equal(0o600);
        expect(String(await readPrivateFile(path))).to.equal('content');
      }
    }),
  );

  it(
    'M10: is refused if it has another name, with the command that makes a copy',
    withHome(async ({folder}) => {
      const [path, other] = [join(folder, "o'clock"), join(folder, 'other')];
      await writeFile(other, 'content', {mode: 0o600});
      await link(other, path);
      for (const check of [readPrivateFile, checkPrivate, openPrivateFile])
        expect((await failure(check(path))).code).to.equal('FILE_UNSAFE');
      const [suggestion] = (await failure(readPrivateFile(path))).suggestions;
      execFileSync('sh', ['-c', suggestion!.replace(/^.*?: /, '')]);
      expect(String(await readPrivateFile(path))).to.equal('content');
      expect((await stat(other)).nlink).to.equal(1);
    }),
  );

  it(
    'M10: is refused, and not waited for, if it is a FIFO',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      execFileSync('mkfifo', ['-m', '600', path]);
      for (const check of [readPrivateFile, checkPrivate, openPrivateFile])
        expect((await failure(check(path))).code).to.equal('FILE_UNSAFE');
    }),
  );

  it(
    'M10: is not opened or created through a link',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'target'), 'content', {mode: 0o600});
      await symlink('target', join(folder, 'link'));
      await symlink('nothing', join(folder, 'dangling'));
      for (const name of ['link', 'dangling'])
        expect((await failure(openPrivateFile(join(folder, name)))).code).to.equal('FILE_UNSAFE');
      expect(await readFile(join(folder, 'target'), 'utf8')).to.equal('content');
      await (await openPrivateFile(join(folder, 'new'))).close();
      expect((await readdir(folder)).sort()).to.deep.equal(['dangling', 'link', 'new', 'target']);
    }),
  );

  it('is refused if it is owned by another user', async function () {
    needsRoot(this);
    await withHome(async ({folder}) => {
      const path = join(folder, 'file');
      await writeFile(path, 'content', {mode: 0o600});
      await chown(path, NOBODY, NOBODY);
      for (const check of [readPrivateFile, checkPrivate]) {
        const outcome = await failure(check(path));
        expect(outcome).to.include({code: 'FILE_UNSAFE', exitCode: 6});
        expect(outcome.message).to.include('another user');
      }
    })();
  });

  it(
    'is a storage error if it is a folder',
    withHome(async ({folder}) => {
      await mkdir(join(folder, 'file'), {mode: 0o700});
      expect((await failure(readPrivateFile(join(folder, 'file')))).code).to.equal('STORAGE_FAILED');
    }),
  );

  it(
    'is a storage error if a parent folder is a file',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'file'), '');
      for (const attempt of [readPrivateFile, checkPrivate, ensurePrivateFolder])
        expect((await failure(attempt(join(folder, 'file', 'inside')))).code).to.equal('STORAGE_FAILED');
    }),
  );
});

describe('private folder', () => {
  it(
    'is created private, and so are its parents',
    withHome(async ({folder}) => {
      await ensurePrivateFolder(join(folder, 'a', 'b'));
      expect((await stat(join(folder, 'a'))).mode & 0o777).to.equal(0o700);
      expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).to.equal(0o700);
    }),
  );

  it(
    'is left unchanged if it exists',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'file'), 'content');
      await ensurePrivateFolder(folder);
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('content');
    }),
  );

  it(
    'is refused if other users can access it, and its mode is not changed',
    withHome(async ({folder}) => {
      await chmod(folder, 0o755);
      const outcome = await failure(ensurePrivateFolder(folder));
      expect(outcome.code).to.equal('FILE_UNSAFE');
      expect(outcome.suggestions).to.deep.equal([`Run: chmod go= '${folder}'`]);
      expect((await stat(folder)).mode & 0o777).to.equal(0o755);
    }),
  );

  it('fails without hanging if the system cannot create it', async function () {
    needsLinux(this);
    expect((await failure(ensurePrivateFolder('/proc/agora-vault/tokens'))).code).to.equal('STORAGE_FAILED');
  });

  it(
    'is refused if it is a symbolic link',
    withHome(async ({folder}) => {
      await mkdir(join(folder, 'target'), {mode: 0o700});
      await symlink('target', join(folder, 'link'));
      expect((await failure(ensurePrivateFolder(join(folder, 'link')))).code).to.equal('FILE_UNSAFE');
    }),
  );

  it('is refused if it is owned by another user', async function () {
    needsRoot(this);
    await withHome(async ({folder}) => {
      await mkdir(join(folder, 'theirs'), {mode: 0o700});
      await chown(join(folder, 'theirs'), NOBODY, NOBODY);
      expect((await failure(ensurePrivateFolder(join(folder, 'theirs')))).code).to.equal('FILE_UNSAFE');
    })();
  });
});

describe('storage error', () => {
  for (const [code, words] of [
    ['ENOSPC', 'disk is full'],
    ['EDQUOT', 'quota'],
    ['EROFS', 'read-only'],
    ['EACCES', 'permission denied'],
    ['EPERM', 'permission denied'],
    ['EIO', 'EIO'],
  ] as const)
    it(`explains ${code} and suggests a next step`, () => {
      const error = storageError(Object.assign(new Error('x'), {code}), 'write', '/some/file');
      expect(error).to.include({code: 'STORAGE_FAILED', exitCode: 2});
      expect(error.message).to.include(words).and.include('write /some/file');
      expect(error.suggestions).to.have.lengthOf(1);
    });
});
