import {expect} from 'chai';
import {needsPrograms} from '../support/needs.js';
import {World} from '../support/world.js';

const DAY = 86_400_000;
const REFRESH = '/refresh_access_token';
const WATCH = ['utils', 'tokens', 'list', '--expires-within', '14d'];
/** The days on which the weekly job looks. */
const LOOKS = [7, 14, 21, 28, 35, 42, 49, 56, 63, 70];

describe('M8: a wrong clock', function () {
  this.timeout(300_000);
  let world: World;
  before(function () {
    needsPrograms(this, 'faketime');
  });
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  /** Lets the service and the machine be `days` days after the start. */
  function travelTo(days: number) {
    world.sandbox.clock.reset();
    world.sandbox.clock.advance({days});
    return {clock: `+${days}d`};
  }

  /** The days that the service would still accept the token. */
  async function daysLeft(token: string): Promise<number> {
    const query = new URLSearchParams({input_token: token, access_token: token});
    const answer = await fetch(`${world.sandbox.url}/v1.0/debug_token?${query}`);
    const {data} = (await answer.json()) as {data?: {is_valid: boolean; expires_at: number}};
    return data?.is_valid ? (data.expires_at * 1000 - world.sandbox.clock.now().getTime()) / DAY : -1;
  }

  it('M8: reckons the dates of a refreshed token by the service, and says how wrong the clock is', async () => {
    await world.store(50);
    const {code, stderr} = await world.run(['threads', 'token'], {clock: '+40d'});
    expect(code).to.equal(0);
    expect(world.requests(REFRESH)).to.equal(1);
    const {issued_at, expires_at} = (await world.stored())!;
    expect(Date.parse(issued_at!) - Date.now()).to.be.closeTo(0, 30_000);
    expect(Date.parse(expires_at!) - Date.now()).to.be.closeTo(60 * DAY, 30_000);
    expect(stderr).to.match(/Warning: This machine's clock is 40 days ahead of Threads/);
  });

  it('M8: after one use with the clock 40 days ahead, every weekly look refreshes or reports in time', async () => {
    await world.store(50);
    await world.run(['threads', 'token'], {clock: '+40d'});
    for (const day of LOOKS) {
      const now = travelTo(day);
      const watched = await world.run(WATCH, now);
      const refreshed = await world.run(['threads', 'refresh'], now);
      const left = await daysLeft((await world.stored())!.refresh_token);
      const isReported = watched.code === 9 || refreshed.code === 4;
      expect(left > 14 || isReported, `day ${day}: ${left} days left; ${watched.stderr}`).to.equal(true);
      expect(left, `day ${day}: ${refreshed.stdout}${refreshed.stderr}`).to.be.greaterThan(14);
    }
  });

  it('M8: does not believe stored dates that are in the future: each look asks for them or reports them', async () => {
    // As written with the clock 40 days ahead: the token itself is 10 days old.
    const at = (days: number) => new Date(Date.now() + days * DAY).toISOString();
    const future = {issued_at: at(40), refreshed_at: at(40), expires_at: at(100)};
    for (const look of [WATCH, ['threads', 'status', '--expires-within', '14d'], ['threads', 'refresh']]) {
      for (const day of LOOKS.filter(each => each < 40)) {
        await world.store(50, future);
        const now = travelTo(day);
        const {code, stderr} = await world.run(look, now);
        const stored = (await world.stored())!;
        const wasReported = code === 9 && /dates/.test(stderr);
        const wasCorrected = Math.abs((await daysLeft(stored.refresh_token)) - daysUntil(stored)) < 1;
        const what = `${look.join(' ')}, day ${day}: ${code} ${stderr}`;
        expect(wasReported || wasCorrected, what).to.equal(true);
        if (look !== WATCH) expect(wasCorrected, what).to.equal(true);
      }
    }
  });

  const daysUntil = ({expires_at}: {expires_at: string | null}) =>
    (Date.parse(expires_at!) - world.sandbox.clock.now().getTime()) / DAY;

  it('M8: decides by the service when the clock is 400 days behind', async () => {
    await world.store(20);
    const status = await world.run(['threads', 'status', '--expires-within', '14d'], {clock: '-400d'});
    expect(status.code).to.equal(0);
    expect(status.stdout)
      .to.contain('60 days left')
      .and.not.match(/4\d\d days/);
    expect(status.stderr).to.match(/clock is 400 days behind Threads/);
    expect(world.requests(REFRESH)).to.equal(1);
    expect(Date.parse((await world.stored())!.issued_at!) - Date.now()).to.be.closeTo(0, 30_000);
  });

  for (const clock of ['+40d', '-400d'])
    it(`M8: stores the dates of the service after a login with the clock off by ${clock}`, async () => {
      const {access_token} = world.sandbox.mint({kind: 'short'});
      const {code, value, stderr} = await world.json(['threads', 'exchange', '--short-lived-token', '-'], {
        env: {THREADS_APP_ID: world.sandbox.appId, THREADS_APP_SECRET: world.sandbox.appSecret},
        stdin: `${access_token}\n`,
        clock,
      });
      expect(code, stderr).to.equal(0);
      expect(stderr.match(/This machine's clock is \d+ days (ahead of|behind) Threads/g)).to.have.length(1);
      expect(Date.parse(value.issued_at) - Date.now()).to.be.closeTo(0, 30_000);
      expect(Date.parse(value.expires_at) - Date.now()).to.be.closeTo(60 * DAY, 30_000);
    });

  it('M8: says once for all credentials how wrong the clock is', async () => {
    for (const identifier of ['one', 'two', 'three']) await world.store(50, {identifier});
    const {code, stderr} = await world.run(['threads', 'refresh', '--all'], {clock: '+40d'});
    expect(code).to.equal(0);
    expect(world.requests(REFRESH)).to.equal(3);
    expect(stderr.match(/This machine's clock/g)).to.have.length(1);
  });

  it('D10: mentions the clock where a token seems to have expired', async () => {
    await world.store(50);
    const date = new Date(Date.now() + 70 * DAY).toISOString().slice(0, 10);
    for (const env of [
      {},
      {THREADS_REFRESH_TOKEN: 'THAAfake', THREADS_TOKEN_EXPIRES_AT: new Date().toISOString()},
    ]) {
      const {code, value} = await world.json(['threads', 'token'], {clock: '+70d', env});
      expect(code).to.equal(4);
      expect(value.error.suggestions.join('\n')).to.contain(
        `If this machine's clock is wrong, correct it: its date is ${date}`,
      );
    }
  });

  it('D10: remarks dates that cannot be', async () => {
    await world.store(50);
    const list = await world.run(['utils', 'tokens', 'list'], {clock: '-400d'});
    expect(list.stderr).to.match(/Warning: .*alice.*in the future.*clock/s);
    expect(list.stdout).not.to.match(/4\d\d days/);
  });

  it('D9: says that the clock is wrong when the service refuses a refresh as too early', async () => {
    await world.store(60);
    const {code, value} = await world.json(['threads', 'refresh'], {clock: '+29d'});
    expect(code).to.equal(7);
    expect(value.error.code).to.equal('REFRESH_REFUSED');
    expect(value.error.suggestions.join('\n'))
      .to.contain("This machine's clock is 29 days ahead of Threads")
      .and.not.match(/post/i);
  });
});
