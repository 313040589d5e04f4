import {platformVariable} from '../config/variables.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {FoundCredential} from './find.js';

/**
 * Throws PERMISSION_MISSING where a scope is known not to have been granted, with the login that keeps
 * those that were. Where nobody knows what was granted, the service will tell.
 */
export function requireScopes(
  platform: Platform,
  {credential, source}: FoundCredential,
  needed: string[],
): void {
  // In the shape of a scope's name, since they end up in a command line.
  const granted = credential.scopes?.filter(scope => /^\w+$/.test(scope));
  const missing = granted ? needed.filter(scope => !granted.includes(scope)) : [];
  if (!granted || missing.length === 0) return;
  const name = source.identifier === null ? '' : ` --identifier ${source.identifier}`;
  throw new VaultError(
    'PERMISSION_MISSING',
    `The account has not given the permission for this: ${missing.join(', ')}.`,
    [
      `Log in again with it: ${bin} ${platform.name} authorize${name} --scope ${[...granted, ...missing].join(',')}`,
      ...(source.identifier === null
        ? [`Then put the new token into ${platformVariable(platform.name, 'REFRESH_TOKEN')}.`]
        : []),
    ],
  );
}
