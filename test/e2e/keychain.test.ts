import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {worldWithKeyring} from '../support/keyring.js';
import {type Result, ROOT, type RunOptions, World} from '../support/world.js';

describe('the keychain with a real Secret Service', () => {
  const here = worldWithKeyring();

  const env = (more: Record<string, string> = {}) => ({TOOL_KEY_STORE: 'auto', ...here.keyring.env, ...more});
  const authorize = (more?: Record<string, string>) => here.world.authorize([], {env: env(more)});
  const token = (more?: Record<string, string>, options: RunOptions = {}) =>
    here.world.run(['threads', 'token', '--json'], {...options, env: env(more)});
  const errorOf = ({stdout}: Result) => JSON.parse(stdout).error;
  const vaultFile = async () => JSON.parse(await readFile(here.world.home.vaultFile, 'utf8'));

  /** Changes the keychain entry of the vault's key from outside the vault. */
  async function tamper(script: string): Promise<void> {
    const {id} = (await vaultFile()).key;
    execFileSync(process.execPath, ['-e', `const keytar = require('keytar'), id = '${id}'; ${script}`], {
      cwd: ROOT,
      env: {...process.env, ...here.keyring.env},
    });
  }

  /** Expects what every failure of the keychain has in common: exit code 5, a next step, and nothing created or lost. */
  async function expectUntouched(result: Result, code: string): Promise<void> {
    expect(result.code).to.equal(5);
    expect(errorOf(result)).to.include({code, exit_code: 5});
    expect(errorOf(result).suggestions[0]).to.be.a('string').and.not.equal('');
    expect(existsSync(here.world.home.keyFile)).to.equal(false);
    expect(await here.world.vault.names('threads')).to.deep.equal(['sandbox_account']);
  }

  it('stores the key that `auto` creates, and later commands read it without a child process', async () => {
    const {code, stderr} = await authorize();
    expect(code, stderr).to.equal(0);
    expect(stderr).not.to.match(/Warning: (?!Using http)/); // Only the sandbox's address is announced.
    expect(existsSync(here.world.home.keyFile)).to.equal(false);
    const {key} = await vaultFile();
    expect(key.store).to.equal('keychain');
    const noChild = {preload: [join(ROOT, 'test/support/no-child-process.mjs')]};
    const read = await token({}, noChild);
    expect(read.code, read.stderr).to.equal(0);
    expect(JSON.parse(read.stdout).access_token).to.match(/^THAA/);
  });

  it('absent: fails if it holds the key; `auto` uses a file only for a first key', async () => {
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

  it('locked: fails, without a second key or a key file; commands that need no key still work', async () => {
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
    expect(first.stderr).not.to.contain('http'); // No login URL is shown for a login that cannot succeed.
  });

  it('silent: fails after the time limit, with a notice after a second', async () => {
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

  it('access denied: reports it', async () => {
    await authorize();
    const preload = [join(ROOT, 'test/support/keychain-denies.mjs')];
    await expectUntouched(await token({}, {preload}), 'KEYCHAIN_DENIED');
  });

  it('key gone: never creates a new key while a record needs the old one', async () => {
    await authorize();
    await tamper(`keytar.deletePassword('tool', id)`);
    await expectUntouched(await token(), 'KEY_GONE');
    await expectUntouched(await here.world.startAuthorize(['--json'], {env: env()}).ended, 'KEY_GONE');
    // Once the record is removed on purpose, a new key may be created.
    await here.world.run(['utils', 'tokens', 'remove', '-p', 'threads', '-i', 'sandbox_account', '-y'], {
      env: env(),
    });
    expect((await authorize()).code).to.equal(0);
  });

  it('wrong key: recognized by its ID before any record is opened', async () => {
    await authorize();
    await tamper(`keytar.setPassword('tool', id, Buffer.alloc(32, 7).toString('base64url'))`);
    await expectUntouched(await token(), 'KEY_WRONG');
  });
});
