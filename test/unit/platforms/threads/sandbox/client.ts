import {expect} from 'chai';
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../../../../src/platforms/threads/sandbox/sandbox.js';

export const REDIRECT_URI = 'https://localhost:3456/callback';

/** Returns a test that runs `use` with a sandbox and closes it in any case. */
export function withSandbox(use: (sandbox: Sandbox) => Promise<unknown>, options: SandboxOptions = {}) {
  return async () => {
    const sandbox = await startSandbox(options);
    try {
      await use(sandbox);
    } finally {
      await sandbox.close();
    }
  };
}

/** The parameters of a valid authorization request, with changes; null leaves one out. */
export function authorizationParameters(
  sandbox: Sandbox,
  changes: Record<string, string | null> = {},
): URLSearchParams {
  const parameters = {
    client_id: sandbox.appId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'threads_basic,threads_content_publish',
    state: 'a state & more',
    ...changes,
  };
  return new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

export function authorize(sandbox: Sandbox, changes?: Record<string, string | null>): Promise<Response> {
  return fetch(`${sandbox.authorizeUrl}?${authorizationParameters(sandbox, changes)}`, {redirect: 'manual'});
}

export function redirectTarget(response: Response): URL {
  return new URL(response.headers.get('location')!);
}

export async function obtainCode(sandbox: Sandbox): Promise<string> {
  return redirectTarget(await authorize(sandbox)).searchParams.get('code')!;
}

export interface Reply {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of it
  json: any;
}

async function readReply(response: Promise<Response>): Promise<Reply> {
  const {status} = await response;
  const text = await (await response).text();
  return {status, text, json: JSON.parse(text)};
}

export function get(
  sandbox: Sandbox,
  path: string,
  query: Record<string, string> = {},
  headers = {},
): Promise<Reply> {
  return readReply(fetch(`${sandbox.url}${path}?${new URLSearchParams(query)}`, {headers}));
}

export function redeem(sandbox: Sandbox, code: string, changes: Record<string, string> = {}): Promise<Reply> {
  const body = new URLSearchParams({
    client_id: sandbox.appId,
    client_secret: sandbox.appSecret,
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code,
    ...changes,
  });
  return readReply(fetch(`${sandbox.url}/oauth/access_token`, {method: 'POST', body}));
}

export function exchange(
  sandbox: Sandbox,
  access_token: string,
  client_secret = sandbox.appSecret,
): Promise<Reply> {
  return get(sandbox, '/access_token', {grant_type: 'th_exchange_token', client_secret, access_token});
}

export function refresh(sandbox: Sandbox, access_token: string): Promise<Reply> {
  return get(sandbox, '/refresh_access_token', {grant_type: 'th_refresh_token', access_token});
}

export function me(sandbox: Sandbox, access_token: string): Promise<Reply> {
  return get(sandbox, '/v1.0/me', {fields: 'id,username,name'}, {authorization: `Bearer ${access_token}`});
}

export function expectGraphError(reply: Reply, code: number, subcode?: number): void {
  expect(reply.status).to.equal(400);
  expect(reply.json.error).to.include({type: 'OAuthException', code});
  expect(reply.json.error.error_subcode).to.equal(subcode);
  expect(reply.json.error.message).to.be.a('string');
  expect(reply.json.error.fbtrace_id).to.be.a('string');
}

const SCOPES = ['threads_basic', 'threads_content_publish', 'threads_delete', 'threads_manage_insights'];

/** Requests of one account, by default with a token that has every scope. */
export interface Caller {
  get(path: string, query?: Record<string, string>): Promise<Reply>;
  post(path: string, form?: Record<string, string>): Promise<Reply>;
  delete(path: string): Promise<Reply>;
  /** Creates a container and returns its ID. */
  create(content: Record<string, string>): Promise<string>;
  /** Publishes a post, by default a text, and returns its ID. */
  publish(content?: Record<string, string>): Promise<string>;
}

export function caller(sandbox: Sandbox, scopes = SCOPES, username?: string): Caller {
  const {access_token} = sandbox.mint({scopes, ...(username ? {username} : {})});
  const headers = {authorization: `Bearer ${access_token}`};
  const send = (method: string, path: string, form?: Record<string, string>) => {
    const body = form ? new URLSearchParams(form) : null;
    return readReply(fetch(`${sandbox.url}${path}`, {method, headers, body}));
  };
  const calls: Caller = {
    get: (path, query) => get(sandbox, path, query, headers),
    post: (path, form = {}) => send('POST', path, form),
    delete: path => send('DELETE', path),
    async create(content) {
      const {text, json} = await calls.post('/v1.0/me/threads', content);
      expect(json.id, text).to.match(/^\d{17,}$/);
      return json.id;
    },
    async publish(content = {media_type: 'TEXT', text: 'A text'}) {
      const creation_id = await calls.create(content);
      const {text, json} = await calls.post('/v1.0/me/threads_publish', {creation_id});
      expect(json.id, text).to.match(/^\d{17,}$/);
      return json.id;
    },
  };
  return calls;
}

export const TWO_ACCOUNTS = [
  {user_id: '1', username: 'first', name: 'First'},
  {user_id: '2', username: 'second', name: 'Second'},
];
