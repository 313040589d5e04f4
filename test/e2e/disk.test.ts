import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {expect} from 'chai';
import type {Credential} from '../../src/credential.js';
import {needsMount} from '../support/needs.js';
import {TOOL, World} from '../support/world.js';

const REFRESH = '/refresh_access_token';

describe('a disk that cannot be written', () => {
  let world: World;
  let stored: Credential;
  before(function () {
    needsMount(this);
  });
  beforeEach(async () => {
    world = await World.create();
    await mkdir(world.home.folder, {mode: 0o700});
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', world.home.folder]);
    stored = await world.store(5);
  });
  afterEach(async () => {
    execFileSync('umount', [world.home.folder]);
    await world.destroy();
  });

  const fill = async () => {
    await writeFile(join(world.home.folder, 'filler'), Buffer.alloc(1024 * 1024)).catch(() => {});
    await expectFull();
  };
  const expectFull = async () => {
    const outcome = await writeFile(join(world.home.folder, 'more'), Buffer.alloc(8192)).catch(
      error => error.code,
    );
    expect(outcome).to.equal('ENOSPC');
  };
  const makeReadOnly = async () => {
    execFileSync('mount', ['-o', 'remount,ro', world.home.folder]);
  };

  for (const [what, prepare, message] of [
    ['full', fill, /disk is full/],
    ['read-only', makeReadOnly, /read-only/],
  ] as const) {
    it(`${what}: requests no token that could not be stored, and uses the old one`, async () => {
      await prepare();
      const {code, stdout, stderr} = await world.run(['threads', 'token']);
      expect({code, stdout}).to.deep.equal({code: 0, stdout: `${stored.refresh_token}\n`});
      expect(stderr)
        .to.match(/Warning/)
        .and.match(message);
      expect(world.requests(REFRESH)).to.equal(0);
      expect(await world.stored()).to.deep.equal(stored);
    });

    it(`${what}: refresh, authorize and rotate-key report it with 2 and lose nothing`, async () => {
      await prepare();
      for (const args of [
        ['threads', 'refresh'],
        ['utils', 'vault', 'rotate-key'],
        ['utils', 'tokens', 'use', '-p', 'threads', '-i', 'alice'],
      ]) {
        const {code, stderr} = await world.run(args);
        expect(code, `${args.join(' ')}: ${stderr}`).to.equal(2);
        expect(stderr).to.match(message);
      }
      const {code, stderr} = await world.startAuthorize().ended;
      expect(code).to.equal(2);
      expect(stderr).to.match(message).and.not.contain('http'); // No login URL is shown for a login that cannot succeed.
      expect(await world.stored()).to.deep.equal(stored);
    });
  }

  it('full: output that cannot be written is an error', async () => {
    await fill();
    for (const args of ['threads token', 'utils tokens list', 'utils tokens list --json', 'threads status']) {
      for (const out of [join(world.home.folder, 'out'), '/dev/full']) {
        const redirected = ['-c', `exec "$0" "$@" > '${out}'`, process.execPath, TOOL, ...args.split(' ')];
        const child = spawn('sh', redirected, {env: world.env(), stdio: ['ignore', 'ignore', 'pipe']});
        const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
        expect(stderr, args).to.contain('Could not write to standard output: no space left on device');
        expect(status, args).to.equal(2);
      }
    }
  });

  it('works again once there is space', async () => {
    await fill();
    await rm(join(world.home.folder, 'filler'));
    await rm(join(world.home.folder, 'more'), {force: true});
    expect((await world.run(['threads', 'refresh'])).code).to.equal(0);
    expect((await world.run(['utils', 'vault', 'verify'])).code).to.equal(0);
  });
});
