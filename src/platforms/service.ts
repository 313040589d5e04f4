import {serviceVariables} from '../config/variables.js';
import {VaultError} from '../errors.js';
import type {Environment} from '../program.js';
import type {Platform, Service} from './platform.js';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname);
}

/**
 * Returns where the platform is: its own origins, or those in the variables that serviceVariables names.
 * Throws USAGE for an address that would carry secrets unencrypted.
 */
export function findService({name, defaultService}: Platform, env: Environment): Service {
  const variables = serviceVariables(name);
  const authorizeUrl = env[variables.authorizeUrl];
  const apiUrl = env[variables.apiUrl];
  return {
    authorizeUrl: authorizeUrl
      ? checkServiceUrl(variables.authorizeUrl, authorizeUrl).href
      : defaultService.authorizeUrl,
    apiUrl: apiUrl ? checkServiceUrl(variables.apiUrl, apiUrl).origin : defaultService.apiUrl,
  };
}

/**
 * Says which of the platform's own origins the variables replace; `undefined` if they replace none of them.
 * Every command that sends a secret to such an origin tells the person first.
 */
export function describeOverrides(
  platform: Platform,
  env: Environment,
  urls: readonly (keyof Service)[] = ['apiUrl'],
): string | undefined {
  const service = findService(platform, env);
  const variables = serviceVariables(platform.name);
  const overrides = urls.flatMap(url => {
    const [used, own] = [new URL(service[url]).origin, new URL(platform.defaultService[url]).origin];
    return used === own ? [] : [`${used} instead of ${own} (${variables[url]})`];
  });
  return overrides.length > 0 ? `Using ${overrides.join(' and ')}.` : undefined;
}

/** Describes an API origin, and marks one that is not the platform's own, such as a sandbox. */
export function describeApi({title, defaultService: {apiUrl}}: Platform, used: string): string {
  return used === apiUrl ? used : `${used} (not ${title} itself: ${apiUrl})`;
}

/** Checks an address that tokens are sent to: `https` anywhere, `http` only on this machine. Throws USAGE, naming `name`. */
export function checkServiceUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url && isSafe && !url.username && !url.password) return url;
  throw new VaultError('USAGE', `${name} is not an address that tokens may be sent to.`, [
    'Use an https address, or http on localhost, 127.0.0.1 or [::1] (the sandbox).',
  ]);
}
