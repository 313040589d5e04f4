import {once} from 'node:events';
import {createServer as createHttpServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import type {Server, Socket} from 'node:net';
import {VaultError} from '../errors.js';
import {type Page, RESPONSE_HEADERS} from './pages.js';
import {problemOf} from './redirect.js';

export interface AuthorizationAnswer {
  /** The parameters of the redirect; exactly one `state`, and either `code` or `error`. */
  parameters: URLSearchParams;
  /**
   * Shows the outcome in the browser, now and on every reload. Resolves when it has been sent, or
   * when the browser has gone. Absent for a pasted answer.
   */
  respond?: (page: Page) => Promise<void>;
}

export interface LoopbackListener {
  /** Settles with the first valid answer; never rejects, and never settles because of a stray request. */
  answer: Promise<AuthorizationAnswer>;
  /** Frees the ports and destroys every connection. May be called again. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 256;

/** Milliseconds. A browser speaks at once; whoever is silent longer is not one. */
const TIMEOUTS = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
};

/** The alerts by which browsers refuse a certificate; the words before them differ between OpenSSL versions. */
const CERTIFICATE_REFUSED = /ALERT_(CERTIFICATE_UNKNOWN|BAD_CERTIFICATE|UNKNOWN_CA)$/;

/**
 * Listens on a loopback redirect URI (RFC 8252 §7.3) for the answer to one authorization request.
 * Only a GET of the exact path with the right `state` is an answer (RFC 6749 §4.1.2); it is held
 * open until `respond`. Everything else gets a 4xx and is forgotten.
 *
 * @param options.redirectUri `http:` or `https:`, on `localhost`, `127.0.0.1` or `[::1]`
 * @param options.certificate PEM; needed for `https:`
 * @param options.onCertificateWarning called once, when a browser first refuses the certificate. It
 *   then shows its warning and sends no request.
 * @throws VaultError CALLBACK_PORT_BUSY when the port is taken or forbidden, on any of its addresses
 */
export async function listenOnLoopback(options: {
  redirectUri: URL;
  state: string;
  certificate?: {key: string; cert: string};
  onCertificateWarning?: () => void;
}): Promise<LoopbackListener> {
  const {redirectUri, state, certificate} = options;
  const connections = new Connections();
  const held = new Set<ServerResponse>();
  let outcome: Page | undefined;
  let isWarned = false;
  let settle!: (answer: AuthorizationAnswer) => void;
  const answer = new Promise<AuthorizationAnswer>(resolve => {
    settle = resolve;
  });

  async function respond(page: Page) {
    outcome = page;
    await Promise.all([...held].map(response => sendPage(response, page)));
  }

  function onRequest(request: IncomingMessage, response: ServerResponse) {
    const [path, query] = request.url!.split(/\?(.*)/s);
    const parameters = new URLSearchParams(query);
    // RFC 9112 §3.2: exactly one Host.
    const [host, ...more] = request.headersDistinct.host ?? [];
    if (host?.toLowerCase() !== redirectUri.host || more.length > 0) {
      return refuse(response, 421, 'Wrong host.');
    }
    if (path !== redirectUri.pathname) return refuse(response, 404, 'Nothing here.');
    if (request.method !== 'GET') return refuse(response, 405, 'Only GET.');
    const problem = problemOf(parameters, state);
    if (problem) return refuse(response, 400, problem);
    if (outcome) return void sendPage(response, outcome);
    // Nobody sees a prefetched page. Refused, the browser asks again once the page is wanted.
    if (held.size === 0 && isPrefetch(request)) return refuse(response, 400, 'No prefetch.');
    held.add(response);
    connections.keep(request.socket);
    settle({parameters, respond});
  }

  function onCertificateRefused() {
    if (!isWarned) options.onCertificateWarning?.();
    isWarned = true;
  }

  const servers: Server[] = [];
  for (const address of loopbackAddresses(redirectUri)) {
    const server = createServer(redirectUri, certificate, onRequest, onCertificateRefused);
    server.on('connection', socket => connections.add(socket));
    try {
      await listen(server, portOf(redirectUri), address);
      servers.push(server);
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      const isWithoutIpv6 = code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
      if (isWithoutIpv6 && servers.length > 0) continue;
      await closeAll(servers, connections);
      throw listenFailed(redirectUri, code);
    }
  }

  let closed: Promise<void> | undefined;
  return {
    answer,
    close: () => {
      closed ??= closeAll(servers, connections);
      return closed;
    },
  };
}

/**
 * The open connections, oldest first. Beyond the cap the oldest gives way to the newest, so that no
 * number of silent ones keeps the browser out. These are the TCP sockets below TLS: only they are
 * known during a handshake, and `https.Server.close()` would wait for them for ever.
 */
class Connections {
  readonly #sockets = new Set<Socket>();
  readonly #kept = new Set<Socket>();

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#forget(socket));
    if (this.#sockets.size > MAX_CONNECTIONS) this.#dropOldest();
  }

  /** Exempts the connection of this request's socket from the cap. */
  keep({remoteAddress, remotePort}: Socket): void {
    for (const socket of this.#sockets) {
      if (socket.remotePort === remotePort && socket.remoteAddress === remoteAddress) this.#kept.add(socket);
    }
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #dropOldest(): void {
    for (const socket of this.#sockets) {
      if (this.#kept.has(socket)) continue;
      this.#forget(socket);
      socket.destroy();
      return;
    }
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#kept.delete(socket);
  }
}

function createServer(
  redirectUri: URL,
  certificate: {key: string; cert: string} | undefined,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
  onCertificateRefused: () => void,
): Server {
  if (redirectUri.protocol === 'http:') return createHttpServer(TIMEOUTS, onRequest);
  // Nobody shows us a certificate: without `ca` node reads all the roots first, which takes 40 ms.
  const server = createHttpsServer({...TIMEOUTS, ...certificate, ca: []}, onRequest);
  server.on('tlsClientError', ({code = ''}: NodeJS.ErrnoException) => {
    if (CERTIFICATE_REFUSED.test(code)) onCertificateRefused();
  });
  return server;
}

/** `localhost` is whichever address the browser tries first. */
function loopbackAddresses({hostname}: URL): string[] {
  if (hostname === 'localhost') return ['127.0.0.1', '::1'];
  if (hostname === '127.0.0.1') return ['127.0.0.1'];
  if (hostname === '[::1]') return ['::1'];
  throw new VaultError('INTERNAL', `${hostname} is not a loopback host, so it is not listened on.`);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.on('error', () => {}); // a failing accept, later, is one stray request less
  server.listen({port, host});
  await once(server, 'listening');
}

async function closeAll(servers: Server[], connections: Connections): Promise<void> {
  const closed = servers.map(server => new Promise(resolve => server.close(resolve)));
  connections.destroyAll();
  await Promise.all(closed);
}

function portOf({port, protocol}: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

function isPrefetch({headers}: IncomingMessage): boolean {
  return /prefetch/.test(`${headers['sec-purpose']} ${headers.purpose} ${headers['x-moz']}`);
}

function refuse(response: ServerResponse, status: number, words: string): void {
  if (status === 405) response.setHeader('Allow', 'GET');
  void send(response, status, 'text/plain', `${words}\n`);
}

function sendPage(response: ServerResponse, page: Page): Promise<void> {
  return send(response, page.status, 'text/html', page.html);
}

/** Resolves when the connection is closed: by us after the last byte, or by the other side before. Nobody is waited for long. */
function send(response: ServerResponse, status: number, type: string, body: string): Promise<void> {
  const {socket} = response.req;
  if (socket.destroyed) return Promise.resolve();
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  socket.setTimeout(TIMEOUTS.requestTimeout, () => socket.destroy());
  response
    .writeHead(status, {...RESPONSE_HEADERS, 'Content-Type': `${type}; charset=utf-8`, Connection: 'close'})
    .end(body);
  return closed;
}

function listenFailed(redirectUri: URL, code: string | undefined): VaultError {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'another program, perhaps another authorize, has that port',
    EACCES: 'the system keeps that port for administrators',
  };
  const reason = reasons[code ?? ''] ?? `the system says ${code}`;
  return new VaultError(
    'CALLBACK_PORT_BUSY',
    `Cannot listen on port ${portOf(redirectUri)} of ${redirectUri.hostname}: ${reason}.`,
    ['Free the port, or use another registered redirect URI with --redirect-uri.'],
  );
}
