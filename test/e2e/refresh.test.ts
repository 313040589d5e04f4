import {expect} from 'chai';
import {World} from '../support/world.js';

const REFRESH = '/refresh_access_token';

describe('automatic refresh', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  it('refreshes a token with five days left once, and not again for the next command', async () => {
    const before = await world.store(5);
    const first = await world.run(['threads', 'token']);
    const second = await world.run(['threads', 'token']);
    expect([first.code, second.code]).to.deep.equal([0, 0]);
    expect(world.requests(REFRESH)).to.equal(1);
    expect(first.stdout).to.equal(second.stdout).and.not.equal(`${before.refresh_token}\n`);
    const after = await world.stored();
    expect(`${after!.refresh_token}\n`).to.equal(first.stdout);
    expect(Date.parse(after!.expires_at!) - Date.now()).to.be.greaterThan(59 * 86_400_000);
    expect(after!.refreshed_at).to.be.a('string');
  });

  it('does not refresh a token with forty days left', async () => {
    const {refresh_token} = await world.store(40);
    const {code, stdout} = await world.run(['threads', 'token']);
    expect({code, stdout}).to.deep.equal({code: 0, stdout: `${refresh_token}\n`});
    expect(world.sandbox.requests).to.deep.equal([]);
  });

  it('ends with 4 for an expired token, without a request', async () => {
    await world.store(-1);
    const {code, stdout, stderr} = await world.run(['threads', 'status']);
    expect({code, stdout}).to.deep.equal({code: 4, stdout: ''});
    expect(stderr).to.contain('expired').and.contain('tool threads authorize');
    expect(world.sandbox.requests).to.deep.equal([]);
  });

  it('continues with a warning when the service answers a refresh with an HTML error page', async () => {
    const {refresh_token} = await world.store(5);
    const fault = world.sandbox.fail(REFRESH, {status: 500, body: '<html>Sorry</html>', type: 'text/html'});
    const {code, stdout, stderr} = await world.run(['threads', 'token']);
    expect(fault.fired()).to.equal(1);
    expect({code, stdout}).to.deep.equal({code: 0, stdout: `${refresh_token}\n`});
    expect(stderr).to.match(/^Warning: .*Could not refresh the token/);
  });

  it('ends with 4 when the response is lost and the service has revoked the old token', async () => {
    await world.destroy();
    world = await World.create({refreshInvalidatesOld: true});
    await world.store(5);
    const fault = world.sandbox.fail(REFRESH, {drop: 'after'});
    const {code, stderr} = await world.run(['threads', 'token']);
    expect(fault.fired()).to.equal(1);
    expect(code).to.equal(4);
    expect(stderr).to.contain('lost on the way').and.contain('tool threads authorize');
  });

  it('keeps the old token when the response is lost and it is still valid', async () => {
    const {refresh_token} = await world.store(5);
    const fault = world.sandbox.fail(REFRESH, {drop: 'after'});
    const {code, stdout, stderr} = await world.run(['threads', 'token']);
    expect(fault.fired()).to.equal(1);
    expect({code, stdout}).to.deep.equal({code: 0, stdout: `${refresh_token}\n`});
    expect(stderr).to.contain('Warning');
  });

  it('sends one request for twenty concurrent processes', async () => {
    await world.store(5);
    const results = await Promise.all(Array.from({length: 20}, () => world.run(['threads', 'token'])));
    expect(results.map(({code}) => code)).to.deep.equal(Array(20).fill(0));
    expect(new Set(results.map(({stdout}) => stdout)).size).to.equal(1);
    expect(world.requests(REFRESH)).to.equal(1);
  });

  describe('threads refresh', () => {
    it('refreshes the stored token and shows no secret', async () => {
      await world.store(20);
      const {code, stdout} = await world.run(['threads', 'refresh']);
      const {refresh_token} = (await world.stored())!;
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(/^Refreshed: alice, 60 days left/)
        .and.not.contain(refresh_token);
    });

    it('reports that the token is not due, without a request', async () => {
      await world.store(50);
      const {value} = await world.json(['threads', 'refresh']);
      expect(value).to.include({refreshed: false, identifier: 'alice'});
      expect(world.sandbox.requests).to.deep.equal([]);
    });

    it('sends a request anyway with --force, and reports a refusal', async () => {
      await world.store(50);
      expect((await world.run(['threads', 'refresh', '--force'])).code).to.equal(0);
      expect(world.requests(REFRESH)).to.equal(1);
      const {code, value} = await world.json(['threads', 'refresh', '--force']);
      expect(code).to.equal(7);
      expect(value.error).to.include({code: 'REFRESH_REFUSED'});
    });

    it('fails when the service fails, although the old token is valid', async () => {
      const before = await world.store(5);
      world.sandbox.fail(REFRESH, {status: 500, body: 'no'});
      expect((await world.run(['threads', 'refresh'])).code).to.equal(7);
      expect(await world.stored()).to.deep.equal(before);
    });

    it('refreshes everything with --all, continues after a failure and returns its exit code', async () => {
      await world.store(5, {identifier: 'one'});
      await world.store(-1, {identifier: 'two'});
      await world.store(5, {identifier: 'three'});
      const {code, stdout, stderr} = await world.run(['threads', 'refresh', '--all']);
      expect(code).to.equal(4);
      expect(stdout.match(/^Refreshed: /gm)).to.have.length(2);
      expect(stderr).to.match(/two: .*expired/);
    });
  });
});
