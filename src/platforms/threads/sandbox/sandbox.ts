import {EventEmitter, once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {finishAuthorization, startAuthorization} from './authorize.js';
import {Containers} from './containers.js';
import {type Fault, Faults, faultResponse} from './faults.js';
import {issueLongLivedToken, issueShortLivedToken, refreshLongLivedToken} from './grants.js';
import {getAccountInsights, getPostInsights} from './insights.js';
import {debugToken, getNode, getProfile, listReplies, listThreads} from './nodes.js';
import {type Post, Posts} from './posts.js';
import {createContainer, deletePost, getPublishingLimit, publishContainer, repostPost} from './publishing.js';
import {Quotas, type QuotaTotals} from './quotas.js';
import {graphRefusal, Refusal, type SandboxResponse} from './responses.js';
import {matchRoute} from './routes.js';
import type {Endpoint, RecordedRequest, SandboxService} from './service.js';
import {type SandboxAccount, type TokenKind, type TokenRules, Tokens} from './tokens.js';

/** Endpoints under `/v1.0` also work without the version. */
const ENDPOINTS: Record<string, Endpoint> = {
  'GET /oauth/authorize': startAuthorization,
  'POST /oauth/authorize': finishAuthorization,
  'POST /oauth/access_token': issueShortLivedToken,
  'GET /access_token': issueLongLivedToken,
  'GET /refresh_access_token': refreshLongLivedToken,
  'GET /v1.0/debug_token': debugToken,
  'GET /v1.0/me': getProfile,
  'GET /v1.0/:id': getNode,
  'GET /v1.0/:user/threads': listThreads,
  'GET /v1.0/:user/replies': listReplies,
  'POST /v1.0/:user/threads': createContainer,
  'POST /v1.0/:user/threads_publish': publishContainer,
  'GET /v1.0/:user/threads_publishing_limit': getPublishingLimit,
  'GET /v1.0/:user/threads_insights': getAccountInsights,
  'GET /v1.0/:id/insights': getPostInsights,
  'POST /v1.0/:id/repost': repostPost,
  'DELETE /v1.0/:id': deletePost,
};

/** Bytes: far more than the parameters of any endpoint. */
const MAXIMUM_BODY_SIZE = 64 * 1024;

export interface SandboxOptions extends Partial<TokenRules> {
  /** By default 0: any free port. */
  port?: number;
  /** `auto` (default) allows at once, `page` shows the consent page, `deny` refuses at once. */
  consent?: SandboxService['consent'];
  appId?: string;
  appSecret?: string;
  /** Compared exactly. By default every https URI, and every http URI of a loopback host, is registered. */
  redirectUris?: string[];
  accounts?: SandboxAccount[];
  /** Picks the scopes to grant from those requested; by default all. */
  scopesGranted?: SandboxService['scopesGranted'];
  /**
   * Seconds, by default 0, that images, videos and carousels are IN_PROGRESS. Those with `broken` in the path of
   * their URL end in ERROR.
   */
  mediaProcessing?: number;
  /** Lowers the quotas per 24 hours. */
  quotas?: Partial<QuotaTotals>;
}

export interface Sandbox {
  /** The origin of the API: `http://127.0.0.1:PORT`. */
  url: string;
  authorizeUrl: string;
  appId: string;
  appSecret: string;
  /** All requests, in the order of arrival. */
  readonly requests: RecordedRequest[];
  /** Emits `request` before each request is handled or meets its fault. */
  readonly events: EventEmitter;
  /** The posts that were published and not deleted, oldest first. */
  readonly posts: Post[];
  /** All containers with their current status, oldest first. */
  readonly containers: ReturnType<Containers['all']>;
  /** The clock of the service and of its `Date` header. Negative durations turn it back; `reset` returns to the present. */
  clock: {
    now(): Date;
    advance(duration: {days?: number; hours?: number; minutes?: number; seconds?: number}): void;
    reset(): void;
  };
  /**
   * Makes the next `times` (default 1) requests to exactly this path fail; `fired` returns how many did. The path may
   * have parameters and a method, as in the table of endpoints: `/v1.0/:user/threads`, `DELETE /v1.0/:id`.
   */
  fail(path: string, fault: Fault, times?: number): {fired(): number};
  /** Issues a token without a login: by default a long-lived one of the first account, issued now. */
  mint(options?: {
    username?: string;
    scopes?: string[];
    issuedAt?: Date;
    expiresAt?: Date | null;
    kind?: TokenKind;
  }): {access_token: string; user_id: string};
  /** Lists the long-lived tokens that were issued. */
  issued(): string[];
  /** Revokes a token, as if the person had removed the app. */
  revoke(token: string): void;
  /** Stops the server and closes open connections. */
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for Threads on 127.0.0.1: login, token endpoints, `debug_token`, profile, publishing,
 * insights and quotas. It follows the rules that Meta documents; comments mark as a guess what Meta does not document.
 *
 * The sandbox imports nothing from outside its folder, so it cannot repeat the mistakes of the code that it tests.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const requests: RecordedRequest[] = [];
  const events = new EventEmitter();
  const faults = new Faults();
  const clock = createClock();
  // What a refresh does to the old token is not documented. By default it remains valid beside the new one.
  const {
    tokenLifetime = 60 * 24 * 60 * 60,
    tokenAge = 0,
    refreshInvalidatesOld = false,
    refreshReturnsSame = false,
  } = options;
  const tokens = new Tokens(clock.now, {tokenLifetime, tokenAge, refreshInvalidatesOld, refreshReturnsSame});
  const newId = createIdSequence();
  const service: SandboxService = {
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
    const body = await readRequestBody(message);
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
      request.form = new URLSearchParams(body);

    const fault = faults.take(method, path);
    events.emit('request', request);
    if (!fault) return writeResponse(response, route(request, service));
    if ('hang' in fault) return;
    if ('status' in fault) return writeResponse(response, faultResponse(fault));
    if ('delay' in fault) {
      await wait(fault.delay, undefined, {ref: false});
      return writeResponse(response, route(request, service));
    }
    response.destroy();
    if (fault.drop === 'after') route(request, service);
  }

  const server = createServer((message, response) => {
    response.setHeader('date', clock.now().toUTCString());
    handle(message, response).catch(error => {
      const bug = graphRefusal(1, 'The sandbox failed', {status: 500});
      writeResponse(response, (error instanceof Refusal ? error : bug).response);
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

function createClock(): Sandbox['clock'] {
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

/** Generates odd IDs above 2^53. They change when parsed as JavaScript numbers, so that such a mistake shows. */
function createIdSequence(): () => string {
  let last = 17_900_000_000_000_001n;
  return () => {
    last += 2n;
    return String(last);
  };
}

/** Reads the whole body, also one over the limit: otherwise the refusal would not reach the client. */
async function readRequestBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= MAXIMUM_BODY_SIZE) chunks.push(chunk);
  }
  if (size > MAXIMUM_BODY_SIZE) throw graphRefusal(1, 'The request is too large', {status: 413});
  return Buffer.concat(chunks).toString();
}

function route(request: RecordedRequest, service: SandboxService): SandboxResponse {
  const {method, path} = request;
  for (const [route, endpoint] of Object.entries(ENDPOINTS)) {
    const pathParameters =
      matchRoute(route, `${method} ${path}`) ?? matchRoute(route, `${method} /v1.0${path}`);
    if (pathParameters) return endpoint({...request, pathParameters}, service);
  }
  throw graphRefusal(2500, 'Unknown path components', {status: 404});
}

function writeResponse(response: ServerResponse, {status, type, body, headers}: SandboxResponse): void {
  response.writeHead(status, {'content-type': type, 'cache-control': 'no-store', ...headers}).end(body);
}
