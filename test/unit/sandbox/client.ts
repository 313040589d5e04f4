import {type Sandbox, type SandboxOptions, startSandbox} from '../../../src/sandbox/sandbox.js';

export const REDIRECT_URI = 'https://localhost:3456/callback';

/** Runs `use` with a sandbox and closes it, whatever happens. */
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

/** The parameters of a valid authorize request; null leaves one out. */
export function asked(sandbox: Sandbox, changes: Record<string, string | null> = {}): URLSearchParams {
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
  return fetch(`${sandbox.authorizeUrl}?${asked(sandbox, changes)}`, {redirect: 'manual'});
}

/** Where a redirect leads. */
export function location(response: Response): URL {
  return new URL(response.headers.get('location')!);
}

export async function obtainCode(sandbox: Sandbox): Promise<string> {
  return location(await authorize(sandbox)).searchParams.get('code')!;
}

export interface Reply {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests assert on it
  json: any;
}

async function reply(response: Promise<Response>): Promise<Reply> {
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
  return reply(fetch(`${sandbox.url}${path}?${new URLSearchParams(query)}`, {headers}));
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
  return reply(fetch(`${sandbox.url}/oauth/access_token`, {method: 'POST', body}));
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
