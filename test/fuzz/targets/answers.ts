import {once} from 'node:events';
import {createServer} from 'node:http';
import {type AddressInfo, createServer as createSocketServer} from 'node:net';
import {expect} from 'chai';
import type {ErrorCode} from '../../../src/errors.js';
import {isObject} from '../../../src/json.js';
import {sendRequest} from '../../../src/platforms/http.js';
import {ThreadsClient} from '../../../src/platforms/threads/api/client.js';
import {graphError, isRefusal, isTransientError} from '../../../src/platforms/threads/errors.js';
import {exchangeCode, exchangeShortLived, refresh} from '../../../src/platforms/threads/grants.js';
import {account, inspect} from '../../../src/platforms/threads/token-facts.js';
import {attempt, JSON_SYNTAX, MARKER, type Target} from '../target.js';

const CODES: ErrorCode[] = [
  ...([
    'PLATFORM_FAILED',
    'NETWORK_FAILED',
    'RATE_LIMITED',
    'CREDENTIAL_REVOKED',
    'CREDENTIAL_EXPIRED',
  ] as const),
  ...(['ACCOUNT_HELD', 'PERMISSION_MISSING', 'APP_REJECTED', 'REDIRECT_URI_REJECTED', 'USAGE'] as const),
  ...([
    'AUTHORIZATION_REFUSED',
    'CONTAINER_NOT_READY',
    'CONTAINER_EXPIRED',
    'NOT_FOUND',
    'VALUE_REFUSED',
  ] as const),
  ...(['MEDIA_REJECTED', 'REFRESH_REFUSED', 'OUTCOME_UNKNOWN', 'PUBLISH_TIMEOUT', 'INTERRUPTED'] as const),
];
const JSON_VALUES = ['true', '1.5', '-1', '1e400', '12'];
const NAMES = [
  ...[
    'error',
    'code',
    'error_subcode',
    'message',
    'is_transient',
    'error_message',
    'error_type',
    'id',
    'user_id',
  ],
  ...[
    'app_id',
    'username',
    'name',
    'access_token',
    'expires_in',
    'data',
    'is_valid',
    'scopes',
    'issued_at',
    'value',
  ],
  ...[
    'expires_at',
    'data_access_expires_at',
    'values',
    'total_value',
    'quota_usage',
    'config',
    'status',
    'permalink',
  ],
  ...['success', 'text', 'timestamp', '__proto__', 'constructor'],
].map(name => `"${name}":`);
const VALUES = [
  '190',
  '100',
  '24',
  '4',
  '10',
  '101',
  '33',
  '463',
  '"FINISHED"',
  '"PUBLISHED"',
  '"ERROR"',
  '"EXPIRED"',
];
const PIECES = [
  ...JSON_SYNTAX,
  ...JSON_VALUES,
  ...NAMES,
  ...VALUES,
  `"${MARKER}"`,
  '"redirect_uri"',
  '"at most 500 characters"',
];

/** The errors that Meta documents, and a few more, in its two shapes. */
const ERRORS = [
  ...[
    '101',
    '4',
    '10',
    '24',
    '2',
    '102',
    '100,"error_subcode":33',
    '100,"error_subcode":10',
    '1,"error_subcode":2207052',
  ],
  ...[458, 459, 460, 463, 464, 467].map(subcode => `190,"error_subcode":"${subcode}"`),
  ...['redirect_uri', 'at most 500 characters', 'LINK_LIMIT_EXCEEDED'].map(text => `100,"message":"${text}"`),
]
  .map(error => `{"error":{"code":${error}}}`)
  .concat('{"error_message":"code","code":400}', '{"error_type":"x","error_code":"1e400"}', '{"error":[]}');

/** What the socket server sends to the next connection. */
let sent: Buffer = Buffer.alloc(0);
const socketServer = createSocketServer(socket => {
  socket.on('error', () => {}).once('data', () => socket.end(sent));
});
socketServer.listen(0, '127.0.0.1').unref();
await once(socketServer, 'listening');
const socketPort = (socketServer.address() as AddressInfo).port;

