import type {Preferences} from '../config/preferences.js';
import type {Credential, RecordName} from '../credential.js';
import type {VaultError} from '../errors.js';
import type {RenewalPolicy} from '../platforms/platform.js';
import type {RecordHeader} from '../vault/records/record.js';
import type {Vault} from '../vault/vault.js';
import {freshnessOf, isFromFuture, secondsLeft} from './lifetime.js';

/** A stored credential as `list` shows it, from the unencrypted part of its record. Nothing secret. */
export type ListedCredential = RecordName &
  Partial<Pick<Credential, 'user_id' | 'username' | 'issued_at' | 'expires_at' | 'refreshed_at'>> & {
    scopes: string[] | null;
    status: 'valid' | 'due' | 'expired' | 'unreadable';
    /** Seconds until the token expires; negative once it has, `null` when unknown. */
    seconds_left: number | null;
    is_default: boolean;
    /** Present if the dates are in the future, so that nobody knows when the token expires. */
    is_from_future?: true;
    error?: VaultError;
  };

export interface CredentialList {
  credentials: ListedCredential[];
  key_store: string | null;
}

export interface ListRequest {
  vault: Vault;
  preferences: Preferences;
  /** Returns how a platform renews its credentials; `undefined` for one that is unknown here. */
  renewalOf: (platform: string) => RenewalPolicy | undefined;
  /** Only this platform's. Default: all. */
  platform?: string | undefined;
}

/** Lists what is stored, without a key. A record that cannot be read is an entry with its error. */
export async function listCredentials({
  vault,
  preferences,
  renewalOf,
  platform,
}: ListRequest): Promise<CredentialList> {
  const rows = (await vault.list()).filter(row => platform === undefined || row.platform === platform);
  const credentials = rows.map((row): ListedCredential => {
    const {platform, identifier} = row;
    const is_default = preferences.default[platform] === identifier;
    // Not spread: that would take as long as reading the record.
    if ('error' in row) {
      const {error} = row;
      return {
        platform,
        identifier,
        scopes: null,
        status: 'unreadable',
        seconds_left: null,
        is_default,
        error,
      };
    }
    const {user_id, username, scopes, issued_at, expires_at, refreshed_at} = row.header;
    const is_from_future = isFromFuture(row.header);
    const left = is_from_future ? Infinity : secondsLeft(row.header);
    return {
      platform,
      identifier,
      user_id,
      username,
      scopes,
      status: listedStatus(row.header, renewalOf(platform), preferences.refreshWindowDays),
      issued_at,
      expires_at,
      refreshed_at,
      seconds_left: Number.isFinite(left) ? Math.floor(left) : null,
      is_default,
      ...(is_from_future && {is_from_future}),
    };
  });
  return {credentials, key_store: (await vault.describeKey())?.store ?? null};
}

/** Where access tokens are renewed at each use, only the refresh token can expire. */
function listedStatus(
  header: RecordHeader,
  policy: RenewalPolicy | undefined,
  windowDays: number,
): 'valid' | 'due' | 'expired' {
  if (policy?.kind !== 'self') return secondsLeft(header) <= 0 ? 'expired' : 'valid';
  const freshness = freshnessOf(header, policy, {windowDays});
  return freshness !== 'fresh' ? freshness : isFromFuture(header) ? 'due' : 'valid';
}
