import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import type {Vault} from '../vault/vault.js';
import {refreshStored} from './refresh.js';

export type RefreshOutcome = {identifier: string} & (
  | {refreshed: boolean; expires_at: string | null}
  | {error: VaultError}
);

/** Renews every stored credential of a platform, one after the other, and tells of each; one failure stops no other. */
export async function* refreshAll(
  platform: Platform,
  vault: Vault,
  windowDays: number,
  force: boolean,
): AsyncGenerator<RefreshOutcome> {
  for (const identifier of await vault.names(platform.name)) {
    try {
      const ref = {platform: platform.name, identifier};
      const {credential, refreshed} = await refreshStored(platform, vault, ref, windowDays, force);
      yield {identifier, refreshed, expires_at: credential.expires_at};
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      yield {identifier, error};
    }
  }
}
