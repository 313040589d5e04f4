import {once} from 'node:events';
import {createServer as createHttpServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import type {AddressInfo, Server, Socket} from 'node:net';
import {VaultError} from '../errors.js';
import {otherUserPage, type Page, RESPONSE_HEADERS, strayPage} from './pages.js';
import {canIdentifyPeers, isOwnPeer} from './peer.js';
import {problemOf} from './redirect.js';

export interface AuthorizationAnswer {
  /** The parameters of the redirect: `state` exactly once, and either `code` or `error`. */
  parameters: URLSearchParams;
  /**
   * Shows the outcome in the browser, now and after every reload. Resolves once it is sent or the browser
   * has disconnected. Absent for a pasted answer.
   */
  respond?: (page: Page) => Promise<void>;
}

export interface LoopbackListener {
  /** Resolves with the first valid answer. Never rejects, and ignores stray requests. */
  answer: Promise<AuthorizationAnswer>;
  /** Frees the ports and destroys every connection. May be called more than once. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 256;

/** Milliseconds. A browser sends its request at once; anything slower is not a browser. */
const TIMEOUTS = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
};

/** The alerts with which browsers reject a certificate. Their prefix depends on the version of OpenSSL. */
const CERTIFICATE_REJECTED = /ALERT_(CERTIFICATE_UNKNOWN|BAD_CERTIFICATE|UNKNOWN_CA)$/;

/**
 * Listens on a loopback redirect URI (RFC 8252 §7.3) for the answer to one authorization request. Only a GET
 * of the exact path with the right `state` is an answer (RFC 6749 §4.1.2); the response to it waits for
 * `respond`. Every other request gets a 4xx response and has no effect, and so does one of another user of the
 * machine, where the system tells who connects: the `state` is in the browser's command line, which they can read.
 *
 * @param options.redirectUri `http:` or `https:`, on `localhost`, `127.0.0.1` or `[::1]`
 * @param options.certificate in PEM format; required for `https:`
 * @param options.onCertificateWarning called once, when a browser first rejects the certificate: it shows a
 *   warning and sends no request
 * @throws VaultError CALLBACK_PORT_BUSY if the port is in use or reserved, on any of its addresses
 */
export async function listenOnLoopback(options: {
  redirectUri: URL;
  state: string;
  certificate?: {key: string; cert: string};
  onCertificateWarning?: () => void;
}): Promise<LoopbackListener> {
  const {redirectUri, state, certificate} = options;
  const connections = new Connections();
  const pending = new Set<ServerResponse>();
  let outcome: Page | undefined;
  let isWarned = false;
  let arePeersKnown = false;
  let settle!: (answer: AuthorizationAnswer) => void;
  const answer = new Promise<AuthorizationAnswer>(resolve => {
    settle = resolve;
  });

  async function respond(page: Page) {
    outcome = page;
    await Promise.all([...pending].map(response => sendPage(response, page)));
  }

  function onRequest(request: IncomingMessage, response: ServerResponse) {
    const [path, query] = request.url!.split(/\?(.*)/s);
    const parameters = new URLSearchParams(query);
    // RFC 9112 §3.2: exactly one Host header.
    const [host, ...more] = request.headersDistinct.host ?? [];
    if (host?.toLowerCase() !== redirectUri.host || more.length > 0) {
      return reject(response, 421, 'Unexpected Host header.');
    }
    if (path !== redirectUri.pathname) return reject(response, 404, 'Not found.');
    if (request.method !== 'GET') return reject(response, 405, 'Method not allowed.');
    const problem = problemOf(parameters, state);
    if (problem) return reject(response, 400, problem);
    if (arePeersKnown && !isOwnPeer(request.socket)) return void sendPage(response, otherUserPage());
    if (outcome) return void sendPage(response, outcome);
    // Nobody sees a prefetched page. The browser sends the request again to show the page.
    if (pending.size === 0 && isPrefetch(request)) return reject(response, 400, 'Prefetch not supported.');
    pending.add(response);
    connections.keep(request.socket);
    settle({parameters, respond});
  }

  function onCertificateRejected() {
    if (!isWarned) options.onCertificateWarning?.();
    isWarned = true;
  }

  const servers: Server[] = [];
  for (const address of loopbackAddresses(redirectUri)) {
    const server = createServer({redirectUri, certificate, onRequest, onCertificateRejected});
    server.on('connection', socket => connections.add(socket));
    try {
      await listen(server, portOf(redirectUri), address);
      servers.push(server);
      arePeersKnown ||= canIdentifyPeers(server.address() as AddressInfo);
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      const isIpv6Missing = code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
      if (isIpv6Missing && servers.length > 0) continue;
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
 * The open connections, oldest first. If there are too many, the oldest is closed, so that idle connections
 * cannot keep the browser out. These are the TCP sockets below TLS: during a handshake there are no others,
 * and `https.Server.close()` would wait for them forever.
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

  /** Exempts the connection of a request from the limit. */
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

function createServer({
  redirectUri,
  certificate,
  onRequest,
  onCertificateRejected,
}: {
  redirectUri: URL;
  certificate: {key: string; cert: string} | undefined;
  onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  onCertificateRejected: () => void;
}): Server {
  if (redirectUri.protocol === 'http:') return createHttpServer(TIMEOUTS, onRequest);
  // Clients send no certificate. Without `ca`, Node would load all root certificates, which takes 40 ms.
  const server = createHttpsServer({...TIMEOUTS, ...certificate, ca: []}, onRequest);
  server.on('tlsClientError', ({code = ''}: NodeJS.ErrnoException) => {
    if (CERTIFICATE_REJECTED.test(code)) onCertificateRejected();
  });
  return server;
}

/** Returns the addresses to listen on. For `localhost`, a browser may try either one first. */
function loopbackAddresses({hostname}: URL): string[] {
  if (hostname === 'localhost') return ['127.0.0.1', '::1'];
  if (hostname === '127.0.0.1') return ['127.0.0.1'];
  if (hostname === '[::1]') return ['::1'];
  throw new VaultError('INTERNAL', `${hostname} is not a loopback host.`);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.on('error', () => {}); // A later failure to accept a connection does no harm.
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

function reject(response: ServerResponse, status: number, message: string): void {
  if (status === 405) response.setHeader('Allow', 'GET');
  void sendPage(response, strayPage(status, message));
}

function sendPage(response: ServerResponse, page: Page): Promise<void> {
  return send(response, {status: page.status, type: 'text/html', body: page.html});
}

/** Sends a response. Resolves when the connection is closed, by either side or by the timeout. */
function send(
  response: ServerResponse,
  {status, type, body}: {status: number; type: string; body: string},
): Promise<void> {
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
    EADDRINUSE: 'the port is already in use, perhaps by another login',
    EACCES: 'permission denied (the port is reserved for administrators)',
  };
  const reason = reasons[code ?? ''] ?? `system error ${code}`;
  return new VaultError(
    'CALLBACK_PORT_BUSY',
    `Could not listen on ${redirectUri.hostname}, port ${portOf(redirectUri)}: ${reason}.`,
    ['Free the port, or use another registered redirect URI: --redirect-uri URI'],
  );
}
