import {once} from 'node:events';
import {connect} from 'node:net';
import {expect} from 'chai';
import {type Sandbox, startSandbox} from '../../../../../src/platforms/threads/sandbox/sandbox.js';
import {caller, get, me, refresh, TWO_ACCOUNTS, withSandbox} from './client.js';

/** Reports whether a promise rejects, as `fetch` does if the connection breaks. */
const rejects = (reply: Promise<unknown>) =>
  reply.then(
    () => false,
    () => true,
  );

const refreshableToken = (sandbox: Sandbox) =>
  sandbox.mint({issuedAt: new Date(Date.now() - 2e8)}).access_token;

describe('sandbox: server', () => {
  it(
    'listens only on 127.0.0.1 and forbids caching',
    withSandbox(async sandbox => {
      expect(sandbox.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(await rejects(fetch(sandbox.url.replace('127.0.0.1', '127.0.0.2')))).to.equal(true);
      expect(sandbox.authorizeUrl).to.equal(`${sandbox.url}/oauth/authorize`);
      expect(sandbox.appId).to.match(/^\d+$/);
      expect((await fetch(`${sandbox.url}/me`)).headers.get('cache-control')).to.equal('no-store');
    }),
  );

  it(
    'uses the given port, and rejects if it is in use',
    withSandbox(async sandbox => {
      const port = Number(new URL(sandbox.url).port);
      expect(await rejects(startSandbox({port}))).to.equal(true);
      await sandbox.close();
      const again = await startSandbox({port});
      expect(again.url).to.equal(sandbox.url);
      await again.close();
    }),
  );

  it(
    'rejects an unknown path or method with a Graph error and 404',
    withSandbox(async sandbox => {
      for (const path of [
        '/nothing',
        '/v2.0/me',
        '//',
        '/v1.0/access_token',
        '/v1.0/sandbox_account/threads',
        '/v1.0/me/insights',
        '/v1.0/me/threads/',
      ]) {
        const {status, json} = await get(sandbox, path);
        expect(status, path).to.equal(404);
        expect(json.error.code).to.equal(2500);
      }
      expect((await fetch(`${sandbox.url}/me`, {method: 'DELETE'})).status).to.equal(404);
    }),
  );

  it(
    'rejects a body over 64 KiB',
    withSandbox(async sandbox => {
      const post = (length: number) =>
        fetch(`${sandbox.url}/oauth/access_token`, {
          method: 'POST',
          body: new URLSearchParams({code: 'x'.repeat(length)}),
        });
      expect((await post(65_537)).status).to.equal(413);
      expect((await post(60_000)).status).to.equal(400);
    }),
  );

  it(
    'records every request, in order',
    withSandbox(async sandbox => {
      sandbox.clock.advance({days: 10});
      await me(sandbox, 'THAAfake');
      await fetch(`${sandbox.url}/oauth/access_token?a=1`, {
        method: 'POST',
        body: new URLSearchParams({code: 'x'}),
      });
      const [first, second] = sandbox.requests;
      expect(sandbox.requests).to.have.length(2);
      expect(first).to.include({method: 'GET', path: '/v1.0/me'});
      expect(first!.query.get('fields')).to.equal('id,username,name');
      expect(first!.headers.authorization).to.equal('Bearer THAAfake');
      expect(first!.at.getTime() - Date.now()).to.be.closeTo(864_000_000, 5000);
      expect(second).to.include({method: 'POST', path: '/oauth/access_token'});
      expect([second!.query.get('a'), second!.form.get('code')]).to.deep.equal(['1', 'x']);
    }),
  );

  it(
    'moves the clock forward, back and to the present',
    withSandbox(async ({clock}) => {
      const offset = () => clock.now().getTime() - Date.now();
      clock.advance({days: 1, hours: 1, minutes: 1, seconds: 1});
      expect(offset()).to.be.closeTo(90_061_000, 1000);
      clock.advance({days: -2});
      expect(offset()).to.be.closeTo(90_061_000 - 172_800_000, 1000);
      clock.reset();
      expect(offset()).to.be.closeTo(0, 1000);
    }),
  );

  it(
    'sends the time of its clock as the Date of every answer, unless a fault has its own',
    withSandbox(async sandbox => {
      const dateOf = async (path: string) => {
        const {headers} = await fetch(`${sandbox.url}${path}`);
        return Date.parse(headers.get('date')!);
      };
      sandbox.clock.advance({days: -400});
      expect(await dateOf('/v1.0/me')).to.be.closeTo(sandbox.clock.now().getTime(), 2000);
      const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
      const fault = sandbox.fail('/v1.0/me', {status: 500, body: '', headers: {date}});
      expect(await dateOf('/v1.0/me')).to.equal(Date.parse(date));
      expect(fault.fired()).to.equal(1);
    }),
  );

  it(
    'mints tokens for a named account, and knows only its own accounts and tokens',
    withSandbox(
      async sandbox => {
        const {access_token, user_id} = sandbox.mint({username: 'second'});
        expect(user_id).to.equal('2');
        expect((await me(sandbox, access_token)).json).to.deep.equal({
          id: '2',
          username: 'second',
          name: 'Second',
        });
        expect(() => sandbox.mint({username: 'third'})).to.throw('third');
        expect(() => sandbox.revoke('THAAfake')).to.throw('no such token');
      },
      {accounts: TWO_ACCOUNTS},
    ),
  );

  it('closes idle, half-sent and unanswered requests, and can be closed twice', async () => {
    const sandbox = await startSandbox();
    sandbox.fail('/me', {hang: true});
    const unanswered = rejects(get(sandbox, '/me'));
    const sockets = ['', 'POST /oauth/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'].map(
      text => {
        const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1').on('error', () => {});
        if (text) socket.write(text);
        return socket;
      },
    );
    while (sandbox.requests.length < 2) await new Promise(setImmediate);
    const closed = sockets.map(socket => once(socket, 'close'));
    await sandbox.close();
    await Promise.all([...closed, sandbox.close()]);
    expect(await unanswered).to.equal(true);
  }).timeout(5000);
});

describe('sandbox: faults', () => {
  it(
    'sends the given response, the given number of times, on that path only',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint();
      const body = '<html>Sorry</html>';
      const fault = sandbox.fail('/v1.0/me', {status: 500, body, headers: {'retry-after': '7'}}, 2);
      expect((await get(sandbox, '/me', {access_token})).status).to.equal(200);
      expect(fault.fired()).to.equal(0);
      for (const fired of [1, 2]) {
        const response = await fetch(`${sandbox.url}/v1.0/me`);
        expect([response.status, await response.text()]).to.deep.equal([500, body]);
        expect(response.headers.get('content-type')).to.match(/^text\/html/);
        expect(response.headers.get('retry-after')).to.equal('7');
        expect(fault.fired()).to.equal(fired);
      }
      expect((await me(sandbox, access_token)).status).to.equal(200);
      expect(fault.fired()).to.equal(2);
    }),
  );

  it(
    'applies to every request that matches the route and method',
    withSandbox(async sandbox => {
      const {get, post, delete: remove, publish} = caller(sandbox);
      const pattern = sandbox.fail('/v1.0/:user/threads', {status: 503, body: {}}, 3);
      const reading = await get('/v1.0/me/threads');
      const writing = await post('/v1.0/26139168152370559/threads');
      expect([reading.status, writing.status, pattern.fired()]).to.deep.equal([503, 503, 2]);
      expect((await get('/me/threads')).status, 'without the version').to.equal(200);
      expect((await get('/v1.0/me/threads_publishing_limit')).status).to.equal(200);
      expect((await get('/v1.0/me/threads')).status, 'the third time').to.equal(503);

      const path = `/v1.0/${await publish()}`;
      const deletion = sandbox.fail('DELETE /v1.0/:id', {status: 503, body: {}});
      expect((await get(path)).status).to.equal(200);
      expect(deletion.fired()).to.equal(0);
      expect((await remove(path)).status).to.equal(503);
      expect((await remove(path)).status).to.equal(200);
    }),
  );

  it(
    'sends an object as JSON, or with the given type',
    withSandbox(async sandbox => {
      sandbox.fail('/me', {status: 503, body: {error: {code: 2}}});
      sandbox.fail('/me', {status: 200, body: {}, type: 'text/plain'});
      const first = await fetch(`${sandbox.url}/me`);
      expect([first.status, await first.json()]).to.deep.equal([503, {error: {code: 2}}]);
      expect(first.headers.get('content-type')).to.match(/^application\/json/);
      expect((await fetch(`${sandbox.url}/me`)).headers.get('content-type')).to.equal('text/plain');
    }),
  );

  it(
    'delays the normal response',
    withSandbox(async sandbox => {
      const fault = sandbox.fail('/v1.0/me', {delay: 80});
      const start = performance.now();
      expect((await me(sandbox, sandbox.mint().access_token)).status).to.equal(200);
      expect(performance.now() - start).to.be.at.least(75);
      expect(fault.fired()).to.equal(1);
    }),
  );

  it(
    'closes the connection before the refresh takes effect',
    withSandbox(
      async sandbox => {
        const token = refreshableToken(sandbox);
        sandbox.fail('/refresh_access_token', {drop: 'before'});
        expect(await rejects(refresh(sandbox, token))).to.equal(true);
        expect((await me(sandbox, token)).status).to.equal(200);
      },
      {refreshInvalidatesOld: true},
    ),
  );

  it(
    'closes the connection after the refresh took effect',
    withSandbox(
      async sandbox => {
        const token = refreshableToken(sandbox);
        sandbox.fail('/refresh_access_token', {drop: 'after'}, 2);
        expect(await rejects(refresh(sandbox, token))).to.equal(true);
        expect((await me(sandbox, token)).json.error.code).to.equal(190);
        expect(await rejects(refresh(sandbox, token)), 'a refusal is lost as well').to.equal(true);
      },
      {refreshInvalidatesOld: true},
    ),
  );

  it(
    'never responds',
    withSandbox(async sandbox => {
      const fault = sandbox.fail('/me', {hang: true});
      expect(await rejects(fetch(`${sandbox.url}/me`, {signal: AbortSignal.timeout(100)}))).to.equal(true);
      expect(fault.fired()).to.equal(1);
    }),
  );
});
