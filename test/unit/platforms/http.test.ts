import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {inspect} from 'node:util';
import {expect} from 'chai';
import nock from 'nock';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {quoteIdentifiers, sendRequest, sendWithRetries} from '../../../src/platforms/http.js';
import {withFolder} from '../../support/folder.js';
import {failure} from '../../support/outcome.js';
import {secretsIn} from '../../support/secrets.js';
import {API, interceptRequests} from './interception.js';

const SECRETS = {
  token: 'THAAfake-token-0123456789abcdef',
  query: 'THAAfake-query-0123456789abcdef',
  form: 'fake-form-secret-0123456789abcdef',
};
const URL_WITH_SECRET = new URL(`${API}/path?access_token=${SECRETS.query}`);
const never = () => false;

describe('sendRequest', () => {
  interceptRequests();
  const at = () => nock(API).get('/path').query(true);

  it('returns the status, the text and the parsed body', async () => {
    at().reply(201, {a: 1});
    expect(await sendRequest(URL_WITH_SECRET)).to.deep.equal({
      status: 201,
      text: '{"a":1}',
      body: {a: 1},
      retryAfter: undefined,
    });
  });

  it('sends the token in a header and the form URL-encoded', async () => {
    nock(API, {reqheaders: {authorization: `Bearer ${SECRETS.token}`, accept: 'application/json'}})
      .post('/path', 'a=1&b=%26+%C3%A4')
      .matchHeader('content-type', /^application\/x-www-form-urlencoded/)
      .reply(200, {});
    const form = new URLSearchParams({a: '1', b: '& ä'});
    await sendRequest(new URL(`${API}/path`), {method: 'POST', form, token: SECRETS.token});
  });

  it('sends no Authorization header without a token', async () => {
    nock(API, {badheaders: ['authorization']})
      .get('/path')
      .reply(200, {});
    await sendRequest(new URL(`${API}/path`));
  });

  for (const [text, what] of [
    ['', 'empty'],
    ['<html>', 'an HTML page'],
    ['null', 'null'],
    ['7', 'a number'],
    ['"text"', 'a string'],
    ['{"cut', 'truncated JSON'],
  ])
    it(`returns no body if the answer is ${what}`, async () => {
      at().reply(200, text);
      expect(await sendRequest(URL_WITH_SECRET)).to.include({status: 200, text, body: undefined});
    });

  for (const status of [301, 302, 303, 307, 308])
    it(`does not follow a ${status} redirect, and ignores its body`, async () => {
      const elsewhere = nock('https://elsewhere.test').get(/.*/).query(true).reply(200, {});
      at().reply(status, {access_token: 'fake'}, {location: `https://elsewhere.test/?t=${SECRETS.query}`});
      expect(await sendRequest(URL_WITH_SECRET, {token: SECRETS.token})).to.include({
        status,
        body: undefined,
      });
      expect(elsewhere.isDone()).to.equal(false);
      nock.cleanAll();
    });

  it('accepts an answer of 1 MiB and rejects a larger one', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    at().reply(200, megabyte);
    expect((await sendRequest(URL_WITH_SECRET)).text).to.have.lengthOf(megabyte.length);
    at().reply(200, `${megabyte}x`);
    expect(await failure(sendRequest(URL_WITH_SECRET))).to.include({code: 'PLATFORM_FAILED', exitCode: 7});
  });

  for (const [header, seconds] of [
    ['7', 7],
    ['0', 0],
    ['soon', undefined],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ] as const)
    it(`parses Retry-After: ${header || '(empty)'} as ${seconds}`, async () => {
      at().reply(429, '', {'retry-after': header});
      expect((await sendRequest(URL_WITH_SECRET)).retryAfter).to.equal(seconds);
    });

  it('parses a date in Retry-After', async () => {
    at().reply(429, '', {'retry-after': new Date(Date.now() + 60_000).toUTCString()});
    expect((await sendRequest(URL_WITH_SECRET)).retryAfter).to.be.within(50, 60);
  });

  it("M8: compares a date in Retry-After with the service's own time", async () => {
    const [date, later] = [0, 10].map(seconds => new Date(Date.now() + 4e9 + seconds * 1000).toUTCString());
    at().reply(429, '', {date: date!, 'retry-after': later!});
    expect((await sendRequest(URL_WITH_SECRET)).retryAfter).to.equal(10);
  });
});

