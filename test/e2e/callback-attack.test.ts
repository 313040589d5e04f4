import {createServer} from 'node:http';
import {type AddressInfo, connect, type Socket} from 'node:net';
import {type ConnectionOptions, connect as connectTls, createSecureContext} from 'node:tls';
import {expect} from 'chai';
import type {Browser, BrowserContext} from 'playwright-core';
import {launchChromium} from '../support/chromium.js';
import {type Page, type Running, visit, World} from '../support/world.js';

/** Part of everything that an attack sends; it must not appear anywhere. */
const MARKER = 'attack-marker-77';
const GUESS = `code=${MARKER}&state=${MARKER}`;
const NOISY_SOCKETS = 500;
const secureContext = createSecureContext(); // created once: it takes longer than a handshake

describe('the callback of a running authorize command under attack', () => {
  let world: World;
  let running: Running;
  /** The redirect: where the service sends the browser. */
  let location: string;
  let port: number;
  let state: string;
  let rightTarget: string;
  const sockets = new Set<Socket>();
  const figures = {kinds: 0, requests: 0, slowest: 0};

  beforeEach(async () => {
    world = await World.create();
    running = world.startAuthorize();
    location = await world.login(await running.authorizationUrl());
    const {pathname, search, searchParams, port: text} = new URL(location);
    port = Number(text);
    state = searchParams.get('state')!;
    rightTarget = pathname + search;
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    running.child.kill();
    await running.ended;
    await world.destroy();
  });
  after(() => {
    const {kinds, requests, slowest} = figures;
    console.log(
      `        attacks: ${kinds} kinds, ${requests} requests; slowest redirect ${Math.round(slowest)} ms`,
    );
  });

  /** Expects that the attack changed nothing, and that the redirect completes the login quickly. */
  async function expectLoginToSucceed(visitor = timedVisit): Promise<void> {
    expect(running.child.exitCode).to.equal(null);
    expect(world.requests('/oauth/access_token')).to.equal(0);
    expect(await world.vault.names('threads')).to.deep.equal([]);

    const {status, html, milliseconds} = await visitor(location);
    expect(status).to.equal(200);
    expect(html).to.contain('@sandbox_account');
    expect(milliseconds).to.be.below(1000);
    figures.slowest = Math.max(figures.slowest, milliseconds);
    figures.kinds++;
    await expectOneOutcome();
  }

  /** Expects that only the right code was exchanged, and that nothing of the attack was printed or stored. */
  async function expectOneOutcome(): Promise<void> {
    const {code, stdout, stderr} = await running.ended;
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Authorized @sandbox_account .*\n$/);
    expect(stderr).not.to.contain('Error');
    const exchanges = world.sandbox.requests.filter(({path}) => path === '/oauth/access_token');
    const rightCode = new URL(location).searchParams.get('code');
    expect(exchanges.map(({form}) => form.get('code'))).to.deep.equal([rightCode]);
    expect(await world.vault.names('threads')).to.deep.equal(['sandbox_account']);
    const kept = [...(await world.files()).values(), JSON.stringify(await world.stored('sandbox_account'))];
    for (const text of [stdout, stderr, ...kept]) expect(text).not.to.contain(MARKER);
  }

  /** Opens a connection, with TLS or without, that is closed after the test at the latest. */
  function open(tls?: ConnectionOptions): Socket {
    const host = '127.0.0.1';
    const socket = tls
      ? connectTls({host, port, rejectUnauthorized: false, secureContext, ...tls})
      : connect({host, port});
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  }

  /** Sends bytes over TLS and returns what arrives until the other side closes the connection. */
  async function exchange(bytes: string | Buffer, tls: ConnectionOptions = {}): Promise<string> {
    const socket = open(tls);
    figures.requests++;
    return untilClosed(socket, () => socket.write(bytes));
  }

  /** Sends a request that must be answered with a 4xx, or not at all, without repeating any of it. */
  async function expectRefused(bytes: string | Buffer): Promise<{status: number; answer: string}> {
    const answer = await exchange(bytes);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
    expect(status === 0 || (status >= 400 && status < 500), `${status} for ${bytes}`.slice(0, 300)).to.equal(
      true,
    );
    expect(answer).not.to.contain(MARKER).and.not.contain(state);
    expect(answer).not.to.match(/^(set-cookie|access-control-|location|x-injected)/im);
    return {status, answer};
  }

  const get = (target: string, ...headers: string[]) => request('GET', target, ...headers);
  function request(method: string, target: string, ...headers: string[]): string {
    const host = headers.some(header => /^host:/i.test(header)) ? [] : [`Host: localhost:${port}`];
    return [`${method} ${target} HTTP/1.1`, ...host, ...headers, '', ''].join('\r\n');
  }

  describe('in Chromium', () => {
    let browser: Browser;
    let context: BrowserContext;
    /** Method and status of each response of the listener to the browser. */
    let answered: string[];
    before(async function () {
      browser = await launchChromium(this, '--disable-gpu', '--host-resolver-rules=MAP *.example 127.0.0.1');
    });
    after(() => browser?.close());
    beforeEach(async () => {
      context = await browser.newContext({ignoreHTTPSErrors: true});
      answered = [];
      context.on('response', response => {
        if (new URL(response.url()).port === String(port)) {
          answered.push(`${response.request().method()} ${response.status()}`);
        }
      });
    });
    afterEach(() => context.close());

    /** Opens the user's own tab before the measurement, since opening one takes longer than the response. */
    async function otherTab(): Promise<typeof timedVisit> {
      const tab = await context.newPage();
      return async address => {
        const response = await tab.goto(address, {waitUntil: 'commit'});
        const html = await response!.text();
        // From the first byte of the request to the last of the response, without other work of the browser.
        const {responseEnd: milliseconds} = response!.request().timing();
        return {status: response!.status(), html, milliseconds};
      };
    }

    it('a page of another site sends guesses with images, fetches, forms, frames, links and windows', async () => {
      const site = await serve(attackPage(world.redirectUri));
      try {
        const page = await context.newPage();
        await page.goto(site.address);
        await page.waitForFunction('finished');
        // The attack continues while the user completes the login.
        await expectLoginToSucceed(await otherTab());
        expect(await page.evaluate('outcomes')).to.deep.equal({
          'image shown': 0,
          'script run': 0,
          'answer read': 0,
          'answer read without its content': 0,
          'window read': 0,
          'frame read': 0,
        });
        const wrong = answered.filter(each => each !== 'GET 200');
        expect(wrong).to.include.members(['GET 400', 'GET 404', 'POST 405']);
        for (const each of wrong) expect(each).to.match(/^(GET|POST|OPTIONS) 4\d\d$/);
        expect(answered.length - wrong.length).to.equal(1);
        expect(wrong.length).to.be.greaterThan(50);
        figures.requests += wrong.length;
      } finally {
        await site.close();
      }
    });

    it('a page of another site embeds the callback in a frame', async () => {
      const site = await serve(`<!doctype html><iframe src="${world.redirectUri}?${GUESS}"></iframe>`);
      try {
        const page = await context.newPage();
        const consoleMessages: string[] = [];
        page.on('console', message => consoleMessages.push(message.text()));
        await page.goto(site.address);
        expect(answered).to.deep.equal(['GET 400']);
        await page.frames()[1]!.waitForURL('chrome-error://chromewebdata/');
        expect(consoleMessages.join()).to.match(/frame-ancestors 'none'|X-Frame-Options/);
        figures.requests++;
        await expectLoginToSucceed(await otherTab());
      } finally {
        await site.close();
      }
    });

    it('another site sends the user to the callback with a refusal or a code of its own', async () => {
      const page = await context.newPage();
      for (const guess of [
        GUESS,
        `error=access_denied&state=${MARKER}`,
        `error=access_denied&error_description=${MARKER}`,
      ]) {
        const site = await serve(`<!doctype html><a href="${world.redirectUri}?${guess}">More</a>`);
        await page.goto(site.address);
        await page.getByText('More').click();
        await page.waitForURL(/callback/);
        expect(await page.locator('body').textContent()).not.to.contain(MARKER);
        await site.close();
      }
      expect(answered.filter(each => each !== 'GET 404')).to.deep.equal(['GET 400', 'GET 400', 'GET 400']);
      figures.requests += answered.length;
      await expectLoginToSucceed(await otherTab());
    });

    it("DNS rebinding makes the callback part of the attacker's origin", async () => {
      const origin = `https://evil.example:${port}`;
      const page = await context.newPage();
      // The page from the attacker's server, before its name pointed to this machine.
      await page.route(`${origin}/attack`, route =>
        route.fulfill({contentType: 'text/html', body: '<!doctype html>'}),
      );
      await page.goto(`${origin}/attack`);
      const read = await page.evaluate(
        targets =>
          Promise.all(
            targets.map(target => fetch(target).then(async each => [each.status, await each.text()])),
          ),
        ['/', '/callback', `/callback?${GUESS}`, rightTarget],
      );
      for (const [status, page] of read) {
        expect(status).to.equal(421);
        expect(page).to.contain('Unexpected Host header.');
      }
      const direct = await context.newPage();
      expect((await direct.goto(`${origin}${rightTarget}`))!.status()).to.equal(421);
      figures.requests += 5;
      await expectLoginToSucceed(await otherTab());
    });
  });

  it('the redirect URL with another Host header', async () => {
    const hosts = [
      `evil.example:${port}`,
      'evil.example',
      'localhost',
      'localhost:1',
      `localhost.:${port}`,
      `localhost.evil.example:${port}`,
      `localhost:${port}.evil.example`,
      `localhost:${port}@evil.example`,
      `localhost:${port},evil.example`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      `0.0.0.0:${port}`,
      '',
      'null',
    ];
    for (const host of hosts)
      expect((await expectRefused(get(rightTarget, `Host: ${host}`))).status).to.equal(421);
    // With two Host headers the first would count; HTTP/1.0 may have none.
    expect(
      (await expectRefused(get(rightTarget, 'Host: evil.example', `Host: localhost:${port}`))).status,
    ).to.equal(421);
    expect((await expectRefused(`GET ${rightTarget} HTTP/1.1\r\n\r\n`)).status).to.equal(400);
    expect((await expectRefused(`GET ${rightTarget} HTTP/1.0\r\n\r\n`)).status).to.equal(421);
    for (const header of ['X-Forwarded-Host', 'Forwarded', 'X-Host', 'X-Original-URL', 'X-Rewrite-URL']) {
      const lie = [`${header}: localhost:${port}`, 'Host: evil.example'];
      expect((await expectRefused(get(rightTarget, ...lie))).status).to.equal(421);
    }
    await expectLoginToSucceed();
  });

  it('plain HTTP on the TLS port', async () => {
    for (const target of ['/', rightTarget, `/callback?${GUESS}`]) {
      const socket = open();
      figures.requests++;
      const answer = await untilClosed(socket, () => socket.write(get(target)));
      // A TLS alert or nothing.
      expect(answer.length).to.be.below(32);
      expect(answer).not.to.contain('HTTP');
    }
    await expectLoginToSucceed();
  });

  it('a pipeline of wrong requests in one write', async () => {
    const requests = Array.from({length: 100}, (_, i) => get(i % 2 ? `/callback?${GUESS}` : `/${MARKER}`));
    const {answer} = await expectRefused(requests.join(''));
    expect(answer.match(/HTTP\/1\.1 /g)).to.have.length(1);
    figures.requests += 99;
    await expectLoginToSucceed();
  });

  it('a pipeline with the redirect among wrong requests: it counts once, and only the first request is answered', async () => {
    const wrong = get(`/callback?${GUESS}`);
    const {status, answer} = await expectRefused(wrong + get(rightTarget) + wrong + get(`/${MARKER}`));
    expect(status).to.equal(400);
    expect(answer.match(/HTTP\/1\.1 /g)).to.have.length(1);
    figures.requests += 3;
    figures.kinds++;
    await expectOneOutcome();
  });

  it('a pipeline that begins with the redirect and continues with another code: only the first counts', async () => {
    const other = rightTarget.replace(/code=[^&]+/, `code=${MARKER}`);
    const answer = await exchange(
      get(rightTarget) + get(other) + get(`/callback?error=${MARKER}&state=${state}`),
    );
    expect(answer)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.contain('@sandbox_account');
    expect(answer.match(/HTTP\/1\.1 /g)).to.have.length(1);
    figures.requests += 2;
    figures.kinds++;
    await expectOneOutcome();
  });

  it('headers over the limit, in size and in number', async () => {
    const huge = `X-${MARKER}: ${'x'.repeat(20_000)}`;
    const many = Array.from({length: 5000}, (_, i) => `X-${i}: ${MARKER}`);
    for (const headers of [[huge], many, [`Cookie: ${'a=b; '.repeat(5000)}`]]) {
      const {status} = await expectRefused(get(`/callback?${GUESS}`, ...headers));
      // The response may be lost: the server closes the connection without reading all headers.
      expect(status).to.be.oneOf([431, 0]);
    }
    await expectLoginToSucceed();
  });

  it('an endless request line', async () => {
    const sent = await pourUntilClosed(`GET /callback?${MARKER}=`, 'x'.repeat(64 * 1024));
    expect(sent).to.be.below(16 * 1024 * 1024);
    await expectLoginToSucceed();
  });

  it('a body of many megabytes on a GET', async () => {
    const length = 64 * 1024 * 1024;
    const head = get(`/callback?${GUESS}`, `Content-Length: ${length}`);
    const sent = await pourUntilClosed(head, MARKER.repeat(4096));
    expect(sent).to.be.below(length);
    await expectLoginToSucceed();
  });

  it('an endless chunked body', async () => {
    const head = get(`/callback?${GUESS}`, 'Transfer-Encoding: chunked');
    const sent = await pourUntilClosed(head, `10000\r\n${'x'.repeat(0x10000)}\r\n`);
    expect(sent).to.be.below(64 * 1024 * 1024);
    // And a body that is announced but never sent.
    for (const body of ['', '5\r\nhe', `5;${MARKER}\r\nhello\r\n`])
      expect((await expectRefused(head + body)).status).to.equal(400);
    await expectLoginToSucceed();
  });

  it('a request with contradictory lengths', async () => {
    const hidden = get(rightTarget);
    for (const headers of [
      [`Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked'],
      ['Content-Length: 0', `Content-Length: ${hidden.length}`],
      ['Content-Length: -1'],
      [`Transfer-Encoding: ${MARKER}`],
      ['Transfer-Encoding : chunked'],
    ]) {
      // The hidden request must not be read as a request: it would complete the login.
      expect(
        (await expectRefused(`${get(`/callback?${GUESS}`, ...headers)}0\r\n\r\n${hidden}`)).status,
      ).to.equal(400);
    }
    await expectLoginToSucceed();
  });

  it('clients that send one byte at a time', async () => {
    const slow = Array.from({length: 50}, () => open({}));
    const words = get(`/callback?${GUESS}`);
    let next = 0;
    const drip = setInterval(() => {
      for (const socket of slow) socket.write(words[next % words.length]!);
      next++;
    }, 100);
    try {
      await Promise.all(slow.map(socket => new Promise(resolve => socket.once('secureConnect', resolve))));
      figures.requests += slow.length;
      await new Promise(resolve => setTimeout(resolve, 500));
      expect(next).to.be.greaterThan(2);
      await expectLoginToSucceed();
      // None of them keeps the command from exiting.
      await Promise.all(slow.map(closed));
    } finally {
      clearInterval(drip);
    }
  });

  it(`${NOISY_SOCKETS} sockets held open: silent, in the middle of a TLS handshake, or idle after it`, async function () {
    this.timeout(120_000);
    const halfAHello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    for (let i = 0; i < NOISY_SOCKETS; i++) {
      const socket = open(i % 3 === 2 ? {} : undefined);
      if (i % 3 === 1) socket.write(halfAHello);
      // One at a time, since later connections displace earlier ones.
      await new Promise(resolve => socket.once(i % 3 === 2 ? 'secureConnect' : 'connect', resolve));
    }
    figures.requests += NOISY_SOCKETS;
    expect(sockets.size).to.be.greaterThan(200);
    await expectLoginToSucceed();
  });

  it('a partly correct state: answered exactly like any other wrong state', async () => {
    const withoutDate = (answer: string) => answer.replace(/^Date: .*\r\n/m, '');
    const refusal = async (given: string) => {
      const {answer} = await expectRefused(get(`/callback?code=${MARKER}&state=${given}`));
      return withoutDate(answer);
    };
    const expected = await refusal('x');
    expect(expected).to.match(/^HTTP\/1\.1 400 /);
    for (let length = 1; length < state.length; length++) {
      const prefix = state.slice(0, length);
      const next = state[length] === 'A' ? 'B' : 'A';
      expect(await refusal(prefix)).to.equal(expected);
      expect(await refusal(prefix + next.repeat(state.length - length))).to.equal(expected);
      expect(await refusal(state.slice(length))).to.equal(expected);
    }
    for (const given of [
      `${state}A`,
      `A${state}`,
      `${state}=`,
      `%20${state}`,
      `${state}%00`,
      `${state}+`,
      swapCase(state),
    ]) {
      expect(await refusal(given)).to.equal(expected);
    }
    await expectLoginToSucceed();
  });

  it('the redirect parameters at a URL that only resembles the callback', async () => {
    const query = rightTarget.slice('/callback'.length);
    for (const target of [
      `https://localhost:${port}/callback${query}`,
      `http://localhost:${port}/callback${query}`,
      `https://evil.example/callback${query}`,
      `//callback${query}`,
      `//localhost:${port}/callback${query}`,
      `/callback/${query}`,
      `/callback%2f${query}`,
      `/%63allback${query}`,
      `/callback;x${query}`,
      `/callback;${query.slice(1)}`,
      `/callback%3f${query.slice(1)}`,
      `/callback%00${query}`,
      `/callback.${query}`,
      `/CALLBACK${query}`,
      `/./callback${query}`,
      `/x/../callback${query}`,
      `/\\callback${query}`,
      `/callback#${query}`,
      `callback${query}`,
      `?${query}`,
      '*',
    ]) {
      const {status} = await expectRefused(get(target));
      expect(status, target).to.be.oneOf([400, 404]);
    }
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND']) {
      expect((await expectRefused(request(method, rightTarget))).status, method).to.equal(405);
    }
    for (const method of ['get', 'BREW', 'GET\t', '']) {
      expect((await expectRefused(request(method, rightTarget))).status, method).to.equal(400);
    }
    await expectLoginToSucceed();
  });

  it('line breaks, NULs and markup injected into the URL and the headers', async () => {
    const crlf = '\r\nX-Injected: yes\r\n';
    for (const bytes of [
      get(`/callback?${GUESS}${crlf}`),
      get(`/callback?${GUESS}\nX-Injected: yes\n\n`),
      get(`/callback?${GUESS}\rX-Injected: yes`),
      get(`/callback\0?${GUESS}`),
      get(`/callback ?${GUESS}`),
      get(`/${MARKER}\x7f\x1b[2J`),
      get(`/callback?${GUESS}`, `X-${MARKER}: a\0b`),
      get(`/callback?${GUESS}`, `X-${MARKER}: a\rSet-Cookie: b`),
      get(`/callback?${GUESS}`, ` folded: ${MARKER}`),
      get(`/callback?${GUESS}`, `${MARKER} : x`),
      get(`/callback?${GUESS}`, `:${MARKER}`),
    ]) {
      expect((await expectRefused(bytes)).status, JSON.stringify(bytes)).to.equal(400);
    }
    for (const target of [
      `/callback?code=%0d%0aSet-Cookie:%20${MARKER}&state=%0d%0aX-Injected:%20${MARKER}`,
      `/callback?code=%E5%98%8A%E5%98%8DX-Injected:${MARKER}&state=x`,
      `/callback?code=%00${MARKER}&state=%00`,
      `/callback?code=%zz%ff%c0%ae${MARKER}&state=%`,
      `/callback?error=%3Cscript%3E${MARKER}%3C/script%3E&state=%22%3E${MARKER}`,
      `/callback?<script>${MARKER}</script>`,
      `/callback?state[]=${MARKER}&__proto__[state]=${state}&constructor.prototype.state=${state}&code=x`,
      `/callback?code=x&state=${MARKER}&state=${state}`,
      `/callback?code=x&STATE=${state}`,
      `/callback?code=x;state=${state}`,
      `/callback?code=x&state=${MARKER}#&state=${state}`,
    ]) {
      expect(
        (await expectRefused(get(target, `Referer: ${MARKER}`, `Cookie: state=${state}`))).status,
        target,
      ).to.equal(400);
    }
    await expectLoginToSucceed();
  });

  it('CORS preflights from another origin or a public network', async () => {
    for (const target of ['/callback', rightTarget, `/callback?${GUESS}`, '/', '*']) {
      for (const origin of ['https://evil.example', 'null', `https://localhost:${port}`]) {
        const {status, answer} = await expectRefused(
          request(
            'OPTIONS',
            target,
            `Origin: ${origin}`,
            'Access-Control-Request-Method: GET',
            'Access-Control-Request-Headers: authorization',
            'Access-Control-Request-Private-Network: true',
            'Access-Control-Request-Local-Network: true',
          ),
        );
        expect(status).to.be.oneOf([404, 405]);
        expect(answer).not.to.match(
          /access-control|private-network|timing-allow|cross-origin-resource-policy: cross/i,
        );
      }
      await expectRefused(get(target === rightTarget ? '/callback' : target, 'Origin: https://evil.example'));
    }
    await expectLoginToSucceed();
  });

  it('other protocols: WebSocket, CONNECT, HTTP/2, another ALPN, another TLS', async () => {
    const webSocket = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
      'Origin: https://evil.example',
    ];
    expect((await expectRefused(get(`/callback?${GUESS}`, ...webSocket))).status).to.equal(400);
    expect((await expectRefused(get('/', ...webSocket))).status).to.equal(404);
    expect(
      (
        await expectRefused(
          get(
            `/callback?${GUESS}`,
            'Connection: Upgrade, HTTP2-Settings',
            'Upgrade: h2c',
            'HTTP2-Settings: AAMAAABkAAQAAP__',
          ),
        )
      ).status,
    ).to.equal(400);
    for (const target of ['evil.example:443', `localhost:${port}`, rightTarget]) {
      expect((await expectRefused(request('CONNECT', target))).answer).to.equal('');
    }
    expect((await expectRefused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')).status).to.equal(
      400,
    );
    for (const garbage of [
      Buffer.alloc(64 * 1024),
      Buffer.alloc(64 * 1024, 0xff),
      Buffer.from('SSH-2.0-x\r\n'),
      Buffer.from('\x05\x01\0'),
    ]) {
      await expectRefused(garbage.length > 100 ? garbage : Buffer.concat([garbage, Buffer.from('\r\n\r\n')]));
    }
    for (const tls of [
      {ALPNProtocols: ['h2']},
      {ALPNProtocols: [MARKER, 'acme-tls/1']},
      {
        secureContext: createSecureContext({
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        }),
      },
    ]) {
      expect(await exchange(get(rightTarget), tls)).to.equal('');
    }
    await expectLoginToSucceed();
  });

  /** Sends data until the other side closes the connection, and returns the number of bytes. */
  async function pourUntilClosed(head: string, more: string): Promise<number> {
    const socket = open({});
    figures.requests++;
    const began = performance.now();
    const pour = () => {
      while (!socket.destroyed && socket.write(more));
    };
    socket.on('drain', pour);
    const answer = await untilClosed(socket, () => {
      socket.write(head);
      pour();
    });
    expect(performance.now() - began).to.be.below(5000);
    expect(answer).not.to.contain(MARKER);
    return socket.bytesWritten;
  }
});

