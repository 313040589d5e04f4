import type {Preferences} from '../config/preferences.js';
import type {Credential, CredentialRef} from '../credential.js';
import type {VaultError} from '../errors.js';
import type {Vault} from '../vault/vault.js';
import {freshnessOf, type RefreshRules, secondsLeft} from './lifetime.js';

/** One stored credential as `list` shows it, from the clear part of its record. Nothing secret. */
export type ListedCredential = CredentialRef &
  Partial<Pick<Credential, 'user_id' | 'username' | 'issued_at' | 'expires_at' | 'refreshed_at'>> & {
    scopes: string[] | null;
    status: 'valid' | 'due' | 'expired' | 'unreadable';
    /** Until the token ends; negative once it has, null when unknown. */
    seconds_left: number | null;
    is_default: boolean;
    error?: VaultError;
  };

/** Stored by a version that knows more platforms. */
const UNKNOWN_PLATFORM: RefreshRules = {minimumRefreshAge: 0, tokenLifetime: Infinity};

/** Everything that is stored, without a key: a bad record is an entry with its error. */
export async function listCredentials(
  vault: Vault,
  preferences: Preferences,
  platforms: (RefreshRules & {name: string})[],
  platform?: string,
): Promise<{credentials: ListedCredential[]; key_store: string | null}> {
  const rows = (await vault.list()).filter(row => platform === undefined || row.platform === platform);
  const credentials = rows.map((row): ListedCredential => {
    const {platform, identifier} = row;
    const is_default = preferences.default[platform] === identifier;
    if ('error' in row) {
      return {
        platform,
        identifier,
        scopes: null,
        status: 'unreadable',
        seconds_left: null,
        is_default,
        error: row.error,
      };
    }
    const {user_id, username, scopes, issued_at, expires_at, refreshed_at} = row.header;
    const left = secondsLeft(row.header);
    const rules = platforms.find(({name}) => name === platform) ?? UNKNOWN_PLATFORM;
    const freshness = freshnessOf(row.header, rules, preferences.refreshWindowDays);
    const seconds_left = Number.isFinite(left) ? Math.floor(left) : null;
    return {
      platform,
      identifier,
      user_id,
      username,
      scopes,
      status: freshness === 'fresh' ? 'valid' : freshness,
      issued_at,
      expires_at,
      refreshed_at,
      seconds_left,
      is_default,
    };
  });
  return {credentials, key_store: (await vault.describeKey())?.store ?? null};
}
