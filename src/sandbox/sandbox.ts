import {EventEmitter, once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {type Answer, graphError, Refusal} from './answers.js';
import {authorize, decide} from './authorize.js';
import {type Fault, Faults, faultAnswer} from './faults.js';
import {exchangeCode, exchangeToken, refreshToken} from './grants.js';
import {debugToken, me} from './nodes.js';
import type {Endpoint, RecordedRequest, Service} from './service.js';
import {type SandboxAccount, type TokenKind, type TokenRules, Tokens} from './tokens.js';

/** `/v1.0` endpoints answer without the version, too. */
const ENDPOINTS: Record<string, Endpoint> = {
  'GET /oauth/authorize': authorize,
  'POST /oauth/authorize': decide,
  'POST /oauth/access_token': exchangeCode,
  'GET /access_token': exchangeToken,
  'GET /refresh_access_token': refreshToken,
  'GET /v1.0/debug_token': debugToken,
  'GET /v1.0/me': me,
};

const BODY_LIMIT = 64 * 1024;

/**
 * `port` 0, the default, is any free one. `consent`: `auto` (default) redirects at once with a code, `page`
 * asks on a page, `deny` redirects with an error. `redirectUris` are compared exactly; without them every
 * https URI and every http URI of a loopback host is registered. `scopesGranted` picks from what was asked
 * for, by default all. `tokenLifetime` (long-lived, seconds) is 60 days. What a refresh does to the old
 * token is unknown of the real service: by default there is a new string, and the old one lives on.
 */
export interface SandboxOptions extends Partial<TokenRules> {
  port?: number;
  consent?: Service['consent'];
  appId?: string;
  appSecret?: string;
  redirectUris?: string[];
  accounts?: SandboxAccount[];
  scopesGranted?: Service['scopesGranted'];
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`: the API. */
  url: string;
  authorizeUrl: string;
  appId: string;
  appSecret: string;
  /** Every request, in the order of arrival. */
  readonly requests: RecordedRequest[];
  /** `request` for each, when it is about to be answered or meets its fault. */
  readonly events: EventEmitter;
  /** The service's time; negative values turn it back. */
  clock: {
    now(): Date;
    advance(duration: {days?: number; hours?: number; minutes?: number; seconds?: number}): void;
    reset(): void;
  };
  /** The next `times` (default 1) requests to exactly this path meet the fault; `fired` counts them. */
  fail(path: string, fault: Fault, times?: number): {fired(): number};
  /** A token as if it had been obtained before: by default long-lived, issued now, of the first account. */
  mint(options?: {
    username?: string;
    scopes?: string[];
    issuedAt?: Date;
    expiresAt?: Date | null;
    kind?: TokenKind;
  }): {access_token: string; user_id: string};
  /** Every long-lived token that was given out. */
  issued(): string[];
  /** As if the person had removed the app. */
  revoke(token: string): void;
  /** Ends open connections, too. */
  close(): Promise<void>;
}

/**
 * A local stand-in for Threads on 127.0.0.1: authorization, token endpoints, `debug_token`, `/me`.
 * It follows the rules that Meta documents; where the real service is unknown, the code says so.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const requests: RecordedRequest[] = [];
  const events = new EventEmitter();
  const faults = new Faults();
  const clock = adjustableClock();
  const {
    tokenLifetime = 5_184_000,
    tokenAge = 0,
    refreshInvalidatesOld = false,
    refreshReturnsSame = false,
  } = options;
  const tokens = new Tokens(clock.now, {tokenLifetime, tokenAge, refreshInvalidatesOld, refreshReturnsSame});
  const service: Service = {
    consent: options.consent ?? 'auto',
    appId: options.appId ?? '1234567890123456',
    appSecret: options.appSecret ?? 'sandbox-app-secret-not-a-real-one',
    redirectUris: options.redirectUris,
    accounts: options.accounts ?? [
      {user_id: '26139168152370559', username: 'sandbox_account', name: 'Sandbox Account'},
    ],
    scopesGranted: options.scopesGranted ?? (requested => requested),
    tokens,
  };

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const {pathname: path, searchParams: query} = new URL(`http://sandbox${message.url}`);
    const {method = '', headers} = message;
    const request = {method, path, query, form: new URLSearchParams(), headers, at: clock.now()};
    requests.push(request);
    const body = await readBody(message);
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
      request.form = new URLSearchParams(body);

    const fault = faults.take(path);
    events.emit('request', request);
    if (!fault) return send(response, act(request, service));
    if ('hang' in fault) return;
    if ('status' in fault) return send(response, faultAnswer(fault));
    if ('delay' in fault) {
      await wait(fault.delay, undefined, {ref: false});
      return send(response, act(request, service));
    }
    response.destroy();
    if (fault.drop === 'after') act(request, service);
  }

  const server = createServer((message, response) => {
    handle(message, response).catch(error => {
      const bug = graphError(1, 'The sandbox failed', {status: 500});
      send(response, (error instanceof Refusal ? error : bug).answer);
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    authorizeUrl: `${url}/oauth/authorize`,
    appId: service.appId,
    appSecret: service.appSecret,
    requests,
    events,
    clock,
    fail: (path, fault, times) => faults.plan(path, fault, times),
    mint({username, scopes = ['threads_basic', 'threads_content_publish'], kind = 'long', ...dates} = {}) {
      const account = service.accounts.find(each => username === undefined || each.username === username);
      if (!account) throw new Error(`The sandbox has no account ${username}`);
      return {
        access_token: tokens.issue(kind, {account, scopes}, dates).access_token,
        user_id: account.user_id,
      };
    },
    issued: () => tokens.issued('long'),
    revoke(token) {
      const issued = tokens.find(token);
      if (!issued) throw new Error('The sandbox has no such token');
      issued.revoked = true;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function adjustableClock(): Sandbox['clock'] {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    advance: ({days = 0, hours = 0, minutes = 0, seconds = 0}) => {
      offset += (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
    },
    reset: () => {
      offset = 0;
    },
  };
}

/** What is over the limit is read and thrown away, so that the refusal reaches the sender. */
async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  if (size > BODY_LIMIT) throw graphError(1, 'The request is too large', {status: 413});
  return Buffer.concat(chunks).toString();
}

function act(request: RecordedRequest, service: Service): Answer {
  const {method, path} = request;
  const endpoint = ENDPOINTS[`${method} ${path}`] ?? ENDPOINTS[`${method} /v1.0${path}`];
  if (!endpoint) throw graphError(2500, 'Unknown path components', {status: 404});
  return endpoint(request, service);
}

function send(response: ServerResponse, {status, type, body, headers}: Answer): void {
  response.writeHead(status, {'content-type': type, 'cache-control': 'no-store', ...headers}).end(body);
}
