import {readPreferences} from '../config/preferences.js';
import {Credentials} from '../credentials/credentials.js';
import type {ResolvedCredential} from '../credentials/resolve.js';
import {VaultError} from '../errors.js';
import {defaultPlatform} from '../platforms/index.js';
import type {Environment} from '../program.js';
import {internalsOf, openVault, type Vault, wrapErrors} from './vault.js';

export interface ResolveCredentialOptions {
  /** The stored credential to use. Default: the variables, else the default credential, else the only one stored. */
  identifier?: string | undefined;
  /** Default: the vault that `openVault({env})` opens. */
  vault?: Vault | undefined;
  /** The environment variables to use. Default: those the vault was opened with, else `process.env`. */
  env?: Environment | undefined;
  /** Days, 1 to 59: refresh a token with fewer days left. Default: as `config.json` says, else 32. */
  refreshWindowDays?: number | undefined;
  /** The scopes that are needed. Throws PERMISSION_MISSING when one is known to be missing. */
  scopes?: string[] | undefined;
  /** Receives warnings as sentences, such as that a refresh failed. Default: they are dropped. */
  onWarning?: ((message: string) => void) | undefined;
}

/**
 * Returns a valid credential, found and refreshed exactly as commands do: the named one; else the variables of
 * the platform (its REFRESH_TOKEN and those beside it); else the default or only one stored. One with few
 * days left is refreshed first, by one process however many ask; a refresh that fails while the token is still
 * valid is a warning. The token is `credential.access_token ?? credential.refresh_token`.
 *
 * Every error is a `VaultError`. Throws CREDENTIAL_MISSING, VARIABLE_MISSING and IDENTIFIER_NEEDED when there
 * is none to use; CREDENTIAL_EXPIRED and CREDENTIAL_REVOKED when a person must log in again; and what the
 * vault throws.
 *
 * @example
 * ```ts
 * import {resolveCredential} from 'agora-vault';
 *
 * const {credential, source} = await resolveCredential({onWarning: message => console.warn(message)});
 * console.log(source.kind, credential.username, credential.expires_at);
 * ```
 */
export async function resolveCredential(options: ResolveCredentialOptions = {}): Promise<ResolvedCredential> {
  const {identifier, vault, env, refreshWindowDays, scopes, onWarning = () => {}} = options;
  return wrapErrors(async () => {
    if (refreshWindowDays !== undefined && !(refreshWindowDays >= 1 && refreshWindowDays <= 59)) {
      throw new VaultError('USAGE', 'refreshWindowDays must be a number of days from 1 to 59.');
    }
    const opened = internalsOf(vault ?? (await openVault({env, onWarning})));
    const credentials = new Credentials({
      platform: defaultPlatform,
      vault: opened.vault,
      env: env ?? opened.env,
      preferences: () => readPreferences(opened.home),
      warn: onWarning,
    });
    return credentials.resolve({identifier, refreshWindowDays, scopes});
  });
}
