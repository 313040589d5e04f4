import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect} from 'chai';
import {findHome} from '../../../src/config/home.js';
import {checkClock} from '../../../src/doctor/clock.js';
import {situationIn, told} from './situation.js';

const home = findHome({TOOL_HOME: '/nowhere'});

/** What is said of a service that answers so. */
async function toldOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string[]> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await told(checkClock, situationIn(home, {TOOL_THREADS_API_URL: url}));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** A service whose clock is so many minutes ahead of ours. */
const ahead = (minutes: number) => (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('date', new Date(Date.now() + minutes * 60_000).toUTCString());
  response.writeHead(404).end();
};

describe('diagnosis: the clock', () => {
  for (const [minutes, expected] of [
    [0, /^ok .* the clocks agree/],
    [0.9, /^ok/],
    [3, /^warning This machine's clock is 3 minutes behind 127\.0\.0\.1/],
    [-9, /^warning This machine's clock is 9 minutes ahead of 127\.0\.0\.1/],
    [15, /^error 7 This machine's clock is 15 minutes behind/],
    [-60 * 24, /^error 7 This machine's clock is 24 hours ahead of/],
    [-60 * 24 * 70, /^error 7 This machine's clock is 70 days ahead of/],
  ] as const)
    it(`is judged when the service’s is ${minutes} minutes ahead`, async () => {
      expect((await toldOf(ahead(minutes)))[0]).to.match(expected);
    });

  it('is compared by one request, without a token and without following a redirect', async () => {
    const requests: IncomingMessage[] = [];
    const remarks = await toldOf((request, response) => {
      requests.push(request);
      response.writeHead(302, {location: '/elsewhere'}).end();
    });
    expect(remarks[0]).to.match(/^ok/);
    expect(requests.map(({method, url}) => `${method} ${url}`)).to.deep.equal(['HEAD /']);
    expect(requests[0]!.headers).not.to.have.any.keys('authorization', 'cookie');
  });

  it('is only doubtful where the service does not tell the time', async () => {
    const remarks = await toldOf((_request, response) => {
      response.sendDate = false;
      response.end();
    });
    expect(remarks[0]).to.match(/^warning .* does not tell the time/);
  });

  it('is not known where nothing answers: a warning with the reason, asked once', async () => {
    expect(
      await told(checkClock, situationIn(home, {TOOL_THREADS_API_URL: 'http://127.0.0.1:9'})),
    ).to.deep.equal(['warning Could not reach 127.0.0.1:9: connection refused.']);
    let requests = 0;
    const remarks = await toldOf(request => {
      requests++;
      request.socket.destroy();
    });
    expect(remarks[0]).to.match(/^warning Could not reach .*: connection reset/);
    expect(requests).to.equal(1);
  });

  it('is not waited for longer than 5 seconds', async () => {
    const started = Date.now();
    expect((await toldOf(() => {}))[0]).to.match(/^warning .* no answer within 5 seconds/);
    expect(Date.now() - started).to.be.within(4500, 8000);
  });
});
