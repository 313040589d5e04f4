import {platformVariable} from '../config/variables.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {FoundCredential} from './find.js';

/**
 * Throws PERMISSION_MISSING when a needed scope is known to be missing, naming the login that adds it to those
 * already granted. Where the granted scopes are unknown, the service decides.
 */
export function requireScopes(platform: Platform, found: FoundCredential, needed: string[]): void {
  const {credential, source} = found;
  // Only what is shaped like a scope: the names end up in a command line.
  const granted = credential.scopes?.filter(scope => /^\w+$/.test(scope));
  const missing = granted ? needed.filter(scope => !granted.includes(scope)) : [];
  if (!granted || missing.length === 0) return;
  const name = source.identifier === null ? '' : ` --identifier ${source.identifier}`;
  const scopes = [...granted, ...missing].join(',');
  throw new VaultError('PERMISSION_MISSING', `The account has not granted: ${missing.join(', ')}.`, [
    `Log in again and grant it: ${bin} ${platform.name} authorize${name} --scope ${scopes}`,
    ...(source.identifier === null
      ? [`Then put the new token into ${platformVariable(platform.name, 'REFRESH_TOKEN')}.`]
      : []),
  ]);
}
