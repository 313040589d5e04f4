import {expect} from 'chai';
import {type Running, visit, World} from '../support/world.js';

const OWN = 'https://graph.threads.net';
const SECRET = 'fa4e5ec2e7fa4e5ec2e7fa4e5ec2e7ab';
const REDIRECT_URI = 'https://example.test/callback';

/** The world's sandbox plays another service, to which a leftover variable points. */
describe('origins', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  const received = () => world.sandbox.requests.map(({query, form}) => `${query} ${form}`).join('\n');
  const announcements = (stderr: string) => stderr.match(/Using \S+ instead of .*/g) ?? [];

  describe('of a stored app secret', () => {
    beforeEach(async () => {
      await world.store(50, {api_url: OWN, app_secret: SECRET, redirect_uri: REDIRECT_URI});
    });

    it('M1: authorize does not send it to the origin of a variable', async () => {
      const running = world.start(['threads', 'authorize', '--identifier', 'alice'], {
        env: {TOOL_THREADS_AUTHORIZE_URL: ''},
      });
      await Promise.race([running.ended, answer(running)]);
      const {code, stderr} = await running.ended;
      expect(received()).not.to.contain(SECRET);
      expect(code, stderr).to.equal(3);
    });

    it('M1: exchange does not send it to the origin of a variable', async () => {
      for (const args of [
        ['--auth-code', 'AQrealcode'],
        ['--short-lived-token', 'THAAreal'],
      ]) {
        const {code, stderr} = await world.run(['threads', 'exchange', ...args, '--identifier', 'alice']);
        expect(received()).not.to.contain(SECRET);
        expect(code, stderr).to.equal(3);
      }
      expect(world.sandbox.requests).to.have.length(0);
    });

    it('M1: a login that it would belong to still finds it', async () => {
      await world.store(50, {identifier: 'bob', app_secret: SECRET, redirect_uri: REDIRECT_URI});
      const args = ['threads', 'exchange', '--auth-code', 'AQcode', '--identifier', 'bob'];
      expect((await world.run(args)).code).to.equal(2);
      expect(received()).to.contain(SECRET);
    });
  });

  it("D1: the sandbox's credential lends nothing to a login at Threads", async () => {
    await world.store(50, {redirect_uri: REDIRECT_URI, scopes: ['threads_basic', 'threads_delete']});
    const env = {TOOL_THREADS_AUTHORIZE_URL: '', TOOL_THREADS_API_URL: ''};
    const alone = world.start(['threads', 'authorize'], {env, stdin: ''});
    const ended = await Promise.race([alone.ended, alone.authorizationUrl()]);
    alone.child.kill();
    expect(ended, 'no login without an app').to.deep.include({code: 3});

    const searchParams = await defaultLogin(env);
    expect(searchParams.get('scope')).to.equal('threads_basic,threads_content_publish');
    expect(searchParams.get('redirect_uri')).to.equal('https://localhost:3456/callback');
  });

  /** Starts a login on the default port and ends it. Returns what it asks for. */
  async function defaultLogin(env: Record<string, string>): Promise<URLSearchParams> {
    for (let tries = 1; ; tries++) {
      const running = world.start(['threads', 'authorize', '--app-id', '42', '--app-secret', '-'], {env});
      running.child.stdin!.write('fake-secret\n');
      try {
        const {searchParams} = new URL(await running.authorizationUrl());
        running.child.kill('SIGINT');
        expect((await running.ended).code).to.equal(130);
        return searchParams;
      } catch (error) {
        // `doctor` in a test that runs at the same time tries the port, too, for a moment.
        if (tries === 20 || !/already in use/.test((error as Error).message)) throw error;
      }
    }
  }

  it('D1: a name that a credential of another origin has is refused before the person logs in', async () => {
    await world.store(50, {api_url: OWN});
    const {code, stderr} = await world.startAuthorize(['--identifier', 'alice'], {stdin: ''}).ended;
    expect(code, stderr).to.equal(2);
    expect(stderr).to.contain('alice').and.not.contain('Open this page');
    expect(world.sandbox.requests).to.have.length(0);
  });

  describe('that a variable names are announced, once', () => {
    const api = () => `${world.sandbox.url} instead of ${OWN} (TOOL_THREADS_API_URL)`;

    it('by a login', async () => {
      const {code, stderr} = await world.authorize();
      expect(code).to.equal(0);
      expect(announcements(stderr)).to.deep.equal([
        `Using ${world.sandbox.url} instead of https://threads.com (TOOL_THREADS_AUTHORIZE_URL) and ${api()}.`,
      ]);
      expect(stderr.indexOf('Using ')).to.be.below(stderr.indexOf('Open this page'));
    });

    it('by exchange, import, and every command that uses a token from a variable', async () => {
      const {access_token: short} = world.sandbox.mint({kind: 'short'});
      const {access_token: token} = world.sandbox.mint();
      const app = {THREADS_APP_ID: world.sandbox.appId, THREADS_APP_SECRET: world.sandbox.appSecret};
      const variable = {THREADS_REFRESH_TOKEN: token};
      const document = JSON.stringify({refresh_token: token});
      for (const [args, env, stdin] of [
        [['threads', 'exchange', '--short-lived-token', '-'], app, short],
        [['utils', 'tokens', 'import', '--from', 'json', '-'], {}, document],
        [['threads', 'token'], variable],
        [['threads', 'status'], variable],
        [['threads', 'profile'], variable],
        [['threads', 'limits'], variable],
        [['exec', '--', 'true'], variable],
        [['threads', 'refresh', '--force', '--format', 'env'], variable],
      ] as const) {
        const {stderr} = await world.run([...args], {env, ...(stdin && {stdin})});
        expect(announcements(stderr), args.join(' ')).to.deep.equal([`Using ${api()}.`]);
      }
    });

    it('and nothing is announced where no secret goes there', async () => {
      await world.store(50);
      const {access_token} = world.sandbox.mint();
      const own = {TOOL_THREADS_API_URL: `${OWN}/`, THREADS_REFRESH_TOKEN: access_token};
      const until = {THREADS_TOKEN_EXPIRES_AT: '2999-01-01', ...own};
      for (const [args, env] of [
        [['threads', 'token'], {}],
        [['threads', 'status'], {}],
        [['utils', 'tokens', 'list'], {}],
        [['threads', 'token'], until],
      ] as const) {
        const {code, stderr} = await world.run([...args], {env});
        expect(code, stderr).to.equal(0);
        expect(announcements(stderr), args.join(' ')).to.deep.equal([]);
      }
    });
  });

  it('status and show mark a credential of another origin', async () => {
    await world.store(50);
    const mark = `${world.sandbox.url} (not Threads itself: ${OWN})`;
    const without = {TOOL_THREADS_API_URL: '', TOOL_THREADS_AUTHORIZE_URL: ''};
    for (const args of [
      ['threads', 'status'],
      ['utils', 'tokens', 'show', '--platform', 'threads'],
    ]) {
      expect((await world.run(args, {env: without})).stdout).to.contain(mark);
    }
    const status = await world.json(['threads', 'status'], {env: without});
    expect(status.value.api_url).to.equal(world.sandbox.url);

    await world.store(50, {identifier: 'own', api_url: OWN});
    const show = await world.run(['utils', 'tokens', 'show', '--platform', 'threads', '-i', 'own']);
    expect(show.stdout).to.contain(OWN).and.not.contain('not Threads itself');
  });
});

/** Ends a login with a code, as the browser of a person who logged in at the real service would. */
async function answer(running: Running): Promise<void> {
  const {searchParams} = new URL(await running.authorizationUrl());
  const redirect = new URL(searchParams.get('redirect_uri')!);
  redirect.search = `${new URLSearchParams({code: 'AQrealcode', state: searchParams.get('state')!})}`;
  if (redirect.hostname === 'localhost') await visit(redirect.href);
  else running.child.stdin!.write(`${redirect.href}\n`);
}
