import {once} from 'node:events';
import {stat} from 'node:fs/promises';
import {createServer} from 'node:net';
import {expect} from 'chai';
import {secretsIn} from '../support/secrets.js';
import {visit, World} from '../support/world.js';

describe('threads authorize', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  it('stores the credential and names its account in the terminal and on the page', async () => {
    const {code, stdout, page} = await world.authorize();
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^Authorized @sandbox_account \(26139168152370559\) as sandbox_account: 60 days left/,
    );
    expect(page.status).to.equal(200);
    expect(page.html)
      .to.contain('@sandbox_account')
      .and.match(/close this (window|tab)/i);

    const credential = await world.stored('sandbox_account');
    expect(credential).to.include({
      app_id: world.sandbox.appId,
      app_secret: world.sandbox.appSecret,
      user_id: '26139168152370559',
      username: 'sandbox_account',
      redirect_uri: world.redirectUri,
      api_url: world.sandbox.url,
      refreshed_at: null,
    });
    expect(credential!.scopes).to.deep.equal(['threads_basic', 'threads_content_publish']);
  });

  it('leaves no secret in any file, on stdout, on stderr or on the page', async () => {
    const {stdout, stderr, page} = await world.authorize(['--json']);
    const {refresh_token, app_secret} = (await world.stored('sandbox_account'))!;
    const short = world.sandbox.requests
      .find(each => each.path === '/access_token')!
      .query.get('access_token')!;
    const secrets = {refresh_token, app_secret: app_secret!, short};

    const files = await world.files();
    expect([...files.keys()].some(file => file.endsWith('threads-sandbox_account.token'))).to.equal(true);
    expect(secretsIn(`before ${refresh_token} after`, secrets)).to.deep.equal(['refresh_token']);
    for (const [file, text] of files) expect(secretsIn(text, secrets), file).to.deep.equal([]);
    expect(secretsIn(stdout + stderr + page.html, secrets)).to.deep.equal([]);
  });

  it('creates a home that other users cannot access', async () => {
    await world.authorize();
    const modes = await Promise.all(
      [world.home.folder, world.home.tokens, world.home.tls].map(
        async path => (await stat(path)).mode & 0o777,
      ),
    );
    expect(modes).to.deep.equal([0o700, 0o700, 0o700]);
    for (const file of (await world.files()).keys())
      expect((await stat(file)).mode & 0o777, file).to.equal(0o600);
  });

  it('prints the URL on one line of stderr, and only the result on stdout', async () => {
    const {stdout, stderr} = await world.authorize();
    const url = new URL(/^ {2}(\S+)$/m.exec(stderr)![1]!);
    expect(Object.fromEntries(url.searchParams)).to.include({
      client_id: world.sandbox.appId,
      redirect_uri: world.redirectUri,
      response_type: 'code',
      scope: 'threads_basic,threads_content_publish',
    });
    expect(stdout.trim().split('\n')).to.have.length(1);
  });

  it('accepts the pasted redirect URL with its fragment', async () => {
    const running = world.startAuthorize();
    const location = await world.login(await running.authorizationUrl());
    expect(location).to.match(/#_$/);
    running.child.stdin!.write('https://example.com/?code=1\n');
    await running.saying(/another address|not the redirect|address/i);
    running.child.stdin!.end(`${location}\n`);
    const {code, stdout} = await running.ended;
    expect(code).to.equal(0);
    expect(stdout).to.contain('Authorized @sandbox_account');
  });

  it('works without a listener when the redirect URI is not on this machine', async () => {
    const running = world.startAuthorize(['--redirect-uri', 'https://example.com/done']);
    running.child.stdin!.end(`${await world.login(await running.authorizationUrl())}\n`);
    expect((await running.ended).code).to.equal(0);
    expect((await world.stored('sandbox_account'))!.redirect_uri).to.equal('https://example.com/done');
  });

  it('reads the app secret from standard input, followed by the pasted URL', async () => {
    const running = world.startAuthorize(['--app-secret', '-'], {env: {THREADS_APP_SECRET: ''}});
    running.child.stdin!.write(`${world.sandbox.appSecret}\n`);
    running.child.stdin!.end(`${await world.login(await running.authorizationUrl())}\n`);
    const {code, stderr} = await running.ended;
    expect(code).to.equal(0);
    expect(stderr).not.to.contain('as an argument');
  });

  it('warns about a secret in an argument without repeating it', async () => {
    const {code, stderr} = await world.authorize(['--app-secret', world.sandbox.appSecret]);
    expect(code).to.equal(0);
    expect(stderr).to.contain('given as an argument').and.not.contain(world.sandbox.appSecret);
  });

  for (const [missing, env] of [
    ['THREADS_APP_ID', {THREADS_APP_ID: ''}],
    ['THREADS_APP_SECRET', {THREADS_APP_SECRET: ''}],
  ] as const) {
    it(`names ${missing} when it is missing and cannot be prompted for`, async () => {
      const {code, stderr} = await world.startAuthorize([], {env}).ended;
      expect(code).to.equal(3);
      expect(stderr).to.contain(missing);
    });
  }

  it('requests scopes by short names, and reports which were not granted', async () => {
    await world.destroy();
    world = await World.create({
      scopesGranted: asked => asked.filter(scope => scope !== 'threads_manage_insights'),
    });
    const {code, stdout, stderr} = await world.authorize(['--scope', 'publish,insights', '--json']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      scopes: ['threads_basic', 'threads_content_publish'],
      scopes_not_granted: ['threads_manage_insights'],
    });
    expect(stderr).to.contain('Not granted: threads_manage_insights');
  });

  it('ends with 4 when the user denies access, and stores nothing', async () => {
    await world.destroy();
    world = await World.create({consent: 'deny'});
    const {code, stderr, page} = await world.authorize();
    expect(code).to.equal(4);
    expect(stderr).to.contain('refused').and.contain('Nothing was stored');
    expect(page.html).to.contain('tool threads authorize');
    expect(await world.vault.names('threads')).to.deep.equal([]);
  });

  it('survives stray requests', async () => {
    const running = world.startAuthorize();
    const location = await world.login(await running.authorizationUrl());
    const {origin} = new URL(world.redirectUri);
    for (const [path, status] of [
      ['/favicon.ico', 404],
      ['/callback', 400],
      ['/callback?error=access_denied', 400],
      ['/callback?code=stolen&state=wrong', 400],
    ] as const) {
      expect((await visit(origin + path)).status, path).to.equal(status);
    }
    expect((await visit(location)).status).to.equal(200);
    expect((await running.ended).code).to.equal(0);
  });

  it('reports that another program uses the port', async () => {
    const server = createServer().listen(Number(new URL(world.redirectUri).port), '127.0.0.1');
    await once(server, 'listening');
    const {code, stderr, stdout} = await world.startAuthorize(['--json']).ended;
    server.close();
    expect(code).to.equal(2);
    expect(JSON.parse(stdout).error.code).to.equal('CALLBACK_PORT_BUSY');
    expect(stderr).not.to.contain('http'); // No login URL is shown for a login that cannot succeed.
  });

  it('ends with 8 after the timeout', async () => {
    const {code, stderr} = await world.startAuthorize(['--timeout', '1']).ended;
    expect(code).to.equal(8);
    expect(stderr).to.match(/authorize/);
  });

  it('ends with 130 after Ctrl-C, and stores nothing', async () => {
    const running = world.startAuthorize(['--json']);
    await running.authorizationUrl();
    running.child.kill('SIGINT');
    const {code, stdout} = await running.ended;
    expect(code).to.equal(130);
    expect(JSON.parse(stdout).error).to.include({code: 'INTERRUPTED', exit_code: 130});
    expect(await world.vault.names('threads')).to.deep.equal([]);
  });

  it('stores nothing when only the short-lived token is issued, and also reports this on the page', async () => {
    const fault = world.sandbox.fail('/access_token', {
      status: 500,
      body: '<html>Sorry</html>',
      type: 'text/html',
    });
    const {code, page, stdout} = await world.authorize(['--json']);
    expect(fault.fired()).to.equal(1);
    expect(code).to.equal(7);
    expect(JSON.parse(stdout).error.code).to.equal('PLATFORM_FAILED');
    expect(page.status).to.be.at.least(400);
    expect(page.html).not.to.match(/you can close.*authorized/i);
    expect(await world.vault.names('threads')).to.deep.equal([]);
  });

  it('reports that the app ID and secret do not match when the service rejects them', async () => {
    const {code, stderr} = await world.authorize([], {env: {THREADS_APP_SECRET: 'wrong-secret'}});
    expect(code).to.equal(2);
    expect(stderr).to.contain('Threads app ID and the Threads app secret').and.not.contain('wrong-secret');
  });

  it('succeeds when neither the name nor the scopes can be looked up', async () => {
    const faults = ['/v1.0/me', '/v1.0/debug_token'].map(path =>
      world.sandbox.fail(path, {status: 400, body: {}}),
    );
    const {code, stderr} = await world.authorize();
    expect(faults.map(fault => fault.fired())).to.deep.equal([1, 1]);
    expect(code).to.equal(0);
    expect(stderr).to.contain('Could not look up');
    expect(await world.stored('26139168152370559')).to.include({username: null, scopes: null});
  });

  it('refuses an --account that no account can have, before the login', async () => {
    for (const account of ['', '@', ' ', 'two words']) {
      const {code, stderr} = await world.startAuthorize(['--account', account]).ended;
      expect(code, stderr).to.equal(2);
      expect(stderr).to.contain('--account must be').and.contain('--account @example');
      expect(stderr).not.to.contain('Open this page');
    }
  });

  describe('for an account that is already stored', () => {
    beforeEach(async () => {
      expect((await world.authorize(['--identifier', 'work'])).code).to.equal(0);
    });

    it("replaces the account's credential under its current name, with the stored app", async () => {
      const before = await world.stored('work');
      const {code, stdout} = await world.authorize([], {env: {THREADS_APP_ID: '', THREADS_APP_SECRET: ''}});
      expect(code).to.equal(0);
      expect(stdout).to.contain('as work');
      expect(await world.vault.names('threads')).to.deep.equal(['work']);
      expect((await world.stored('work'))!.refresh_token).not.to.equal(before!.refresh_token);
    });

    it('renames the credential when another name is given', async () => {
      const {code} = await world.authorize(['--identifier', 'home']);
      expect(code).to.equal(0);
      expect(await world.vault.names('threads')).to.deep.equal(['home']);
    });

    it("never overwrites another account's credential", async () => {
      const other = await world.store(40, {
        identifier: 'other',
        user_id: '17841405793187218',
        username: 'bob',
      });
      const {code, stdout, page} = await world.authorize(['--identifier', 'other', '--json']);
      expect(code).to.equal(2);
      expect(JSON.parse(stdout).error).to.include({code: 'IDENTIFIER_TAKEN'});
      expect(page.html).to.contain('@bob');
      expect(await world.stored('other')).to.deep.equal(other);
      expect(await world.vault.names('threads')).to.deep.equal(['other', 'work']);
    });
  });
});
