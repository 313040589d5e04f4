import {expect} from 'chai';
import {World} from '../support/world.js';

const EXCHANGE = ['threads', 'exchange'];
const REDIRECT_URI = 'https://example.test/callback';

describe('threads exchange', () => {
  let world: World;
  let app: Record<string, string>;
  beforeEach(async () => {
    world = await World.create();
    app = {THREADS_APP_ID: world.sandbox.appId, THREADS_APP_SECRET: world.sandbox.appSecret};
  });
  afterEach(() => world.destroy());

  const newRedirect = () => world.loginElsewhere(REDIRECT_URI, 'threads_basic,threads_delete');
  const codeOf = (address: string) => new URL(address).searchParams.get('code')!;
  const redirectUri = ['--redirect-uri', REDIRECT_URI];

  it('stores a credential for a code, with the app from the variables', async () => {
    const args = [...EXCHANGE, '--auth-code', `${codeOf(await newRedirect())}#_`, ...redirectUri];
    const {code, stdout, stderr} = await world.run(args, {env: app});
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(
      /^Stored @sandbox_account \(26139168152370559\) as sandbox_account: 60 days left/,
    );
    expect(stderr).not.to.match(/argument/);
    expect(await world.stored('sandbox_account')).to.deep.include({
      app_id: world.sandbox.appId,
      app_secret: world.sandbox.appSecret,
      redirect_uri: REDIRECT_URI,
      scopes: ['threads_basic', 'threads_delete'],
    });
    expect((await world.run(['threads', 'token'])).code).to.equal(0);
  });

  it('finds the code in a full URL on standard input', async () => {
    const args = [...EXCHANGE, '--auth-code', '-', ...redirectUri, '--identifier', 'work'];
    const {code, value} = await world.json(args, {env: app, stdin: `${await newRedirect()}#_\n`});
    expect(code).to.equal(0);
    expect(value).to.include({identifier: 'work', username: 'sandbox_account'});
    expect(value.refresh_token).to.match(/^THAA….{4}$/);
  });

  it('stores a credential for a short-lived token, with the app from the store', async () => {
    await world.store(5, {app_secret: world.sandbox.appSecret, redirect_uri: REDIRECT_URI});
    const {access_token} = world.sandbox.mint({kind: 'short'});
    const {code, stdout, stderr} = await world.run([...EXCHANGE, '--short-lived-token', '-'], {
      stdin: `${access_token}\n`,
    });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain('as alice: 60 days left');
    const stored = (await world.stored())!;
    expect(stored.refresh_token).to.match(/^THAA/).and.not.equal(access_token);
    expect(stored.redirect_uri).to.equal(REDIRECT_URI);
    expect(await world.vault.names('threads')).to.deep.equal(['alice']);
  });

  it('warns about a token in an argument', async () => {
    const {access_token} = world.sandbox.mint({kind: 'short'});
    const {code, stderr} = await world.run([...EXCHANGE, '--short-lived-token', access_token], {env: app});
    expect(code).to.equal(0);
    expect(stderr)
      .to.match(/Warning: The token was given as an argument/)
      .and.not.contain(access_token);
  });

  it('reads the app secret and then the token from standard input', async () => {
    const {access_token} = world.sandbox.mint({kind: 'short'});
    const args = ['--app-id', world.sandbox.appId, '--app-secret', '-', '--short-lived-token', '-'];
    const {code, stderr} = await world.run([...EXCHANGE, ...args], {
      stdin: `${world.sandbox.appSecret}\n${access_token}\n`,
    });
    expect(code, stderr).to.equal(0);
  });

  it('stores nothing for a used code, another redirect URI, another app or an invalid token', async () => {
    const address = await newRedirect();
    const used = await newRedirect();
    await world.run([...EXCHANGE, '--auth-code', used, ...redirectUri, '-i', 'first'], {env: app});
    for (const [args, env, exitCode] of [
      [['--auth-code', used, ...redirectUri], app, 4],
      [['--auth-code', address, '--redirect-uri', `${REDIRECT_URI}/`], app, 2],
      [['--auth-code', address, ...redirectUri], {...app, THREADS_APP_SECRET: 'fake'}, 2],
      [['--short-lived-token', 'THAAfake'], app, 4],
      [['--short-lived-token', '-'], app, 2],
      [['--auth-code', `${REDIRECT_URI}?error=access_denied`], app, 4],
      [['--auth-code', address, ...redirectUri], {}, 3],
    ] as const) {
      const environment = {TOOL_HOME: `${world.home.folder}-2`, ...env};
      const {code, stdout, stderr} = await world.run([...EXCHANGE, ...args], {env: environment, stdin: ''});
      expect(code, `${args.join(' ')}: ${stderr}`).to.equal(exitCode);
      expect(stdout + stderr).not.to.contain(codeOf(address));
      const list = await world.json(['utils', 'tokens', 'list'], {env: environment});
      expect(list.value.credentials).to.deep.equal([]);
    }
  });

  it('requires exactly one of --auth-code and --short-lived-token', async () => {
    for (const args of [[], ['--auth-code', 'x', '--short-lived-token', 'y']]) {
      const {code, stderr} = await world.run([...EXCHANGE, ...args], {env: app});
      expect(code).to.equal(2);
      expect(stderr).to.contain('--auth-code').and.contain('--short-lived-token');
    }
  });
});
