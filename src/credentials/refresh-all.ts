import pLimit from 'p-limit';
import {toVaultError, VaultError} from '../errors.js';
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

/** The service is asked for so many at once. */
const CONCURRENCY = 16;

/**
 * Renews every stored credential of a platform, each once and as safely as alone; one failure stops no
 * other. The outcomes come in the order of the names. What would fail for all of them, such as a key that
 * cannot be had, is thrown.
 */
export async function refreshAll(
  platform: Platform,
  vault: Vault,
  {windowDays, force, onProgress = () => {}}: RefreshAllOptions,
): Promise<RefreshOutcome[]> {
  const names = await vault.names(platform.name);
  if (names.length === 0) return [];
  const considerate = throttled(platform);
  let done = 0;
  return vault.updateMany(update => {
    async function refresh(identifier: string): Promise<RefreshOutcome> {
      try {
        const ref = {platform: platform.name, identifier};
        const {credential, refreshed} = await refreshStored(considerate, {update}, ref, windowDays, force);
        return {identifier, refreshed, expires_at: credential.expires_at};
      } catch (error) {
        return {identifier, error: toVaultError(error)};
      } finally {
        onProgress(++done, names.length);
      }
    }
    // While some are asked for, as many others are read and written.
    return pLimit(2 * CONCURRENCY).map(names, refresh);
  });
}

/**
 * So many at once and no more; and a circuit breaker: where so many in a row did not reach the service, or
 * were not allowed, it is not asked again, so that no dead network is waited for a thousand times. By API
 * origin: a credential from a sandbox that is gone says nothing of the others.
 */
function throttled(platform: Platform): Platform {
  const atOnce = pLimit(CONCURRENCY);
  const failuresInARow = new Map<string, number>();
  const ask = <T>(apiUrl: string, question: () => Promise<T>): Promise<T> =>
    atOnce(async () => {
      const failures = () => failuresInARow.get(apiUrl) ?? 0;
      if (failures() >= CONCURRENCY) throw notAsked(platform);
      try {
        const answer = await question();
        failuresInARow.delete(apiUrl);
        return answer;
      } catch (error) {
        const {code} = error as VaultError;
        const ofAll = code === 'NETWORK_FAILED' || code === 'RATE_LIMITED';
        failuresInARow.set(apiUrl, ofAll ? failures() + 1 : 0);
        throw error;
      }
    });
  return {
    ...platform,
    refresh: (apiUrl, token) => ask(apiUrl, () => platform.refresh(apiUrl, token)),
    inspect: (apiUrl, token) => ask(apiUrl, () => platform.inspect(apiUrl, token)),
  };
}

function notAsked({title}: Platform): VaultError {
  return new VaultError(
    'NOT_ASKED',
    `${title} was not asked any more, after ${CONCURRENCY} failures in a row.`,
    ['Run it again later: what was refreshed by then is not asked for again.'],
  );
}
