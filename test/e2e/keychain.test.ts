import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {needs} from '../support/needs.js';
import {type Result, ROOT, TOOL, World} from '../support/world.js';

const LOCK =
  'gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets ' +
  `--method org.freedesktop.Secret.Service.Lock "[objectpath '/org/freedesktop/secrets/collection/login']" >/dev/null`;

describe('the keychain, a real Secret Service', () => {
  let world: World;
  before(function () {
    const programs = ['dbus-run-session', 'gnome-keyring-daemon', 'gdbus'];
    needs(this, programs.join(', '), programs.every(isInstalled));
  });
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  /** Runs a shell script in a throwaway, unlocked Secret Service; in it `tool` is the built command. */
  async function inKeyring(script: string, env: Record<string, string> = {}): Promise<Result> {
    const {appId: THREADS_APP_ID, appSecret: THREADS_APP_SECRET} = world.sandbox;
    const child = spawn(
      join(ROOT, 'test/support/with-keyring.sh'),
      ['sh', '-c', `tool() { "${process.execPath}" "${TOOL}" "$@"; }\n${script}`],
      {
        env: world.env({
          TOOL_KEY_STORE: 'auto',
          TOOL_BROWSER: `"${process.execPath}" "${join(ROOT, 'demo/browser.js')}"`,
          THREADS_APP_ID,
          THREADS_APP_SECRET,
          ...env,
        }),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const result = {stdout: '', stderr: ''};
    child.stdout.setEncoding('utf8').on('data', chunk => {
      result.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', chunk => {
      result.stderr += chunk;
    });
    const [code] = await once(child, 'close');
    return {code, ...result};
  }

  const authorize = () => `tool threads authorize --browser --redirect-uri ${world.redirectUri} >/dev/null`;

  it('keeps the key that `auto` makes, and later commands read it there', async () => {
    const {code, stdout, stderr} = await inKeyring(
      `${authorize()} && tool threads token && tool utils tokens list`,
    );
    expect(code, stderr).to.equal(0);
    expect(stdout)
      .to.match(/^THAA\S+\n/)
      .and.match(/ keychain\n$/);
    expect(stderr).not.to.contain('Warning');
    expect(existsSync(world.home.keyFile)).to.equal(false);
    expect(JSON.parse(await readFile(world.home.vaultFile, 'utf8')).key.store).to.equal('keychain');
  });

  it('is an error when it is locked, never a second key; what needs no key goes on', async () => {
    const {code, stdout, stderr} = await inKeyring(
      `${authorize()} && ${LOCK} && tool utils tokens list && ${authorize()} || tool threads token`,
      {TOOL_KEYCHAIN_TIMEOUT: '3'},
    );
    expect(code).to.equal(5);
    expect(stdout).to.contain('sandbox_account').and.not.contain('THAA');
    expect(stderr.match(/The keychain is locked/g)).to.have.length(2);
    expect(existsSync(world.home.keyFile)).to.equal(false);
    expect(await world.vault.names('threads')).to.deep.equal(['sandbox_account']);
  });

  it('is given up after the time limit when it is silent, in the middle of nothing', async () => {
    const started = Date.now();
    const {code, stdout} = await inKeyring(
      // The service is the only process of that name in this session's process group.
      `${authorize()} && daemon=$(pgrep -s 0 gnome-keyring-d) && kill -STOP $daemon; tool threads token --json; rc=$?; kill -CONT $daemon; exit $rc`,
      {TOOL_KEYCHAIN_TIMEOUT: '2'},
    );
    expect(code).to.equal(5);
    expect(JSON.parse(stdout).error.code).to.equal('KEYCHAIN_TIMEOUT');
    expect(Date.now() - started).to.be.below(30_000);
  });

  it('is missed with 5 where the key was put there and it is gone, and the record stays', async () => {
    expect((await inKeyring(authorize())).code).to.equal(0);
    const {code, value} = await world.json(['threads', 'token']);
    expect(code).to.equal(5);
    expect(value.error.code).to.equal('KEYCHAIN_ABSENT');
    const again = await inKeyring(authorize()); // Another keyring, without the key.
    expect(again.code).to.equal(5);
    expect(again.stderr).to.contain('no longer in the OS keychain');
    expect(await world.vault.names('threads')).to.deep.equal(['sandbox_account']);
  });

  it('is not there: `auto` keeps the key in a file and says what that is worth', async () => {
    const {code, stderr} = await world.authorize([], {env: {TOOL_KEY_STORE: 'auto'}});
    expect(code).to.equal(0);
    expect(stderr).to.contain('copied tokens folder and nothing more');
    expect(existsSync(world.home.keyFile)).to.equal(true);
  });
});

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
}
