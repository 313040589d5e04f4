import {EventEmitter, once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {type Answer, graphError, Refusal} from './answers.js';
import {authorize, decide} from './authorize.js';
import {Containers} from './containers.js';
import {type Fault, Faults, faultAnswer} from './faults.js';
import {exchangeCode, exchangeToken, refreshToken} from './grants.js';
import {accountInsights, postInsights} from './insights.js';
import {debugToken, me, node, replies, threads} from './nodes.js';
import {type Post, Posts} from './posts.js';
import {createContainer, deletePost, publishContainer, publishingLimit, repost} from './publishing.js';
import {Quotas, type QuotaTotals} from './quotas.js';
import {matchRoute} from './routes.js';
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
  'GET /v1.0/:id': node,
  'GET /v1.0/:user/threads': threads,
  'GET /v1.0/:user/replies': replies,
  'POST /v1.0/:user/threads': createContainer,
  'POST /v1.0/:user/threads_publish': publishContainer,
  'GET /v1.0/:user/threads_publishing_limit': publishingLimit,
  'GET /v1.0/:user/threads_insights': accountInsights,
  'GET /v1.0/:id/insights': postInsights,
  'POST /v1.0/:id/repost': repost,
  'DELETE /v1.0/:id': deletePost,
};

const BODY_LIMIT = 64 * 1024;

/**
 * `port` 0, the default, is any free one. `consent`: `auto` (default) redirects at once with a code, `page`
 * asks on a page, `deny` redirects with an error. `redirectUris` are compared exactly; without them every
 * https URI and every http URI of a loopback host is registered. `scopesGranted` picks from what was asked
 * for, by default all. `tokenLifetime` (long-lived, seconds) is 60 days. What a refresh does to the old
 * token is unknown of the real service: by default there is a new string, and the old one lives on.
 * `mediaProcessing` (seconds, default 0) is how long images, videos and carousels are IN_PROGRESS; those with
 * `broken` in the path of their address end in ERROR. `quotas` lowers what is allowed within 24 hours.
 */
export interface SandboxOptions extends Partial<TokenRules> {
  port?: number;
  consent?: Service['consent'];
  appId?: string;
  appSecret?: string;
  redirectUris?: string[];
  accounts?: SandboxAccount[];
  scopesGranted?: Service['scopesGranted'];
  mediaProcessing?: number;
  quotas?: Partial<QuotaTotals>;
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
  /** What was published and not deleted, newest last. */
  readonly posts: Post[];
  /** Newest last, with their status now. */
  readonly containers: ReturnType<Containers['all']>;
  /** The service's time; negative values turn it back. */
  clock: {
    now(): Date;
    advance(duration: {days?: number; hours?: number; minutes?: number; seconds?: number}): void;
    reset(): void;
  };
  /**
   * The next `times` (default 1) requests to exactly this path meet the fault; `fired` counts them. `:user`,
   * `:id` and a method may stand as in the table of endpoints: `/v1.0/:user/threads`, `DELETE /v1.0/:id`.
   */
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
 * A local stand-in for Threads on 127.0.0.1: authorization, token endpoints, `debug_token`, `/me`,
 * publishing, insights, limits.
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
  const newId = idSequence();
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
    containers: new Containers(clock.now, newId, options.mediaProcessing ?? 0),
    posts: new Posts(clock.now, newId),
    quotas: new Quotas(clock.now, {posts: 250, replies: 1000, deletes: 100, ...options.quotas}),
  };

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const {pathname: path, searchParams: query} = new URL(`http://sandbox${message.url}`);
    const {method = '', headers} = message;
    const request = {method, path, query, form: new URLSearchParams(), headers, at: clock.now()};
    requests.push(request);
    const body = await readBody(message);
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
      request.form = new URLSearchParams(body);

    const fault = faults.take(method, path);
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
    get posts() {
      return service.posts.all();
    },
    get containers() {
      return service.containers.all();
    },
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

/** Of 17 digits and odd: above 2^53, so that none of them survives as a JavaScript number. */
function idSequence(): () => string {
  let last = 17_900_000_000_000_001n;
  return () => {
    last += 2n;
    return String(last);
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
  for (const [route, endpoint] of Object.entries(ENDPOINTS)) {
    const pathParameters =
      matchRoute(route, `${method} ${path}`) ?? matchRoute(route, `${method} /v1.0${path}`);
    if (pathParameters) return endpoint({...request, pathParameters}, service);
  }
  throw graphError(2500, 'Unknown path components', {status: 404});
}

function send(response: ServerResponse, {status, type, body, headers}: Answer): void {
  response.writeHead(status, {'content-type': type, 'cache-control': 'no-store', ...headers}).end(body);
}
