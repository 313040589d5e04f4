import {spawn} from 'node:child_process';
import {expect} from 'chai';
import {quoteShell} from '../../src/cli/output/formats.js';
import {aCredential} from '../support/credential.js';
import {needsPrograms} from '../support/needs.js';
import {Running, TOOL, World} from '../support/world.js';

const REFRESH = '/refresh_access_token';
const DAY = 86_400_000;

interface Row {
  identifier: string;
  refreshed?: boolean;
  error?: {code: string};
}

describe('threads refresh --all', () => {
  let world: World;
  beforeEach(async () => {
    // A refresh revokes the old token, so that a second request with it would fail.
    world = await World.create({refreshInvalidatesOld: true});
  });
  afterEach(() => world.destroy());

  /** Stores due credentials `account-0`, `account-1`, …, and returns their tokens by name. */
  async function store(count: number): Promise<Map<string, string>> {
    const expiresAt = new Date(Date.now() + 5 * DAY);
    const issuedAt = new Date(expiresAt.getTime() - 60 * DAY);
    const credentials = Array.from({length: count}, (_, n) =>
      aCredential({
        identifier: `account-${n}`,
        refresh_token: world.sandbox.mint({issuedAt, expiresAt}).access_token,
        api_url: world.sandbox.url,
        issued_at: issuedAt.toISOString(),
        expires_at: expiresAt.toISOString(),
      }),
    );
    await world.vault.updateMany(update =>
      Promise.all(credentials.map(credential => update(credential, async () => credential))),
    );
    return new Map(credentials.map(({identifier, refresh_token}) => [identifier, refresh_token]));
  }

  /** Expects that every token was sent once, and that each record has a new token of its own. */
  async function expectEachOnce(before: Map<string, string>): Promise<void> {
    const sent = world.sandbox.requests
      .filter(({path}) => path === REFRESH)
      .map(({query}) => query.get('access_token')!);
    expect([...sent].sort()).to.deep.equal([...before.values()].sort());
    const issued = new Set(world.sandbox.issued());
    for (const [identifier, old] of before) {
      const {refresh_token, refreshed_at} = (await world.stored(identifier))!;
      expect(refresh_token, identifier).not.to.equal(old);
      expect(refreshed_at, identifier).to.be.a('string');
      expect(issued.delete(refresh_token), `${identifier} has a token of its own`).to.equal(true);
    }
  }

  it('refreshes 1,000 credentials, each exactly once', async () => {
    const before = await store(1000);
    world.sandbox.fail(REFRESH, {delay: 50}, 1000);
    const {code, stdout, stderr} = await world.run(['threads', 'refresh', '--all']);
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
    const names = stdout.match(/(?<=^Refreshed: )[^,]+/gm)!;
    expect(names).to.deep.equal([...before.keys()].sort());
    await expectEachOnce(before);
  });

  it('refreshes each credential once when several processes run concurrently', async () => {
    const before = await store(100);
    const runs = await Promise.all([1, 2, 3].map(() => world.json(['threads', 'refresh', '--all'])));
    expect(runs.map(({code}) => code)).to.deep.equal([0, 0, 0]);
    const refreshed = runs.flatMap(({value}) => value.credentials.filter((each: Row) => each.refreshed));
    expect(refreshed).to.have.lengthOf(100);
    await expectEachOnce(before);
  });

  it('stops sending requests when the network is down, and reports the rest in one line', async () => {
    await store(50);
    await world.sandbox.close();
    const text = await world.run(['threads', 'refresh', '--all']);
    expect({code: text.code, stdout: text.stdout}).to.deep.equal({code: 7, stdout: ''});
    const lines = text.stderr.trimEnd().split('\n');
    const advice = lines.filter(line => line.startsWith('  '));
    expect(advice).to.have.lengthOf(new Set(advice).size).and.include('  Check the network and try again.');
    lines.splice(-advice.length);
    expect(lines.pop()).to.match(/^Warning: \d+ more: Skipped: Threads failed 16 times in a row/);
    expect(lines.length).to.be.within(16, 31);
    for (const line of lines) expect(line).to.match(/^Warning: account-\d+: Could not reach 127\.0\.0\.1/);

    const {code, value} = await world.json(['threads', 'refresh', '--all']);
    expect(code).to.equal(7);
    const codes: string[] = value.credentials.map((each: Row) => each.error!.code);
    expect(codes).to.have.lengthOf(50).and.include.members(['NETWORK_FAILED', 'NOT_ASKED']);
  });

  it('stops sending requests when rate limited', async () => {
    await store(50);
    const body = {error: {message: 'slow down', type: 'OAuthException', code: 4}};
    const fault = world.sandbox.fail(REFRESH, {status: 400, body}, 50);
    const {code, value} = await world.json(['threads', 'refresh', '--all']);
    expect(code).to.equal(7);
    expect(fault.fired()).to.be.within(16, 31);
    const codes = value.credentials.map((each: Row) => each.error!.code);
    expect(new Set(codes)).to.deep.equal(new Set(['RATE_LIMITED', 'NOT_ASKED']));
  });

  it('prefers the exit code of a failure that needs a user to that of a temporary one', async () => {
    await store(2);
    await world.store(-1, {identifier: 'dead'});
    world.sandbox.fail(REFRESH, {drop: 'before'});
    const {code, value} = await world.json(['threads', 'refresh', '--all']);
    expect(code).to.equal(4);
    const codes = value.credentials.map((each: Row) => each.error?.code).filter(Boolean);
    expect(codes.sort()).to.deep.equal(['CREDENTIAL_EXPIRED', 'NETWORK_FAILED']);
  });

  describe('on a terminal', () => {
    /** Runs the command in a terminal of its own; its output combines both streams. */
    function onTerminal(env: Record<string, string> = {}) {
      const command = [process.execPath, TOOL, 'threads', 'refresh', '--all'].map(quoteShell).join(' ');
      const resized = `stty cols 80 rows 24; ${command}`;
      const child = spawn('script', ['-qec', resized, '/dev/null'], {env: world.env(env), stdio: 'pipe'});
      return new Running(child, '').ended;
    }

    it('shows its progress and then erases it', async function () {
      needsPrograms(this, 'script');
      await store(20);
      const {code, stdout} = await onTerminal({TERM: 'xterm'});
      expect(code).to.equal(0);
      expect(stdout).to.match(/\[#+ *\] 1\d of 20/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escape sequences
      const shown = stdout.split(/\x1b\[1G\x1b\[2K/).at(-1)!;
      expect(shown.match(/^Refreshed: /gm)).to.have.lengthOf(20);
      expect(shown).not.to.include('of 20');
    });

    it('shows no progress in CI', async function () {
      needsPrograms(this, 'script');
      await store(20);
      const {code, stdout} = await onTerminal({TERM: 'xterm', CI: 'true'});
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(/^Refreshed/)
        .and.not.include('of 20');
    });
  });
});