const message = (body: string, headers = '') =>
  `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** The bytes of an answer, including the status line and the headers. */
export const http: Target = {
  name: 'http',
  files: ['platforms/http.ts', 'platforms/threads/errors.ts'],
  seeds: [
    message(
      '{"id":26139168152370559,"user_id": 1}',
      'Retry-After: 5\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n',
    ),
    message(`{"error":{"code":190,"error_subcode":463,"message":"${MARKER}"}}`).replace('200', '400'),
    'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nRetry-After: Thu, 01 Jan 2099 00:00:00 GMT\r\n\r\n{}',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n[1]',
    ...ERRORS.map(error => message(error).replace('200', '400')),
    // Was turned into invalid JSON.
    message('{"id":26131e4,"user_id":1.5}'),
  ],
  pieces: [
    ...PIECES,
    ...[
      'HTTP/1.1 ',
      '\r\n',
      '100',
      '101',
      '204',
      '304',
      '429',
      '500',
      'Retry-After: ',
      'Content-Length: ',
      'Date: ',
    ],
    ...[
      'Content-Encoding: gzip\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: upgrade\r\n',
      '999999999999',
    ],
  ],
  async run(input) {
    sent = input;
    const url = new URL(`http://127.0.0.1:${socketPort}/?token=${MARKER}`);
    const answer = await attempt(() => sendRequest(url, {token: 'x'}), 'NETWORK_FAILED', 'PLATFORM_FAILED');
    if (!answer) return;
    const isRedirect = answer.status >= 300 && answer.status < 400;
    const parsed = parseJson(answer.text);
    expect(answer.body !== undefined).to.equal(!isRedirect && isObject(parsed));
    if (answer.body) expect(Object.keys(answer.body)).to.deep.equal(Object.keys(parsed as object));
    if (answer.retryAfter !== undefined) expect(answer.retryAfter).to.be.a('number').that.is.at.least(0);
    expect(await attempt(() => Promise.reject(graphError(answer)), ...CODES)).to.equal(undefined);
    expect(isRefusal(answer) && isTransientError(answer)).to.equal(false);
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The answers of the service in order. After the last one, it refuses every request. */
let replies: Buffer[] = [];
let aborter = new AbortController();
const server = createServer((request, response) => {
  request.resume();
  const reply = replies.shift() ?? Buffer.from('400\n{"error":{"code":100}}');
  const end = reply.indexOf('\n');
  const status = Number(reply.toString('latin1', 0, Math.max(0, end)));
  const isStatus = Number.isInteger(status) && status >= 200 && status <= 599;
  response.writeHead(isStatus ? status : 200, {'retry-after': '0'}).end(reply.subarray(end + 1));
});
server.listen(0, '127.0.0.1').unref();
await once(server, 'listening');
const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const isTextOrNull = (value: unknown) => value === null || typeof value === 'string';
const isDateOrNull = (value: unknown) =>
  value === null || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
const app = {id: '1234567890', secret: MARKER};
const client = () =>
  new ThreadsClient({apiUrl: api, accessToken: MARKER, userId: '1', signal: aborter.signal});
const media = {type: 'image', url: 'https://example.test/a.jpg'} as const;

