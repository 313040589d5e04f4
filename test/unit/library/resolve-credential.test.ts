import {writeFile} from 'node:fs/promises';
import {expect} from 'chai';
import {type ResolveCredentialOptions, resolveCredential} from '../../../src/library/resolve-credential.js';
import {openVault, type Vault} from '../../../src/library/vault.js';
import {World} from '../../support/world.js';
import {failure} from '../oauth/support.js';

const refreshes = '/refresh_access_token';

describe('resolving a credential with the library', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  const resolve = (options: ResolveCredentialOptions = {}) =>
    resolveCredential({env: world.env(), ...options});

  it('returns the only stored credential and its source', async () => {
    const stored = await world.store(50);
    expect(await resolve()).to.deep.equal({
      credential: stored,
      source: {kind: 'store', identifier: 'alice', variables: {found: [], empty: []}},
    });
    expect(world.sandbox.requests).to.deep.equal([]);
  });

  it('prefers the variables to the store', async () => {
    await world.store(50);
    const {access_token} = world.sandbox.mint();
    const env = world.env({THREADS_REFRESH_TOKEN: access_token, THREADS_USER_ID: '7'});
    const {credential, source} = await resolve({env});
    expect(credential).to.include({refresh_token: access_token, user_id: '7', api_url: world.sandbox.url});
    expect(source.kind).to.equal('environment');
  });

  it('returns the named credential, whatever the variables say', async () => {
    await world.store(50);
    await world.store(50, {identifier: 'bob', user_id: '7'});
    const env = world.env({THREADS_REFRESH_TOKEN: 'THAAfake-token-of-another'});
    expect((await resolve({env, identifier: 'bob'})).credential.identifier).to.equal('bob');
  });

  it('returns the current default of several credentials', async () => {
    const vault = await openVault({env: world.env()});
    await world.store(50);
    await world.store(50, {identifier: 'bob', user_id: '7'});
    expect((await failure(resolve({vault}))).code).to.equal('IDENTIFIER_NEEDED');
    for (const name of ['bob', 'alice']) {
      await world.run(['utils', 'tokens', 'use', '--platform', 'threads', '--identifier', name]);
      expect((await resolve({vault})).credential.identifier).to.equal(name);
    }
  });

  it('uses the variables that the vault was opened with', async () => {
    const {access_token} = world.sandbox.mint();
    const vault = await openVault({env: world.env({THREADS_REFRESH_TOKEN: access_token})});
    expect((await resolveCredential({vault})).credential.refresh_token).to.equal(access_token);
  });

  it('refreshes a token that is due once for concurrent callers, and stores it before returning it', async () => {
    const {refresh_token: old} = await world.store(10);
    const vault = await openVault({env: world.env()});
    const resolved = await Promise.all([{vault}, {vault}, {}, {}, {}].map(options => resolve(options)));
    const tokens = new Set(resolved.map(({credential}) => credential.refresh_token));
    expect([...tokens]).to.deep.equal([(await world.stored())!.refresh_token]);
    expect(tokens.has(old)).to.equal(false);
    expect(world.requests(refreshes)).to.equal(1);
  });

  it('uses the requested refresh window, or else the one in the preferences', async () => {
    await world.store(50);
    await resolve();
    expect(world.requests(refreshes)).to.equal(0);
    await resolve({refreshWindowDays: 55});
    expect(world.requests(refreshes)).to.equal(1);

    await world.store(50);
    await writeFile(world.home.configFile, JSON.stringify({refreshWindowDays: 55}), {mode: 0o600});
    await resolve({refreshWindowDays: 20});
    expect(world.requests(refreshes)).to.equal(1);
    await resolve();
    expect(world.requests(refreshes)).to.equal(2);
  });

  it('returns the old token with a warning when a refresh fails', async () => {
    const {refresh_token} = await world.store(10);
    const fault = world.sandbox.fail(refreshes, {status: 503, body: ''}, 10);
    const warnings: string[] = [];
    const {credential} = await resolve({onWarning: warning => warnings.push(warning)});
    expect(fault.fired()).to.be.greaterThan(0);
    expect(credential.refresh_token).to.equal(refresh_token);
    expect(warnings.join()).to.include('Could not refresh the token').and.not.include(refresh_token);
  });

  it('refuses an expired token without a request', async () => {
    await world.store(-1);
    const error = await failure(resolve());
    expect(error).to.include({code: 'CREDENTIAL_EXPIRED', exitCode: 4});
    expect(error.suggestions.join()).to.include('tool threads authorize --identifier alice');
    expect(world.sandbox.requests).to.deep.equal([]);
  });

  it('reports what is missing when there is no credential', async () => {
    expect((await failure(resolve())).code).to.equal('CREDENTIAL_MISSING');
    expect((await failure(resolve({env: world.env({THREADS_APP_ID: '1'})}))).code).to.equal(
      'VARIABLE_MISSING',
    );
  });

  for (const refreshWindowDays of [0, 60, -1, Number.NaN]) {
    it(`refuses a window of ${refreshWindowDays} days`, async () => {
      expect((await failure(resolve({refreshWindowDays}))).code).to.equal('USAGE');
    });
  }

  it('refuses an object that is not a vault', async () => {
    const vault = {list: async () => []} as unknown as Vault;
    expect((await failure(resolve({vault}))).code).to.equal('USAGE');
  });
});