describe('sendRequest: network errors', () => {
  interceptRequests();

  for (const code of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
    it(`D10: mentions the clock after ${code}`, async () => {
      nock(API)
        .get('/path')
        .replyWithError(Object.assign(new Error('failed'), {code}));
      const {message, suggestions} = await failure(sendRequest(new URL(`${API}/path`)));
      expect(message).to.include("by this machine's clock");
      expect(suggestions.join()).to.include(`its date is ${new Date().toISOString().slice(0, 10)}`);
    });

  for (const [code, reason] of [
    ['ENOTFOUND', 'host not found'],
    ['EAI_AGAIN', 'DNS lookup failed'],
    ['ECONNREFUSED', 'connection refused'],
    ['ECONNRESET', 'connection reset'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
    ['CERT_HAS_EXPIRED', 'certificate'],
    ['CERT_NOT_YET_VALID', 'certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
    ['EWHATEVER', 'connection failed'],
    [undefined, 'connection failed'],
  ] as const)
    it(`explains ${code} without repeating a secret`, async () => {
      const words = `failed: ${URL_WITH_SECRET} ${SECRETS.token} ${SECRETS.form}`;
      nock(API)
        .post('/path')
        .query(true)
        .replyWithError(Object.assign(new TypeError(words, {cause: words}), {code}));
      const form = new URLSearchParams({client_secret: SECRETS.form});
      const outcome = await failure(
        sendRequest(URL_WITH_SECRET, {method: 'POST', form, token: SECRETS.token}),
      );
      expect(outcome).to.include({code: 'NETWORK_FAILED', exitCode: 7});
      expect(outcome.message).to.include(reason).and.include('graph.threads.net');
      const shown = inspect(outcome, {showHidden: true, depth: Infinity}) + JSON.stringify(outcome);
      expect(secretsIn(shown + outcome.stack, SECRETS)).to.deep.equal([]);
      expect(outcome.cause).to.equal(undefined);
    });
});

describe('sendRequest: a real server', () => {
  async function withServer(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    use: (url: URL) => Promise<unknown>,
  ) {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await use(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?t=${SECRETS.query}`));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('stops reading an endless answer', () =>
    withServer(
      (_, response) => {
        const chunk = Buffer.alloc(64 * 1024);
        const more = () => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      },
      async url => expect((await failure(sendRequest(url))).code).to.equal('PLATFORM_FAILED'),
    ));

  it('fails with NETWORK_FAILED if the answer is cut off', () =>
    withServer(
      (_, response) => {
        response.writeHead(200, {'content-length': '1000'});
        response.write('{"access_token":"THAAfake', () => response.destroy());
      },
      async url => expect((await failure(sendRequest(url))).code).to.equal('NETWORK_FAILED'),
    ));

  it('reports a connection that was reset', () =>
    withServer(
      (_, response) => response.destroy(),
      async url => expect((await failure(sendRequest(url))).message).to.include('connection reset'),
    ));

  it('reports a refused connection', async () => {
    let gone: URL | undefined;
    await withServer(
      () => {},
      async url => {
        gone = url;
      },
    );
    expect((await failure(sendRequest(gone!))).message).to.include('connection refused');
  });

  it('reports a certificate that is not trusted', () =>
    withFolder(async folder => {
      const server = createHttpsServer(await loopbackCertificate(folder)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const {port} = server.address() as AddressInfo;
      const outcome = await failure(sendRequest(new URL(`https://127.0.0.1:${port}/?t=${SECRETS.query}`)));
      expect(outcome.message).to.include('certificate is not trusted');
      expect(secretsIn(inspect(outcome, {showHidden: true, depth: Infinity}), SECRETS)).to.deep.equal([]);
      server.close();
    }));

  it('gives up if no complete answer arrives within 20 seconds', () =>
    withServer(
      (_, response) => void response.write('{"an answer":"that never ends'),
      async url => {
        const {timeout} = AbortSignal;
        const timeouts: number[] = [];
        AbortSignal.timeout = milliseconds => {
          timeouts.push(milliseconds);
          return timeout.call(AbortSignal, 50);
        };
        const outcome = await failure(sendRequest(url)).finally(() => {
          AbortSignal.timeout = timeout;
        });
        expect(timeouts).to.deep.equal([20_000]);
        expect(outcome.code).to.equal('NETWORK_FAILED');
        expect(outcome.message).to.include('no answer within 20 seconds');
      },
    ));

  it('stops at once when it is aborted', () =>
    withServer(
      () => {},
      async url => {
        const stop = new AbortController();
        const sent = failure(sendRequest(url, {signal: stop.signal}));
        stop.abort();
        expect((await sent).code).to.equal('INTERRUPTED');
      },
    ));
});

describe('sendWithRetries', () => {
  interceptRequests();
  const url = new URL(`${API}/path`);
  const at = () => nock(API).get('/path');
  const now = {'retry-after': '0'};

  for (const status of [429, 500, 502, 503, 504])
    it(`retries after ${status}`, async () => {
      at().times(2).reply(status, '', now);
      at().reply(200, {a: 1});
      expect((await sendWithRetries(url, {}, never)).body).to.deep.equal({a: 1});
    });

  it('retries after an answer that isTransient accepts', async () => {
    at().reply(400, {error: {code: 2}}, now);
    at().reply(200, {});
    expect(await sendWithRetries(url, {}, answer => answer.status === 400)).to.include({status: 200});
  });

  for (const status of [200, 302, 400, 401, 403, 404])
    it(`does not retry after ${status}`, async () => {
      at().reply(status, '{}');
      expect(await sendWithRetries(url, {}, never)).to.include({status});
    });

  it('tries four times at most and returns the last answer', async () => {
    at().times(3).reply(503, '', now);
    at().reply(503, 'the last');
    expect(await sendWithRetries(url, {}, never)).to.include({status: 503, text: 'the last'});
  });

  it('does not retry after an answer that is too large', async () => {
    let requests = 0;
    at()
      .times(2)
      .reply(() => {
        requests++;
        return [200, 'x'.repeat(1024 * 1024 + 1)];
      });
    expect((await failure(sendWithRetries(url, {}, never))).code).to.equal('PLATFORM_FAILED');
    expect(requests).to.equal(1);
    nock.cleanAll();
  });

  it('retries after a network failure, with a pause', async () => {
    at().replyWithError(Object.assign(new Error('broken'), {code: 'ECONNRESET'}));
    at().reply(200, {});
    const started = Date.now();
    expect(await sendWithRetries(url, {}, never)).to.include({status: 200});
    expect(Date.now() - started).to.be.within(300, 3000);
  });

  it('waits as long as Retry-After says', async () => {
    at().reply(429, '', {'retry-after': '1'});
    at().reply(200, {});
    const started = Date.now();
    await sendWithRetries(url, {}, never);
    expect(Date.now() - started).to.be.within(950, 3000);
  });

  it('does not retry if Retry-After exceeds 20 seconds', async () => {
    for (const patience of ['21', '3600', new Date(Date.now() + 60_000).toUTCString()]) {
      at().reply(429, '', {'retry-after': patience});
      expect(await sendWithRetries(url, {}, never)).to.include({status: 429});
    }
  });

  it('does not retry after it was aborted', async () => {
    const stop = new AbortController();
    at().reply(() => {
      stop.abort();
      return [503, ''];
    });
    const outcome = await failure(sendWithRetries(url, {signal: stop.signal}, never));
    expect(outcome.code).to.equal('INTERRUPTED');
  });
});

describe('quoteIdentifiers', () => {
  for (const [json, expected] of [
    ['{"user_id":26139168152370559}', '{"user_id":"26139168152370559"}'],
    ['{"success":true,"deleted_id":26139168152370559}', '{"success":true,"deleted_id":"26139168152370559"}'],
    ['{"id" : 26139168152370559}', '{"id" : "26139168152370559"}'],
    ['{"id":1,"data":[{"id":2}]}', '{"id":"1","data":[{"id":"2"}]}'],
    ['{"app_id":99060262793809811}', '{"app_id":"99060262793809811"}'],
    ['{"id":"26139168152370559"}', '{"id":"26139168152370559"}'],
    ['{"expires_in":5184000,"grid":7,"code":190}', '{"expires_in":5184000,"grid":7,"code":190}'],
    ['{"text":"\\"id\\": 7"}', '{"text":"\\"id\\": 7"}'],
    ['{"id":null}', '{"id":null}'],
    ['{"id":1.5,"user_id":-1,"app_id":12e3}', '{"id":1.5,"user_id":-1,"app_id":12e3}'],
    ['{"id":007}', '{"id":007}'],
  ] as const)
    it(`keeps every digit of ${json}`, () => {
      expect(quoteIdentifiers(json)).to.equal(expected);
    });
});
