import {existsSync} from 'node:fs';
import {expect} from 'chai';
import {parse} from 'dotenv';
import {World} from '../support/world.js';

const REFRESH = '/refresh_access_token';
const DAY = 86_400_000;

describe('a credential from the environment', () => {
  let world: World;
  let token: string;
  beforeEach(async () => {
    world = await World.create();
    token = world.sandbox.mint().access_token;
  });
  afterEach(() => world.destroy());

  /** Returns a token that the service issued `days` days ago. */
  const aged = (days: number) =>
    world.sandbox.mint({issuedAt: new Date(Date.now() - days * DAY)}).access_token;

  it('needs only the app ID and the token for status, and creates no home', async () => {
    const env = {THREADS_APP_ID: world.sandbox.appId, THREADS_REFRESH_TOKEN: token};
    const {code, stdout} = await world.run(['threads', 'status'], {env});
    expect(code).to.equal(0);
    expect(stdout)
      .to.contain('@sandbox_account (26139168152370559)')
      .and.contain('environment (THREADS_REFRESH_TOKEN');
    expect(existsSync(world.home.folder)).to.equal(false);
  });

  it("is read from ThreadsPipe's variable", async () => {
    const {code, stdout} = await world.run(['threads', 'token'], {
      env: {THREADS_ACCESS_TOKEN: ` ${token}\n`},
    });
    expect({code, stdout}).to.deep.equal({code: 0, stdout: `${token}\n`});
  });

  it('looks the dates up once, and not at all when they are given', async () => {
    await world.run(['threads', 'token'], {env: {THREADS_REFRESH_TOKEN: token}});
    expect(world.requests('/v1.0/debug_token')).to.equal(1);
    const THREADS_TOKEN_EXPIRES_AT = new Date(Date.now() + 50 * DAY).toISOString();
    await world.run(['threads', 'token'], {env: {THREADS_REFRESH_TOKEN: token, THREADS_TOKEN_EXPIRES_AT}});
    expect(world.sandbox.requests).to.have.length(1);
  });

  it('takes precedence over the store, but not over a named credential', async () => {
    const stored = await world.store(50);
    const env = {THREADS_REFRESH_TOKEN: token};
    expect((await world.run(['threads', 'token'], {env})).stdout).to.equal(`${token}\n`);
    expect((await world.run(['threads', 'token', '-i', 'alice'], {env})).stdout).to.equal(
      `${stored.refresh_token}\n`,
    );
  });

  it('is refreshed for the run when due, and the warning says how to update the CI secrets', async () => {
    const old = aged(50);
    const {code, stdout, stderr} = await world.run(['threads', 'token'], {env: {THREADS_REFRESH_TOKEN: old}});
    expect(code).to.equal(0);
    expect(stdout).not.to.equal(`${old}\n`);
    expect(world.requests(REFRESH)).to.equal(1);
    expect(stderr).to.contain('gh secret set -f -').and.not.contain(stdout.trim());
    expect(existsSync(world.home.folder)).to.equal(false);
  });

  it('is refreshed and printed for the CI secrets by refresh --format env', async () => {
    const old = aged(50);
    const env = {THREADS_APP_ID: '1234567890123456', THREADS_REFRESH_TOKEN: old};
    const {code, stdout} = await world.run(['threads', 'refresh', '--format', 'env'], {env});
    expect(code).to.equal(0);
    const lines = parse(stdout);
    expect(lines).to.include({THREADS_APP_ID: '1234567890123456', THREADS_USER_ID: '26139168152370559'});
    expect(lines.THREADS_REFRESH_TOKEN).to.match(/^THAA/).and.not.equal(old);
    expect(Date.parse(lines.THREADS_TOKEN_EXPIRES_AT!) - Date.now()).to.be.greaterThan(59 * DAY);
  });

  it('is printed unchanged when it is not due, so that the pipe is always safe', async () => {
    const {stdout} = await world.run(['threads', 'refresh', '--format', 'env'], {
      env: {THREADS_REFRESH_TOKEN: token},
    });
    expect(parse(stdout)).to.include({THREADS_REFRESH_TOKEN: token});
    expect(world.requests(REFRESH)).to.equal(0);
  });

  it('is not refreshed when the new token would be lost', async () => {
    const {code} = await world.run(['threads', 'refresh', '--force'], {
      env: {THREADS_REFRESH_TOKEN: aged(50)},
    });
    expect(code).to.equal(2);
    expect(world.requests(REFRESH)).to.equal(0);
  });

  it('ends with 4 when expired, without a request if the date is known', async () => {
    const THREADS_TOKEN_EXPIRES_AT = new Date(Date.now() - DAY).toISOString();
    const env = {THREADS_REFRESH_TOKEN: token, THREADS_TOKEN_EXPIRES_AT};
    expect((await world.run(['threads', 'token'], {env})).code).to.equal(4);
    expect(world.sandbox.requests).to.deep.equal([]);
    expect((await world.run(['threads', 'token'], {env: {THREADS_REFRESH_TOKEN: aged(61)}})).code).to.equal(
      4,
    );
  });

  it('ends with 4 when the account revoked access', async () => {
    world.sandbox.revoke(token);
    const {code, stderr} = await world.run(['threads', 'status'], {env: {THREADS_REFRESH_TOKEN: token}});
    expect(code).to.equal(4);
    expect(stderr).to.contain('authorize');
  });

  it('is used as is, with a warning, when the service cannot say when it expires', async () => {
    const fault = world.sandbox.fail('/v1.0/debug_token', {status: 404, body: 'no'}, 9);
    const {code, stdout, stderr} = await world.run(['threads', 'token'], {
      env: {THREADS_REFRESH_TOKEN: token},
    });
    expect(fault.fired()).to.be.at.least(1);
    expect({code, stdout}).to.deep.equal({code: 0, stdout: `${token}\n`});
    expect(stderr).to.contain('Warning');
  });

  it('names the missing and the empty variables when it is incomplete', async () => {
    const env = {THREADS_APP_ID: world.sandbox.appId, THREADS_REFRESH_TOKEN: ''};
    const {code, value} = await world.json(['threads', 'token'], {env});
    expect(code).to.equal(3);
    expect(value.error.message)
      .to.contain('THREADS_APP_ID is set, but THREADS_REFRESH_TOKEN is missing')
      .and.contain('THREADS_REFRESH_TOKEN is set but empty');
  });

  it('names both next steps when there is no credential', async () => {
    const {code, stderr} = await world.run(['threads', 'token']);
    expect(code).to.equal(3);
    expect(stderr).to.contain('tool threads authorize').and.contain('THREADS_REFRESH_TOKEN');
  });

  for (const [name, value] of [
    ['THREADS_TOKEN_EXPIRES_AT', 'soon'],
    ['THREADS_USER_ID', 'alice'],
    ['THREADS_REFRESH_TOKEN', 'a token\nof two lines'],
  ] as const) {
    it(`refuses a bad ${name} without repeating it`, async () => {
      const env = {THREADS_REFRESH_TOKEN: token, [name]: value};
      const {code, stderr} = await world.run(['threads', 'token'], {env});
      expect(code).to.equal(2);
      expect(stderr).to.contain(name).and.not.contain(value);
    });
  }
});
