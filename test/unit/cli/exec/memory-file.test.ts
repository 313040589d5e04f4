import {existsSync} from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  symlink,
  writeFile,
} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {expect} from 'chai';
import {findMemory, sweepMemory, writeInMemory} from '../../../../src/cli/exec/memory-file.js';
import {readStat} from '../../../../src/cli/exec/process-stat.js';
import {needs, needsRoot} from '../../../support/needs.js';
import {failure} from '../../oauth/support.js';

describe('file in memory', () => {
  let memory: string;
  before(async function () {
    needs(
      this,
      'a tmpfs at /dev/shm',
      existsSync('/dev/shm') && (await statfs('/dev/shm')).type === 0x01021994,
    );
  });
  beforeEach(async () => {
    memory = await mkdtemp('/dev/shm/agora-vault-test-');
  });
  afterEach(() => rm(memory, {recursive: true}));

  it('is private to this user, and gone once removed', async () => {
    const {path, remove} = await writeInMemory(memory, 'name.env', 'text');
    expect(await readFile(path, 'utf8')).to.equal('text');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect((await stat(dirname(path))).mode & 0o777).to.equal(0o700);
    remove();
    remove();
    expect(await readdir(memory)).to.deep.equal([]);
  });

  it('fails without a folder in memory: a disk or a missing folder is not used', async function () {
    expect(await findMemory({XDG_RUNTIME_DIR: memory})).to.equal(memory);
    expect(await findMemory({XDG_RUNTIME_DIR: '/no/such'})).to.equal('/dev/shm');
    expect(await findMemory({XDG_RUNTIME_DIR: 'relative'})).to.equal('/dev/shm');
    expect((await failure(findMemory({}, []))).exitCode).to.equal(2);
    needs(this, 'a temporary folder on a disk', (await statfs(tmpdir())).type !== 0x01021994);
    expect((await failure(findMemory({}, ['/no/such', tmpdir()]))).code).to.equal('STORAGE_FAILED');
  });

  it('fails with STORAGE_FAILED if it cannot be written', async () => {
    expect((await failure(writeInMemory(join(memory, 'gone'), 'name.env', 'text'))).code).to.equal(
      'STORAGE_FAILED',
    );
  });

  it('is swept once its process has ended, and nothing else is', async () => {
    const {path} = await writeInMemory(memory, 'name.env', 'text');
    const mine = basename(dirname(path));
    const {start} = readStat(process.pid)!;
    const earlier = mine.replace(`-${start}-`, `-${Number(start) - 1}-`);
    const ended = mine.replace(`-${process.pid}-`, '-999999999-');
    const elsewhere = mine.replace(/exec-\d+-/, 'exec-1-').replace(`-${process.pid}-`, '-999999999-');
    const kept = [mine, elsewhere, 'tool-exec-x', `other-${ended}`, ended.replace(/\w$/, '1-file')];
    for (const name of [earlier, ended, elsewhere, 'tool-exec-x', `other-${ended}`]) {
      await mkdir(join(memory, name));
      await writeFile(join(memory, name, 'name.env'), 'text');
    }
    await writeFile(join(memory, kept[4]!), 'text');
    await mkdir(join(memory, 'target'));
    await symlink(join(memory, 'target'), join(memory, ended.replace(/\w$/, '_')));

    await sweepMemory({XDG_RUNTIME_DIR: memory});
    const left = await readdir(memory);
    expect(left)
      .to.include.members([...kept, 'target'])
      .and.not.include(earlier)
      .and.not.include(ended);
  });

  it('L5: is swept from another PID namespace once its lock is free, and never before', async () => {
    const {path, remove} = await writeInMemory(memory, 'name.env', 'text');
    const elsewhere = (folder: string) => folder.replace(/exec-\d+-/, 'exec-1-');
    const moved = join(memory, elsewhere(basename(dirname(path))));
    await rename(dirname(path), moved);
    await sweepMemory({XDG_RUNTIME_DIR: memory});
    expect(await readdir(memory)).to.deep.equal([basename(moved)]);

    await rename(moved, dirname(path));
    remove();
    await mkdir(moved, {mode: 0o700});
    await writeFile(join(moved, 'lock'), '');
    await writeFile(join(moved, 'name.env'), 'text');
    const unlocked = `${moved}2`;
    await mkdir(unlocked, {mode: 0o700});
    await writeFile(join(unlocked, 'name.env'), 'text');
    await sweepMemory({XDG_RUNTIME_DIR: memory});
    expect(await readdir(memory)).to.deep.equal([basename(unlocked)]);
  });

  it('L5: is not written where another user could swap it, nor swept there', async function () {
    await chmod(memory, 0o777);
    expect(await findMemory({XDG_RUNTIME_DIR: memory})).to.equal('/dev/shm');
    const {start} = readStat(process.pid)!;
    const left = join(memory, `tool-exec-1-${process.pid}-${start}-abcdef`);
    await mkdir(left);
    await writeFile(join(left, 'lock'), '');
    await sweepMemory({XDG_RUNTIME_DIR: memory});
    expect(existsSync(left)).to.equal(true);

    await chmod(memory, 0o700);
    const link = `${memory}-link`;
    await symlink(memory, link);
    expect(await findMemory({XDG_RUNTIME_DIR: link})).to.equal('/dev/shm');
    await rm(link);
    needsRoot(this);
    await chown(memory, 65534, 65534);
    expect(await findMemory({XDG_RUNTIME_DIR: memory})).to.equal('/dev/shm');
  });

  it('may be swept where there is nothing to sweep', async () => {
    await sweepMemory({XDG_RUNTIME_DIR: '/no/such'});
  });
});
