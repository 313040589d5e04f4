import {once} from 'node:events';
import {Server as NetServer} from 'node:net';
import {expect} from 'chai';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {
  type AuthorizationAnswer,
  type LoopbackListener,
  listenOnLoopback,
} from '../../../src/oauth/loopback-listener.js';
import {
  ask,
  closed,
  failure,
  freePort,
  isPending,
  occupy,
  silentConnection,
  vacate,
  withFolder,
} from './support.js';

const state = 'the-right-state';
const page = {status: 200, html: '<!doctype html><p>Done.'};
const right = `/callback?code=secret-code&state=${state}`;

describe('loopback listener', () => {
  let certificate: {key: string; cert: string};
  let port: number;
  let listener: LoopbackListener | undefined;

  before(async () => {
    certificate = await withFolder(folder => loopbackCertificate(`${folder}/tls`));
  });
  beforeEach(async () => {
    port = await freePort();
  });
  afterEach(async () => {
    await listener?.close();
    listener = undefined;
  });

  async function listen(origin: string): Promise<LoopbackListener> {
    listener = await listenOnLoopback({redirectUri: new URL(`${origin}/callback`), state, certificate});
    return listener;
  }

  it('listens on loopback hosts only', async () => {
    for (const host of ['example.org', '0.0.0.0', 'localhost.example.org']) {
      expect((await failure(listen(`https://${host}:${port}`))).code).to.equal('INTERNAL');
    }
  });

  for (const scheme of ['http', 'https']) {
    for (const address of ['127.0.0.1', '::1']) {
      it(`answers ${scheme}://localhost on ${address}`, async () => {
        const {answer} = await listen(`${scheme}://localhost:${port}`);
        const reply = ask(`${scheme}://localhost:${port}`, right, {address});
        const {parameters, respond} = await answer;
        expect(parameters.get('code')).to.equal('secret-code');
        await respond!(page);
        expect(await reply).to.include({status: 200, body: page.html});
      });

      it(`answers ${scheme}://${address} on that address only`, async () => {
        const origin = new URL(`${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`)
          .origin;
        const {answer} = await listen(origin);
        const other = address === '::1' ? '127.0.0.1' : '::1';
        const error = await ask(origin, right, {address: other}).catch(error => error);
        expect(error.code).to.equal('ECONNREFUSED');
        const reply = ask(origin, right);
        await (await answer).respond!(page);
        expect((await reply).status).to.equal(200);
      });
    }
  }

  it('rejects a second Host header even if the first is right', async () => {
    const {answer} = await listen(`http://localhost:${port}`);
    for (const other of ['example.org', `localhost:${port}`]) {
      const head = `GET ${right} HTTP/1.1\r\nHost: localhost:${port}\r\nHost: ${other}\r\n\r\n`;
      const socket = await silentConnection(port, head);
      socket.setEncoding('latin1');
      const [reply] = await once(socket, 'data');
      expect(reply).to.match(/^HTTP\/1\.1 421 /);
    }
    expect(await isPending(answer)).to.equal(true);
  });

  describe('during a login', () => {
    let origin: string;
    let answer: Promise<AuthorizationAnswer>;

    beforeEach(async () => {
      origin = `http://localhost:${port}`;
      ({answer} = await listen(origin));
    });

    it('accepts a refusal with the right state as an answer', async () => {
      const reply = ask(origin, `/callback?error=access_denied&error_reason=user_denied&state=${state}`);
      const {parameters, respond} = await answer;
      expect(parameters.get('error')).to.equal('access_denied');
      await respond!({status: 403, html: 'Not authorized'});
      expect(await reply).to.include({status: 403, body: 'Not authorized'});
    });

    it('responds to the browser only when the outcome is known', async () => {
      const reply = ask(origin, right);
      const {respond} = await answer;
      await ask(origin, '/favicon.ico');
      expect(await isPending(reply)).to.equal(true);
      await respond!(page);
      expect((await reply).body).to.equal(page.html);
    });

    it('shows a reload the same page, before and after the outcome is known', async () => {
      const first = ask(origin, right);
      const {parameters, respond} = await answer;
      const meanwhile = ask(origin, right.replace('secret-code', 'another-code'));
      const prefetchedMeanwhile = ask(origin, right, {headers: {'Sec-Purpose': 'prefetch'}});
      await ask(origin, '/favicon.ico'); // By now, the earlier requests have arrived.
      await respond!(page);
      const after = await ask(origin, right);
      const prefetched = await ask(origin, right, {headers: {'Sec-Purpose': 'prefetch'}});
      for (const reply of [await first, await meanwhile, await prefetchedMeanwhile, after, prefetched]) {
        expect(reply).to.include({status: 200, body: page.html});
      }
      expect(parameters.get('code')).to.equal('secret-code');
      expect(await answer).to.have.property('parameters', parameters);
    });

    it('does not fail if the browser has disconnected before the outcome is known', async () => {
      const socket = await silentConnection(port, `GET ${right} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
      const {respond} = await answer;
      socket.destroy();
      await respond!(page);
      expect((await ask(origin, right)).body).to.equal(page.html);
    });

    const strays: Record<string, [number, string, Parameters<typeof ask>[2]?]> = {
      'a favicon': [404, '/favicon.ico'],
      'the root': [404, '/'],
      'a longer path': [404, `/callback/?code=c&state=${state}`],
      'a path in another case': [404, `/Callback?code=c&state=${state}`],
      'a path that would normalize to the right one': [404, `/x/../callback?code=c&state=${state}`],
      'an encoded path': [404, `/c%61llback?code=c&state=${state}`],
      'an absolute URL as target': [404, `http://localhost/callback?code=c&state=${state}`],
      'a HEAD': [405, right, {method: 'HEAD'}],
      'a POST': [405, right, {method: 'POST'}],
      'an OPTIONS': [405, right, {method: 'OPTIONS'}],
      'another host': [421, right, {headers: {Host: 'example.org'}}],
      'another port': [421, right, {headers: {Host: 'localhost:1'}}],
      'an address instead of the name': [421, right, {headers: {Host: '127.0.0.1'}}],
      'no parameters': [400, '/callback'],
      'no state': [400, '/callback?code=c'],
      'an empty state': [400, '/callback?code=c&state='],
      'a wrong state': [400, '/callback?code=c&state=wrong'],
      'a longer state': [400, `/callback?code=c&state=${state}x`],
      'an encoded NUL in the state': [400, `/callback?code=c&state=${state}%00`],
      'an error without state': [400, '/callback?error=access_denied'],
      'an error with a wrong state': [400, '/callback?error=access_denied&state=wrong'],
      'two states': [400, `/callback?code=c&state=${state}&state=${state}`],
      'two states, one wrong': [400, `/callback?code=c&state=${state}&state=wrong`],
      'two codes': [400, `/callback?code=c&code=d&state=${state}`],
      'a code and an error': [400, `/callback?code=c&error=e&state=${state}`],
      'neither code nor error': [400, `/callback?state=${state}`],
      'an empty code': [400, `/callback?code=&state=${state}`],
      'a prefetch': [400, right, {headers: {'Sec-Purpose': 'prefetch;prerender'}}],
      'a prefetch of an older browser': [400, right, {headers: {Purpose: 'prefetch'}}],
      'oversized headers': [431, right, {headers: {Cookie: 'x'.repeat(20_000)}}],
    };
    for (const [what, [status, target, options]] of Object.entries(strays)) {
      it(`rejects ${what} with ${status} and keeps waiting`, async () => {
        const reply = await ask(origin, target, options);
        expect(reply.status).to.equal(status);
        expect(reply.headers.connection).to.equal('close');
        expect(reply.body.length).to.be.below(4096);
        expect(await isPending(answer)).to.equal(true);

        const rightReply = ask(origin, right, {headers: {Host: `LocalHost:${port}`}});
        await (await answer).respond!(page);
        expect((await rightReply).status).to.equal(200);
      });
    }

    it('repeats nothing from a request, and forbids caching, framing, scripts and referrers', async () => {
      const marker = '<script>marker</script>';
      const stray = await ask(origin, `/callback?state=${encodeURIComponent(marker)}&marker`, {
        headers: {Referer: 'marker', Cookie: 'marker'},
      });
      const reply = ask(origin, right);
      await (await answer).respond!(page);
      for (const {headers, body} of [stray, await reply]) {
        expect(headers).to.include({
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          connection: 'close',
        });
        expect(headers['content-security-policy']).to.match(
          /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
        );
        expect(headers).to.not.have.any.keys('server', 'x-powered-by', 'set-cookie');
        expect(JSON.stringify(headers) + body).to.not.match(/marker|secret-code|the-right-state/);
      }
      expect(stray.headers['content-type']).to.equal('text/html; charset=utf-8');
      expect((await reply).headers['content-type']).to.equal('text/html; charset=utf-8');
    });
  });

  for (const address of ['127.0.0.1', '::1']) {
    it(`names the port if only ${address} is in use, and frees the other address`, async () => {
      const squatter = await occupy(address, port);
      const error = await failure(listen(`https://localhost:${port}`));
      expect(error.code).to.equal('CALLBACK_PORT_BUSY');
      expect(error.message).to.include(`port ${port}`).and.include('already in use');
      expect(error.suggestions.join()).to.include('--redirect-uri');
      await vacate(squatter);
      await vacate(await occupy('127.0.0.1', port));
      await vacate(await occupy('::1', port));
    });
  }

  /** Makes `listen` on one address fail with a system error, and counts the failures. */
  async function withListenFault<T>(
    host: string,
    code: string,
    use: (fired: () => number) => Promise<T>,
  ): Promise<T> {
    const {listen} = NetServer.prototype;
    let fired = 0;
    NetServer.prototype.listen = function (this: NetServer, ...args: unknown[]) {
      if ((args[0] as {host?: string}).host !== host) return listen.apply(this, args as never);
      fired += 1;
      process.nextTick(() => this.emit('error', Object.assign(new Error(code), {code})));
      return this;
    } as typeof listen;
    try {
      return await use(() => fired);
    } finally {
      NetServer.prototype.listen = listen;
    }
  }

  it('explains that a port is reserved for administrators', () =>
    withListenFault('127.0.0.1', 'EACCES', async fired => {
      const error = await failure(listen('https://localhost:443'));
      expect(error.code).to.equal('CALLBACK_PORT_BUSY');
      expect(error.message).to.include('port 443').and.include('administrators');
      expect(fired()).to.equal(1);
    }));

  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) {
    it(`listens on 127.0.0.1 only if the machine has no IPv6 (${code})`, () =>
      withListenFault('::1', code, async fired => {
        const origin = `http://localhost:${port}`;
        const {answer} = await listen(origin);
        expect(fired()).to.equal(1);
        const reply = ask(origin, right);
        await (await answer).respond!(page);
        expect((await reply).status).to.equal(200);
      }));
  }

  it('closes at once and more than once, with idle, half-open and waiting connections', async () => {
    const {answer, close} = await listen(`https://localhost:${port}`);
    const sockets = [
      await silentConnection(port),
      await silentConnection(port, '\x16\x03\x01'),
      await silentConnection(port, 'GET / HTTP/1.1\r\n'),
    ];
    const reply = ask(`https://localhost:${port}`, right).catch(error => error);
    await answer;
    const began = performance.now();
    await Promise.all([close(), close()]);
    await close();
    expect(performance.now() - began).to.be.below(500);
    await Promise.all(sockets.map(closed));
    expect(await reply).to.be.instanceOf(Error);
    await vacate(await occupy('127.0.0.1', port));
    await vacate(await occupy('::1', port));
  });
});
