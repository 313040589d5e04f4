import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdir, readdir, readFile, readlink} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome} from '../../src/config/home.js';
import {refreshStored} from '../../src/credentials/refresh.js';
import {threads} from '../../src/platforms/threads/threads.js';
import {aCredential, recordName} from '../support/credential.js';
import {KEYRING_PROGRAMS, startKeyring} from '../support/keyring.js';
import {needsPrograms} from '../support/needs.js';
import {openTestVault, ROOT, World} from '../support/world.js';

const REFRESH = '/refresh_access_token';

describe('concurrent processes', function () {
  this.timeout(240_000);
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  /** Starts processes, lets all of them store a credential at the same moment, and returns their exit codes. */
  async function storeAtOnce(count: number, env: Record<string, string>): Promise<number[]> {
    const children = Array.from({length: count}, () =>
      spawn(process.execPath, [join(ROOT, 'test/support/store-one.mjs'), world.home.folder], {
        env: world.env(env),
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await Promise.all(children.map(child => once(child.stdout, 'data')));
    const ended = children.map(child => once(child, 'close').then(([code]) => code as number));
    for (const [index, child] of children.entries()) {
      const credential = aCredential({identifier: `account-${index}`, user_id: String(index)});
      child.stdin.end(`${JSON.stringify(credential)}\n`);
    }
    return Promise.all(ended);
  }

  it('create one key and lose no credential when 20 store their first one', async () => {
    const codes = await storeAtOnce(20, {});
    expect(codes).to.deep.equal(Array(20).fill(0));
    expect(await world.vault.names('threads')).to.have.length(20);
    expect(JSON.parse(await readFile(world.home.keyFile, 'utf8')).keys).to.have.length(1);
    for (let i = 0; i < 20; i++) expect((await world.stored(`account-${i}`))!.user_id).to.equal(String(i));
    expect((await readdir(world.home.tokens)).filter(name => name.endsWith('.tmp'))).to.deep.equal([]);
    console.log('        20 concurrent processes, 1 key, 20 records');
  });

  it('create one key in a real keychain when 20 store their first credential', async function () {
    needsPrograms(this, ...KEYRING_PROGRAMS);
    const keyring = await startKeyring();
    try {
      const env = {...keyring.env, TOOL_KEY_STORE: 'auto'};
      expect(await storeAtOnce(20, env)).to.deep.equal(Array(20).fill(0));
      const verified = await world.json(['utils', 'vault', 'verify'], {env});
      expect(verified.value).to.deep.equal({opened: 20, problems: []});
    } finally {
      await keyring.close();
    }
  });

  it('send one refresh request when 50 use a token that is due, and all succeed', async () => {
    await world.store(5);
    const results = await Promise.all(Array.from({length: 50}, () => world.run(['threads', 'token'])));
    expect(results.map(({code, stderr}) => code || stderr)).to.deep.equal(Array(50).fill(''));
    expect(new Set(results.map(({stdout}) => stdout)).size).to.equal(1);
    expect(world.requests(REFRESH)).to.equal(1);
    console.log(`        50 concurrent processes, ${world.requests(REFRESH)} refresh request, 50 successes`);
  });

  it('take over a lock within a second when its holder is killed during a refresh', async () => {
    await world.store(5);
    const fault = world.sandbox.fail(REFRESH, {hang: true});
    const holder = world.start(['threads', 'refresh']);
    while (fault.fired() === 0) await once(world.sandbox.events, 'request');
    const waiting = world.start(['threads', 'refresh']);
    await waitUntilWaiting(waiting.child.pid!);
    holder.child.kill('SIGKILL');
    const killed = performance.now();
    while (world.requests(REFRESH) < 2) await once(world.sandbox.events, 'request');
    const takeover = performance.now() - killed;
    expect((await waiting.ended).code).to.equal(0);
    expect(takeover).to.be.below(1000);
    console.log(`        taken over after ${Math.round(takeover)} ms`);
  });

  it('end with 8 after the lock timeout and name the holder', async () => {
    await world.store(5);
    const fault = world.sandbox.fail(REFRESH, {hang: true});
    const holder = world.start(['threads', 'refresh']);
    while (fault.fired() === 0) await once(world.sandbox.events, 'request');
    const {code, stdout} = await world.run(['threads', 'refresh', '--json'], {env: {TOOL_LOCK_TIMEOUT: '1'}});
    expect(code).to.equal(8);
    const {error} = JSON.parse(stdout);
    expect(error.code).to.equal('LOCK_TIMEOUT');
    expect(error.message).to.contain(`(${holder.child.pid})`);
    // A command that only uses the token continues with the one that is still valid.
    expect((await world.run(['threads', 'token'], {env: {TOOL_LOCK_TIMEOUT: '1'}})).code).to.equal(0);
    holder.child.kill('SIGKILL');
    await holder.ended;
  });

  it('share the locks of a records folder that two homes use', async () => {
    await world.store(5);
    // As with two containers that mount the same records folder but have their own homes.
    const second = {...findHome({TOOL_HOME: join(world.folder, 'second')}), tokens: world.home.tokens};
    await mkdir(second.folder, {mode: 0o700});
    await cp(world.home.vaultFile, second.vaultFile);
    await cp(world.home.keyFile, second.keyFile);
    const vaults = [world.home, second].map(home => openTestVault(home));
    const ref = recordName('alice');
    const refreshes = Array.from({length: 10}, (_, i) =>
      refreshStored({platform: threads, vault: vaults[i % 2]!, warn: expect.fail}, ref, {windowDays: 32}),
    );
    const outcomes = await Promise.all(refreshes);
    expect(outcomes.filter(({refreshed}) => refreshed)).to.have.length(1);
    expect(world.requests(REFRESH)).to.equal(1);
  });
});

/** Waits until the process has the lock file open; from then on it tries to lock it every few milliseconds. */
async function waitUntilWaiting(pid: number): Promise<void> {
  for (;;) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      handles.map(each => readlink(`/proc/${pid}/fd/${each}`).catch(() => '')),
    );
    if (targets.some(target => /\.locks\/[0-9a-f]{2}\.lock$/.test(target))) return;
    await new Promise(setImmediate);
  }
}
