import {readPreferences} from '../config/preferences.js';
import type {Credential} from '../credential.js';
import type {Source} from '../credentials/find.js';
import {resolveCredential as resolve} from '../credentials/resolve.js';
import {VaultError} from '../errors.js';
import {threads} from '../platforms/threads/threads.js';
import type {Environment} from '../program.js';
import {openedVault, openVault, type Vault, wrapErrors} from './vault.js';

export interface ResolveCredentialOptions {
  /** The stored credential to use. Without it: the variables, else the default, else the only one stored. */
  identifier?: string | undefined;
  /** By default the one that `openVault({env})` opens. */
  vault?: Vault | undefined;
  /** The variables to go by; by default those the vault was opened with, else `process.env`. */
  env?: Environment | undefined;
  /** Days, 1 to 59: a token with fewer left is refreshed. By default as `config.json` says, else 32. */
  refreshWindowDays?: number | undefined;
  /** The permissions that it is needed for; where one is known to be missing, PERMISSION_MISSING tells. */
  scopes?: string[] | undefined;
  /** Gets what a person should know, in words, such as that a refresh failed. By default nobody does. */
  onWarning?: ((message: string) => void) | undefined;
}

/** A credential that can be used now, and where it came from. */
export interface ResolvedCredential {
  credential: Credential;
  source: Source;
}

export async function resolveCredential({
  identifier,
  vault,
  env,
  refreshWindowDays,
  scopes,
  onWarning = () => {},
}: ResolveCredentialOptions = {}): Promise<ResolvedCredential> {
  return wrapErrors(async () => {
    if (refreshWindowDays !== undefined && !(refreshWindowDays >= 1 && refreshWindowDays <= 59)) {
      throw new VaultError('USAGE', 'refreshWindowDays is not a number of days from 1 to 59.');
    }
    const opened = openedVault(vault ?? (await openVault({env, onWarning})));
    const {credential, source} = await resolve(
      threads,
      {env: env ?? opened.env, vault: opened.records, preferences: () => readPreferences(opened.home)},
      {identifier, refreshWindowDays, scopes, warn: onWarning},
    );
    return {credential, source};
  });
}
