import {once} from 'node:events';
import {Agent, request} from 'node:https';
import {connect, type Socket} from 'node:net';
import {expect} from 'chai';
import {visit, World} from '../support/world.js';

const REQUESTS = 10_000;
const SOCKETS = 500;

describe('the callback of a running authorize command', () => {
  let world: World;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await world.destroy();
  });

  it(`survives ${REQUESTS} junk requests and ${SOCKETS} half-open sockets, then accepts the redirect within a second`, async function () {
    this.timeout(240_000);
    const running = world.startAuthorize();
    const location = await world.login(await running.authorizationUrl());
    const {port} = new URL(world.redirectUri);

    for (let i = 0; i < SOCKETS; i++) {
      const socket = connect(Number(port), i % 2 ? '127.0.0.1' : '::1').on('error', () => {});
      sockets.push(socket);
      // Silent, in the middle of a handshake, or sending plain HTTP to the TLS port.
      socket.write(
        [Buffer.alloc(0), Buffer.from([0x16, 3, 1, 2]), Buffer.from('GET / HTTP/1.1\r\n')][i % 3]!,
      );
    }

    const agent = new Agent({keepAlive: true, maxSockets: 50, rejectUnauthorized: false});
    const statuses = new Map<number, number>();
    const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const state = new URL(location).searchParams.get('state')!;
    const junk = [
      '/',
      '/callback/',
      '/callback',
      '/callback?error=access_denied&error_reason=user_denied',
      '/callback?code=x&state=wrong',
      `/callback?code=x&state=${state.slice(0, -1)}`,
      `/callback?code=x&state=${state}&state=${state}`,
      `/favicon.ico?${'x'.repeat(20_000)}`,
    ];
    await Promise.all(
      Array.from({length: 50}, async (_, worker) => {
        for (let i = worker; i < REQUESTS; i += 50) count(await status(junk[i % junk.length]!, port, agent));
      }),
    );
    agent.destroy();

    const answered = [...statuses].filter(([code]) => code > 0).reduce((sum, [, times]) => sum + times, 0);
    expect([...statuses.keys()].every(code => code === 0 || (code >= 400 && code < 500))).to.equal(true);
    expect(answered, 'answered with a 4xx').to.be.at.least(REQUESTS * 0.95);
    expect(running.child.exitCode).to.equal(null);

    const started = performance.now();
    const {status: final, html} = await visit(location);
    const milliseconds = performance.now() - started;
    expect(final).to.equal(200);
    expect(html).to.contain('@sandbox_account');
    expect(milliseconds).to.be.below(1000);
    expect((await running.ended).code).to.equal(0);
    console.log(
      `        ${REQUESTS} junk requests, ${answered} answered with 4xx; the redirect took ${Math.round(milliseconds)} ms`,
    );
  });
});

/** Returns the status of a request, or 0 if the connection was dropped. */
async function status(path: string, port: string, agent: Agent): Promise<number> {
  try {
    const sent = request({host: 'localhost', port, path, agent}).end();
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  } catch {
    return 0;
  }
}
