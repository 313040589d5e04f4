import pMap from 'p-map';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import type {Vault} from '../vault/vault.js';
import {refreshStored} from './refresh.js';

export type RefreshOutcome = {identifier: string} & (
  | {refreshed: boolean; expires_at: string | null}
  | {error: VaultError}
);

export interface RefreshAllOptions {
  /** A token with fewer days left is refreshed. */
  windowDays: number;
  /** Ask also where it is not time. */
  force: boolean;
  onProgress?: (done: number, total: number) => void;
}

/** So many are worked on at once. */
const CONCURRENCY = 16;

/**
 * Renews every stored credential of a platform, several at a time, each once and as safely as alone; one
 * failure stops no other. The outcomes come in the order of the names. What would fail for all of them, such
 * as a key that cannot be had, is thrown.
 */
export async function refreshAll(
  platform: Platform,
  vault: Vault,
  {windowDays, force, onProgress = () => {}}: RefreshAllOptions,
): Promise<RefreshOutcome[]> {
  const names = await vault.names(platform.name);
  if (names.length === 0) return [];
  const patient = withBreaker(platform);
  let done = 0;
  return vault.updateMany(update => {
    async function refresh(identifier: string): Promise<RefreshOutcome> {
      try {
        const ref = {platform: platform.name, identifier};
        const {credential, refreshed} = await refreshStored(patient, {update}, ref, windowDays, force);
        return {identifier, refreshed, expires_at: credential.expires_at};
      } catch (error) {
        if (error instanceof VaultError) return {identifier, error};
        throw error;
      } finally {
        onProgress(++done, names.length);
      }
    }
    return pMap(names, refresh, {concurrency: CONCURRENCY, stopOnError: false});
  });
}

/**
 * A circuit breaker: a service that could not be reached, or allowed no more calls, so many times in a row
 * is not asked again, so that no dead network is waited for a thousand times. By API origin: a credential
 * from a sandbox that is gone says nothing of the others.
 */
function withBreaker(platform: Platform): Platform {
  const failuresInARow = new Map<string, number>();
  return {
    ...platform,
    async refresh(apiUrl, token) {
      const failures = () => failuresInARow.get(apiUrl) ?? 0;
      if (failures() >= CONCURRENCY) throw notAsked(platform);
      try {
        const issued = await platform.refresh(apiUrl, token);
        failuresInARow.delete(apiUrl);
        return issued;
      } catch (error) {
        const {code} = error as VaultError;
        const ofAll = code === 'NETWORK_FAILED' || code === 'RATE_LIMITED';
        failuresInARow.set(apiUrl, ofAll ? failures() + 1 : 0);
        throw error;
      }
    },
  };
}

function notAsked({title}: Platform): VaultError {
  return new VaultError(
    'NOT_ASKED',
    `${title} was not asked any more, after ${CONCURRENCY} failures in a row.`,
    ['Run it again later: what was refreshed by then is not asked for again.'],
  );
}