async function timedVisit(address: string): Promise<Page & {milliseconds: number}> {
  const began = performance.now();
  const page = await visit(address);
  return {...page, milliseconds: performance.now() - began};
}

/** Calls `speak` once connected, and returns everything that arrives until the connection closes. */
async function untilClosed(socket: Socket, speak: () => void): Promise<string> {
  let received = '';
  socket.on('data', chunk => {
    received += chunk.toString('latin1');
  });
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', speak);
  await closed(socket);
  return received;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
}

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, letter => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}

/** Serves another site, with another name and port. */
async function serve(html: string): Promise<{address: string; close: () => Promise<void>}> {
  const server = createServer((_, response) => {
    response.writeHead(200, {'Content-Type': 'text/html'}).end(html);
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  return {
    address: `http://other-site.example:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A page that makes the browser send every kind of request again and again, and counts what it can read. */
function attackPage(callback: string): string {
  return `<!doctype html><title>Another site</title><body><script>
const outcomes = {
  'image shown': 0, 'script run': 0, 'answer read': 0, 'answer read without its content': 0,
  'window read': 0, 'frame read': 0,
};
var finished = false;
let number = 0;
const guess = () => ${JSON.stringify(callback)} + [
  '?code=${MARKER}&state=${MARKER}' + number++,
  '?error=access_denied&state=${MARKER}',
  '?error=access_denied',
  '/../${MARKER}',
  '',
][number % 5];
const count = what => () => { outcomes[what]++; };
function add(name, properties) {
  const element = Object.assign(document.createElement(name), properties);
  document.body.append(element);
  return element;
}
function submit(method, target) {
  const form = add('form', {method, target, action: guess()});
  for (const name of ['code', 'state']) form.append(Object.assign(document.createElement('input'), {name, value: '${MARKER}'}));
  form.submit();
}
function read(where, what) {
  try {
    if (where().document.body.innerText.length > 0) outcomes[what]++;
  } catch {}
}
async function attack() {
  add('img', {onload: count('image shown'), src: guess()});
  add('script', {onload: count('script run'), src: guess()});
  add('link', {rel: 'stylesheet', href: guess()});
  add('link', {rel: 'prefetch', href: guess()});
  navigator.sendBeacon(guess(), '${MARKER}');
  submit('POST', 'frame');
  submit('GET', 'frame');
  const frame = add('iframe', {src: guess()});
  await Promise.all([
    fetch(guess(), {mode: 'no-cors', credentials: 'include'}).then(async answer => {
      if (answer.type !== 'opaque' || answer.status !== 0 || (await answer.text()) !== '') outcomes['answer read without its content']++;
    }, () => {}),
    fetch(guess(), {mode: 'no-cors', method: 'POST', body: '${MARKER}'}).catch(() => {}),
    fetch(guess()).then(count('answer read'), () => {}),
    fetch(guess(), {headers: {authorization: '${MARKER}'}}).then(count('answer read'), () => {}),
    new Promise(resolve => frame.addEventListener('load', resolve)),
  ]);
  read(() => frame.contentWindow, 'frame read');
}
add('iframe', {name: 'frame'});
(async () => {
  for (let round = 0; round < 10; round++) await attack();
  const other = open(guess());
  const link = add('a', {href: guess(), target: '_blank', rel: 'opener', textContent: 'more'});
  link.click();
  await new Promise(resolve => setTimeout(resolve, 300));
  read(() => other, 'window read');
  finished = true;
  setInterval(() => add('img', {onload: count('image shown'), src: guess()}), 50);
})();
</script>`;
}
