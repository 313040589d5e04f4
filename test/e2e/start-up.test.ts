import {execFileSync, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {closeSync, constants, openSync, readSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Script} from 'node:vm';
import {Config} from '@oclif/core';
import {expect} from 'chai';
import {ROOT, TOOL, World} from '../support/world.js';

describe('start-up', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  it('gives the version as oclif would', async () => {
    const {userAgent} = await Config.load(ROOT);
    for (const flag of ['--version', '-v']) {
      expect(await world.run([flag])).to.deep.equal({code: 0, stdout: `${userAgent}\n`, stderr: ''});
    }
  });

  const touchedBy = async (args: string[]) => {
    const TOUCHED = join(world.folder, 'touched');
    const preload = [join(import.meta.dirname, '../support/touched.mjs')];
    const {code} = await world.run(args, {preload, env: {TOUCHED}});
    expect(code).to.equal(0);
    const lines = (await readFile(TOUCHED, 'utf8')).split('\n').filter(Boolean);
    // The compile cache's way, and no other.
    const caches = `${join(world.folder, '.cache')}`;
    return lines.filter(line => line !== `file ${world.folder}` && !line.startsWith(`file ${caches}`));
  };

  for (const args of [
    ['--version'],
    ['--help'],
    [],
    ['threads', '--help'],
    ['utils', 'tokens', 'show', '-h'],
    ['threads', 'authorize', '--help'],
  ]) {
    it(`asks no network, keychain or configuration for: tool ${args.join(' ')}`, async () => {
      await world.store(50);
      await writeFile(world.home.configFile, '{}', {mode: 0o600});
      const touched = await touchedBy(args);
      // What oclif asks to tell Windows' Linux from others.
      expect(touched.filter(line => !/^file \/(proc|run|\.dockerenv)\b/.test(line))).to.deep.equal([]);
    });
  }

  it('is seen to ask for what a command does need', async () => {
    await world.store(50);
    const touched = await touchedBy([
      'utils',
      'tokens',
      'show',
      '--platform',
      'threads',
      '--identifier',
      'alice',
    ]);
    expect(touched).to.include(`file ${join(world.home.tokens, 'threads-alice.token')}`);
    expect(touched).not.to.include(`file ${world.home.configFile}`);
    expect(await touchedBy(['threads', 'status'])).to.include('connect');
  });

  it('gives its answer into a pipe that is full and does not wait', async () => {
    const {refresh_token} = await world.store(50);
    const pipe = join(world.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const end = openSync(pipe, constants.O_RDWR);
    const readAll = () => {
      const bytes = Buffer.alloc(100_000);
      return bytes.toString('latin1', 0, readSync(end, bytes));
    };
    const telling = `import fs from 'node:fs';
      const write = fs.writeSync;
      fs.writeSync = (...all) => {
        try {
          return write(...all);
        } catch (error) {
          process.stderr.write(error.code);
          throw error;
        }
      }`;
    // node makes a pipe one that does not wait; its children get it as another than 0 to 2, which it would mend.
    const parent = `import fs from 'node:fs';
      import {spawnSync} from 'node:child_process';
      process.stdout.write('');
      try {
        for (;;) fs.writeSync(1, '.'.repeat(1024));
      } catch {}
      const command = ['-c', 'exec "$0" "$@" >&3', process.execPath, ...process.argv.slice(1)];
      process.exitCode = spawnSync('sh', command, {stdio: ['ignore', 'ignore', 'inherit', 1]}).status;`;
    const child = spawn(
      process.execPath,
      [
        ...['--input-type=module', '-e', parent, '--'],
        ...['--import', `data:text/javascript,${encodeURIComponent(telling)}`, TOOL],
        ...'utils tokens show --platform threads --field refresh_token'.split(' '),
      ],
      {env: world.env(), stdio: ['ignore', end, 'pipe']},
    );
    const [code] = await once(child.stderr!, 'data');
    expect(String(code)).to.equal('EAGAIN');
    expect(readAll()).to.match(/^\.+$/);
    expect(await once(child, 'close')).to.deep.equal([0, null]);
    expect(readAll()).to.equal(`${refresh_token}\n`);
    closeSync(end);
  });
});

describe('start-up: the compile cache', () => {
  let world: World;
  let caches: string;
  beforeEach(async () => {
    world = await World.create();
    caches = join(world.folder, '.cache');
  });
  afterEach(() => world.destroy());

  const run = (env: Record<string, string> = {}) => world.run(['threads', 'token', '--help'], {env});
  /** The one folder that a run makes. */
  const folder = async () => join(caches, 'agora-vault', (await readdir(join(caches, 'agora-vault')))[0]!);

  it('is made by the first command and used by the next, and only its owner can open it', async () => {
    const first = await run();
    const kept = await folder();
    const files = await readdir(kept);
    expect(files).to.include('start.js').and.include('oclif.js');
    for (const path of [join(caches, 'agora-vault'), kept]) {
      expect((await stat(path)).mode & 0o777).to.equal(0o700);
    }
    const times = async () => Promise.all(files.map(async file => (await stat(join(kept, file))).mtimeMs));
    const before = await times();
    expect(await run()).to.deep.equal(first);
    expect(await times()).to.deep.equal(before);
    expect(await readdir(kept)).to.deep.equal(files);
  });

  /** Code that V8 takes for that of start.js, and that says so when it runs. */
  const poison = async () => {
    const {length} = await readFile(join(ROOT, 'bundle/start.js'), 'latin1');
    const code = 'console.log("POISON"), process.exit(0)';
    const script = new Script(code.padEnd(length, ' '), {filename: join(ROOT, 'bundle/start.js')});
    const data = script.createCachedData();
    return Buffer.concat([createHash('sha256').update(data).digest(), data]);
  };

  it('is not believed when it was damaged, and made anew', async () => {
    const first = await run();
    const path = join(await folder(), 'start.js');
    const good = await readFile(path);
    const bad = await poison();
    await writeFile(path, bad);
    expect((await run()).stdout, 'the poison works').to.contain('POISON');
    for (const damaged of [
      Buffer.concat([good.subarray(0, 32), bad.subarray(32)]),
      good.subarray(0, 100),
      Buffer.alloc(0),
    ]) {
      await writeFile(path, damaged);
      expect(await run()).to.deep.equal(first);
      expect((await readFile(path)).length).to.be.greaterThan(good.length / 2);
    }
  });

  it('is left alone where another could have written it', async () => {
    const first = await run();
    const kept = await folder();
    await writeFile(join(kept, 'start.js'), await poison());
    for (const mode of [0o777, 0o770, 0o702]) {
      await chmod(kept, mode);
      expect(await run(), mode.toString(8)).to.deep.equal(first);
    }
    await chmod(kept, 0o700);
    await rename(kept, join(world.folder, 'elsewhere'));
    await symlink(join(world.folder, 'elsewhere'), kept);
    expect(await run()).to.deep.equal(first);
    expect(await readFile(join(kept, 'start.js'))).to.deep.equal(await poison());
  });

  it('is in no way needed', async () => {
    const first = await run();
    await mkdir(join(world.folder, 'closed'), {mode: 0o500});
    for (const env of [
      {NODE_DISABLE_COMPILE_CACHE: '1', HOME: join(world.folder, 'a')},
      {HOME: '/dev/null'},
      {HOME: ''},
      {XDG_CACHE_HOME: '/proc'},
      {XDG_CACHE_HOME: 'relative', HOME: ''},
    ]) {
      const {stdout, code} = await run(env);
      expect({stdout, code}, JSON.stringify(env)).to.deep.equal({stdout: first.stdout, code: 0});
    }
    expect(await readdir(world.folder)).not.to.include('a');
  });

  it('is removed a month after its build', async () => {
    const [old, newer] = ['old', 'newer'].map(name => join(caches, 'agora-vault', name));
    for (const path of [old!, newer!]) await mkdir(path, {recursive: true, mode: 0o700});
    await chmod(join(caches, 'agora-vault'), 0o700);
    await utimes(old!, new Date(), new Date(Date.now() - 31 * 24 * 60 * 60 * 1000));
    await run();
    const left = await readdir(join(caches, 'agora-vault'));
    expect(left).to.include('newer').and.not.include('old');
    expect(left).to.have.length(2);
  });

  it('is where XDG_CACHE_HOME says', async () => {
    await run({XDG_CACHE_HOME: join(world.folder, 'other')});
    expect(await readdir(join(world.folder, 'other'))).to.deep.equal(['agora-vault']);
    expect(await readdir(world.folder)).not.to.include('.cache');
  });
});
