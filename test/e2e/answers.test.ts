import {expect} from 'chai';
import {ERRORS_ABOUT_POSTS} from '../support/graph-errors.js';
import {World} from '../support/world.js';

const REFRESH = '/refresh_access_token';
const EXCHANGE = '/access_token';
const CODE = '/oauth/access_token';
const TOKEN = 'THAAfake-new-token-0123456789abcdef';

/** What a service, or something between it and this machine, may answer instead of a token. */
const JUNK: Record<string, object | string> = {
  'a line break and an escape sequence': {access_token: `${TOKEN}\n\u001b[2J`},
  'a blank': {access_token: `${TOKEN} x`},
  'a NUL': {access_token: `${TOKEN}\0`},
  'a letter that is not ASCII': {access_token: `${TOKEN}\u20ac`},
  '4,097 characters': {access_token: 'T'.repeat(4097)},
  '40,000 characters': {access_token: 'T'.repeat(40_000)},
  'an error beside it': {access_token: TOKEN, error: {code: 190, message: 'Session has expired'}},
  'an error text beside it': {access_token: TOKEN, error: 'invalid_grant'},
  'an error of the other shape beside it': {access_token: TOKEN, error_type: 'x', error_message: 'x'},
  'no text': {access_token: 7},
  'only blanks': {access_token: '  '},
  nothing: {access_token: ''},
};

describe('M7: a token is checked before it replaces one', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  for (const [what, body] of Object.entries(JUNK))
    it(`M7: keeps the stored token when a refresh answers with ${what}`, async () => {
      const before = await world.store(5);
      const fault = world.sandbox.fail(REFRESH, {status: 200, body}, 2);
      const used = await world.run(['threads', 'token']);
      expect(used).to.include({code: 0, stdout: `${before.refresh_token}\n`});
      expect(used.stderr).to.match(/^Warning: .*Could not refresh the token/);
      const asked = await world.json(['threads', 'refresh']);
      expect(asked.code).to.equal(7);
      expect(asked.value.error).to.include({code: 'PLATFORM_FAILED'});
      expect(used.stderr + JSON.stringify(asked)).not.to.contain(TOKEN);
      expect(fault.fired()).to.equal(2);
      expect(await world.stored()).to.deep.equal(before);
    });

  for (const [what, path] of [
    ['code', CODE],
    ['short-lived token', EXCHANGE],
  ] as const)
    it(`M7: stores nothing when the exchange of a ${what} answers with one of ${Object.keys(JUNK).length} unusable tokens`, async () => {
      const env = {THREADS_APP_ID: world.sandbox.appId, THREADS_APP_SECRET: world.sandbox.appSecret};
      const faults = await Promise.all(
        Object.entries(JUNK).map(async ([name, body]) => {
          const redirectUri = 'https://example.test/callback';
          const address = await world.loginElsewhere(redirectUri);
          const fault = world.sandbox.fail(path, {status: 200, body});
          const args = ['threads', 'exchange', '--auth-code', '-', '--redirect-uri', redirectUri];
          const {code, value} = await world.json(args, {env, stdin: `${address}\n`});
          expect(code, name).to.equal(7);
          expect(value.error, name).to.include({code: 'PLATFORM_FAILED'});
          return fault;
        }),
      );
      for (const fault of faults) expect(fault.fired()).to.equal(1);
      expect(world.requests(EXCHANGE)).to.equal(path === CODE ? 0 : Object.keys(JUNK).length);
      expect((await world.json(['utils', 'tokens', 'list'])).value.credentials).to.deep.equal([]);
    });

  it('M7: accepts a token of 4,096 characters, and refuses a longer one from standard input or a variable', async () => {
    await world.store(5);
    const access_token = 'T'.repeat(4096);
    const fault = world.sandbox.fail(REFRESH, {status: 200, body: {access_token, expires_in: 5_184_000}});
    expect((await world.run(['threads', 'token'])).stdout).to.equal(`${access_token}\n`);
    expect(fault.fired()).to.equal(1);

    const env = {THREADS_APP_ID: world.sandbox.appId, THREADS_APP_SECRET: world.sandbox.appSecret};
    const exchange = ['threads', 'exchange', '--short-lived-token', '-'];
    expect(await world.run(exchange, {env, stdin: `${access_token}T\n`})).to.include({code: 2});
    const variable = {THREADS_REFRESH_TOKEN: `${access_token}T`};
    expect(await world.run(['threads', 'token'], {env: variable})).to.include({code: 2});
    const file = `THREADS_REFRESH_TOKEN=${access_token}T\n`;
    const imported = await world.run(['utils', 'tokens', 'import', '--from', 'env', '-'], {stdin: file});
    expect(imported).to.include({code: 2});
    const document = JSON.stringify({refresh_token: `${access_token}T`});
    const read = await world.run(['utils', 'tokens', 'import', '--from', 'json', '-'], {stdin: document});
    expect(read).to.include({code: 2});
    expect(world.requests(EXCHANGE)).to.equal(0);
  });
});

describe('D9: a refused refresh or exchange', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  const ABOUT_POSTS = /post|container|image|IDs/i;

  for (const [what, error] of Object.entries({
    ...ERRORS_ABOUT_POSTS,
    'an unknown code': {code: 999},
  }))
    it(`D9: does not speak of posts after ${what}`, async () => {
      const before = await world.store(5);
      const fault = world.sandbox.fail(REFRESH, {status: 400, body: {error}}, 2);
      const refresh = await world.json(['threads', 'refresh']);
      expect(refresh.code).to.equal(7);
      expect(refresh.value.error).to.include({code: 'REFRESH_REFUSED'});
      expect(JSON.stringify(refresh.value)).not.to.match(ABOUT_POSTS);
      const token = await world.run(['threads', 'token']);
      expect(token).to.include({code: 0, stdout: `${before.refresh_token}\n`});
      expect(token.stderr).not.to.match(ABOUT_POSTS);
      expect(fault.fired()).to.equal(2);
    });

  it('D9: says that a long-lived token needs no exchange, and how to import it', async () => {
    const {access_token} = world.sandbox.mint();
    const env = {THREADS_APP_ID: world.sandbox.appId, THREADS_APP_SECRET: world.sandbox.appSecret};
    const {code, value} = await world.json(['threads', 'exchange', '--short-lived-token', '-'], {
      env,
      stdin: `${access_token}\n`,
    });
    expect(code).to.equal(2);
    expect(value.error.code).to.equal('VALUE_REFUSED');
    expect(value.error.suggestions.join()).to.contain(
      'This token is already valid for 60 days: import it instead',
    );
    expect(JSON.stringify(value)).not.to.match(ABOUT_POSTS);

    const imported = await world.json(['utils', 'tokens', 'import', '--from', 'env', '-'], {
      stdin: `THREADS_REFRESH_TOKEN=${access_token}\n`,
    });
    expect(imported.code, imported.stderr).to.equal(0);
    expect((await world.stored('sandbox_account'))!.refresh_token).to.equal(access_token);
  });
});
