import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {worldWithKeyring} from '../support/keyring.js';
import {type Result, ROOT, type RunOptions, World} from '../support/world.js';

describe('the keychain, a real Secret Service', () => {
  const here = worldWithKeyring();

  const env = (more: Record<string, string> = {}) => ({TOOL_KEY_STORE: 'auto', ...here.keyring.env, ...more});
  const authorize = (more?: Record<string, string>) => here.world.authorize([], {env: env(more)});
  const token = (more?: Record<string, string>, options: RunOptions = {}) =>
    here.world.run(['threads', 'token', '--json'], {...options, env: env(more)});
  const errorOf = ({stdout}: Result) => JSON.parse(stdout).error;
  const vaultFile = async () => JSON.parse(await readFile(here.world.home.vaultFile, 'utf8'));

  /** Changes the entry of the vault's key behind its back, by the same library. */
  async function tamper(script: string): Promise<void> {
    const {id} = (await vaultFile()).key;
    execFileSync(process.execPath, ['-e', `const keytar = require('keytar'), id = '${id}'; ${script}`], {
      cwd: ROOT,
      env: {...process.env, ...here.keyring.env},
    });
  }

  /** What each unusable state has in common: exit 5, the next step, and nothing made or lost. */
  async function expectUntouched(result: Result, code: string): Promise<void> {
    expect(result.code).to.equal(5);
    expect(errorOf(result)).to.include({code, exit_code: 5});
    expect(errorOf(result).suggestions[0]).to.be.a('string').and.not.equal('');
    expect(existsSync(here.world.home.keyFile)).to.equal(false);
    expect(await here.world.vault.names('threads')).to.deep.equal(['sandbox_account']);
  }

  it('works: it keeps the key that `auto` makes, and later commands read it there, in one process', async () => {
    const {code, stderr} = await authorize();
    expect(code, stderr).to.equal(0);
    expect(stderr).not.to.contain('Warning');
    expect(existsSync(here.world.home.keyFile)).to.equal(false);
    const {key} = await vaultFile();
    expect(key.store).to.equal('keychain');
    const noChild = {preload: [join(ROOT, 'test/support/no-child-process.mjs')]};
    const read = await token({}, noChild);
    expect(read.code, read.stderr).to.equal(0);
    expect(JSON.parse(read.stdout).access_token).to.match(/^THAA/);
  });

  it('absent: an error where the key was put there; `auto` takes the file only for a first key', async () => {
    await authorize();
    await expectUntouched(
      await token({DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent'}),
      'KEYCHAIN_ABSENT',
    );
    await here.world.destroy();
    here.world = await World.create();
    const {code, stderr} = await authorize({DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent'});
    expect(code).to.equal(0);
    expect(stderr).to.contain('copied tokens folder and nothing more');
    expect(existsSync(here.world.home.keyFile)).to.equal(true);
  });

  it('locked: an error, never a second key or a downgrade; what needs no key goes on', async () => {
    await authorize();
    here.keyring.lock();
    await expectUntouched(await token({TOOL_KEYCHAIN_TIMEOUT: '5'}), 'KEYCHAIN_LOCKED');
    expect((await here.world.run(['utils', 'tokens', 'list'], {env: env()})).stdout).to.contain(
      'sandbox_account',
    );
    const THREADS_REFRESH_TOKEN = here.world.sandbox.mint().access_token;
    expect((await token({THREADS_REFRESH_TOKEN})).code).to.equal(0);

    await here.world.destroy();
    here.world = await World.create();
    const first = await here.world.startAuthorize(['--json'], {env: env({TOOL_KEYCHAIN_TIMEOUT: '5'})}).ended;
    expect(errorOf(first).code).to.be.oneOf(['KEYCHAIN_LOCKED', 'KEYCHAIN_TIMEOUT']);
    expect([existsSync(here.world.home.keyFile), existsSync(here.world.home.vaultFile)]).to.deep.equal([
      false,
      false,
    ]);
    expect(first.stderr).not.to.contain('http'); // Nobody logs in for nothing.
  });

  it('silent: given up after the time limit, with the right exit code and a note after a second', async () => {
    await authorize();
    here.keyring.silence();
    try {
      const started = Date.now();
      const result = await token({TOOL_KEYCHAIN_TIMEOUT: '3'});
      expect(Date.now() - started).to.be.within(2500, 20_000);
      expect(result.stderr).to.contain('Waiting for the keychain');
      await expectUntouched(result, 'KEYCHAIN_TIMEOUT');
    } finally {
      here.keyring.resume();
    }
    expect((await token()).code).to.equal(0);
  });

  it('denied: says so', async () => {
    await authorize();
    const preload = [join(ROOT, 'test/support/keychain-denies.mjs')];
    await expectUntouched(await token({}, {preload}), 'KEYCHAIN_DENIED');
  });

  it('key gone: never replaced while a record needs it', async () => {
    await authorize();
    await tamper(`keytar.deletePassword('tool', id)`);
    await expectUntouched(await token(), 'KEY_GONE');
    await expectUntouched(await here.world.startAuthorize(['--json'], {env: env()}).ended, 'KEY_GONE');
    // Given up on purpose: the record is removed, and a new key may be made.
    await here.world.run(['utils', 'tokens', 'remove', '-p', 'threads', '-i', 'sandbox_account', '-y'], {
      env: env(),
    });
    expect((await authorize()).code).to.equal(0);
  });

  it('wrong key: told by its check value before any record is touched', async () => {
    await authorize();
    await tamper(`keytar.setPassword('tool', id, Buffer.alloc(32, 7).toString('base64url'))`);
    await expectUntouched(await token(), 'KEY_WRONG');
  });
});
