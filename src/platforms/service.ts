import {VaultError} from '../errors.js';
import {type Environment, toolVariable} from '../program.js';
import type {Platform, Service} from './platform.js';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname);
}

/**
 * Where the platform is: its own addresses, or what `TOOL_THREADS_AUTHORIZE_URL` and
 * `TOOL_THREADS_API_URL` say. Throws USAGE for an address that would carry secrets in clear.
 */
export function findService(platform: Platform, env: Environment): Service {
  const [authorizeName, apiName] = ['AUTHORIZE_URL', 'API_URL'].map(name =>
    toolVariable(`${platform.name}_${name}`),
  ) as [string, string];
  const {authorizeUrl, apiUrl} = platform.defaultService;
  return {
    authorizeUrl: env[authorizeName] ? checkServiceUrl(authorizeName, env[authorizeName]).href : authorizeUrl,
    apiUrl: env[apiName] ? checkServiceUrl(apiName, env[apiName]).origin : apiUrl,
  };
}

/** `https` anywhere, `http` only to this machine. Throws USAGE, naming `name`. */
export function checkServiceUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url && safe && !url.username && !url.password) return url;
  throw new VaultError('USAGE', `${name} is not an address that tokens may be sent to.`, [
    'Use an https address, or http to localhost, 127.0.0.1 or [::1] (the sandbox).',
  ]);
}
