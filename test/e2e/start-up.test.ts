import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, constants, openSync, readSync} from 'node:fs';
import {cp, readdir, readFile, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
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
    return lines;
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
      // What oclif looks at to recognize WSL, and the user's theme, which is only for help.
      const expected = /^file (\/(proc|run|\.dockerenv)\b|.*\/\.config\/tool\/theme\.json$)/;
      expect(touched.filter(line => !expected.test(line))).to.deep.equal([]);
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

  it('runs a command without the rest of oclif, and help with it', async () => {
    const filesOf = async (args: string[]) => {
      const list = `import {createRequire} from 'node:module';
        process.on('exit', () => process.stderr.write(Object.keys(createRequire(process.argv[1]).cache).join('\\n')));`;
      const preload = [`data:text/javascript,${encodeURIComponent(list)}`];
      const {stderr} = await world.run(args, {preload});
      return stderr.split('\n').map(path => basename(path));
    };
    expect(await filesOf(['utils', 'tokens', 'list']))
      .to.include('main.js')
      .and.not.include('oclif.js');
    expect(await filesOf(['--help']))
      .to.include('oclif.js')
      .and.not.include('plugins.js');
  });

  it('keeps nothing on disk', async () => {
    for (const args of [['--version'], ['--help'], ['threads', 'token', '--help'], ['completion', 'bash']]) {
      expect((await world.run(args)).code).to.equal(0);
    }
    expect(await readdir(world.folder)).to.deep.equal([]);
  });

  it('says how to build it in a clone where the bundle is missing', async () => {
    await cp(join(ROOT, 'bin'), join(world.folder, 'bin'), {recursive: true});
    const {status, stdout, stderr} = spawnSync(
      process.execPath,
      [join(world.folder, 'bin/run.js'), '--version'],
      {
        encoding: 'utf8',
      },
    );
    expect({status, stdout}).to.deep.equal({status: 1, stdout: ''});
    expect(stderr).to.match(/^.*npm install --no-save && npm run build\n$/);
  });
});