/** Every call of the service, by the letter that an input begins with. */
const CALLS: Record<string, () => Promise<void>> = {
  a: async () => {
    const {user_id, username, name} = await account(api, MARKER);
    expect([user_id, username, name].every(isTextOrNull)).to.equal(true);
  },
  b: async () => {
    const {scopes, issued_at, expires_at, data_access_expires_at, user_id} = await inspect(api, MARKER);
    expect([issued_at, expires_at, data_access_expires_at].every(isDateOrNull)).to.equal(true);
    expect([user_id, ...(scopes ?? [])].every(isTextOrNull)).to.equal(true);
  },
  c: async () => checkToken(await refresh(api, MARKER)),
  d: async () => checkToken(await exchangeShortLived(api, app, MARKER)),
  e: async () => {
    const parameters = new URLSearchParams({code: MARKER, state: 'ours'});
    const request = {app, redirectUri: 'https://localhost:3456/callback', parameters, state: 'ours'};
    checkToken(await exchangeCode({authorizeUrl: `${api}/oauth/authorize`, apiUrl: api}, request));
  },
  f: async () => {
    const {user_id, is_verified, url} = await client().profile();
    expect(user_id).to.match(/^\d+$/);
    expect(is_verified).to.be.oneOf([true, false, null]);
    expect(url ?? 'https://www.threads.com/').to.match(/^https:\/\/www\.threads\.com\//);
  },
  g: async () => checkInsights(await client().insights()),
  h: async () => checkInsights(await client().insights('1')),
  i: async () => {
    for (const quota of Object.values(await client().publishingLimit()))
      if (quota) expect(quota.used).to.be.a('number');
  },
  j: async () => {
    expect((await client().containerStatus('1')).error ?? 'A').to.match(/^[A-Z_]{1,50}$/);
  },
  k: async () => checkPublished(await client().publish('1', {timeout: 0})),
  l: async () => checkPublished(await client().post({type: 'text', text: 'x'}, {timeout: 0})),
  m: async () => {
    expect(await client().createContainer({type: 'carousel', items: [media, media]}, {timeout: 0})).to.match(
      /^\d+$/,
    );
  },
  n: async () => expect((await client().repost('1')).id).to.match(/^\d+$/) as never,
  o: async () => client().delete('1'),
};

function checkToken({access_token, expires_at}: {access_token: string; expires_at: string | null}): void {
  expect(access_token).to.be.a('string').that.is.not.empty;
  expect(isDateOrNull(expires_at) && Date.parse(expires_at!) > Date.now()).to.equal(true);
}

function checkInsights(insights: object): void {
  expect(Object.getPrototypeOf(insights)).to.equal(Object.prototype);
  for (const value of Object.values(insights)) expect(value).to.be.a('number');
}

function checkPublished({id, permalink}: {id: string | null; permalink: string | null}): void {
  expect(id ?? '1').to.match(/^\d+$/);
  expect(isTextOrNull(permalink)).to.equal(true);
}

const SEPARATOR = '\x1e';
const sequence = (call: string, ...bodies: string[]) =>
  call + bodies.map(body => `${body.startsWith('{"error') ? 400 : 200}\n${body}`).join(SEPARATOR);
const TOKEN = `{"access_token":"${MARKER}","token_type":"bearer","expires_in":5184000,"user_id":26139168152370559}`;
const FINISHED = '{"id":"1","status":"FINISHED"}';

/** What the service answers to each call: the letter of the call, then the answers, each a status line and a body. */
export const answers: Target = {
  name: 'answers',
  files: [
    ...[
      'platforms/http.ts',
      ...['errors', 'graph', 'grants', 'token-facts'].map(name => `platforms/threads/${name}.ts`),
    ],
    ...['api/client', 'api/publication', 'api/content'].map(name => `platforms/threads/${name}.ts`),
  ],
  seeds: [
    ...Object.keys(CALLS).map(call => sequence(call, `{"error":{"code":190,"message":"${MARKER}"}}`)),
    ...ERRORS.map(error => `n400\n${error}`),
    sequence('a', '{"id":26139168152370559,"username":"a.b","name":"A"}'),
    sequence(
      'b',
      '{"data":{"is_valid":true,"app_id":1,"user_id":2,"scopes":["x"],"issued_at":1,"expires_at":2}}',
    ),
    sequence('c', TOKEN),
    sequence('d', TOKEN),
    sequence('e', TOKEN, TOKEN),
    sequence('f', '{"id":"1","username":"a.b","is_verified":true}'),
    sequence(
      'g',
      '{"data":[{"name":"views","values":[{"value":1}]},{"name":"likes","total_value":{"value":2}}]}',
    ),
    sequence('h', '{"data":[{"name":"views","values":[{"value":1}]}]}'),
    sequence('i', '{"data":[{"quota_usage":1,"config":{"quota_total":250,"quota_duration":86400}}]}'),
    sequence('j', '{"status":"ERROR","error_message":"FAILED_DOWNLOADING_VIDEO"}'),
    sequence('k', FINISHED, '{"id":"2"}', '{"permalink":"https://example.test/"}'),
    sequence('k', FINISHED, '{}', '{"status":"PUBLISHED"}'),
    sequence('l', '{"id":"1"}', FINISHED, '{}', '{"status":"PUBLISHED"}', '{"data":[{"id":"3","text":"x"}]}'),
    sequence('m', '{"id":"1"}', '{"id":"2"}', FINISHED, FINISHED, '{"id":"3"}'),
    sequence('n', '{"id":"1"}', '{"permalink":"https://example.test/"}'),
    sequence('o', '{"success":true}'),
  ],
  pieces: [
    ...PIECES,
    SEPARATOR,
    `${SEPARATOR}200\n`,
    `${SEPARATOR}400\n{"error":`,
    `${SEPARATOR}503\n`,
    '302\n',
    '429\n',
  ],
  async run(input) {
    const call = CALLS[String.fromCharCode(97 + (((input[0] ?? 0) + 8) % 15))]!;
    const current = new AbortController();
    aborter = current;
    const bodies = input.toString('latin1', 1).split(SEPARATOR).slice(0, 8);
    replies = bodies.map(body => Buffer.from(body, 'latin1'));
    // Waits of the client are cut short: what counts is what it makes of the answers.
    const timer = setTimeout(() => current.abort(), 30);
    await attempt(call, ...CODES);
    clearTimeout(timer);
  },
};
