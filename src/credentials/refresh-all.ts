import pLimit from 'p-limit';
import type {Identifier} from '../credential.js';
import {toVaultError, VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import type {CredentialsContext} from './context.js';
import {type Renewer, refreshStored} from './refresh.js';

export type RefreshOutcome = {identifier: Identifier} & (
  | {refreshed: boolean; expires_at: string | null}
  | {error: VaultError}
);

export interface RefreshAllRequest {
  /** Refresh even when not due. */
  force: boolean;
  onProgress?: (done: number, total: number) => void;
}

/** How many requests run at once, and after how many failures in a row the service is not asked again. */
const CONCURRENCY = 16;

/**
 * Renews every stored credential of the platform, each as safely as alone; one failure stops no other. The
 * outcomes are sorted by name. Throws what would fail for all of them, such as a key that cannot be read.
 */
export async function refreshAll(
  {
    platform,
    vault,
    preferences,
    warn,
  }: Pick<CredentialsContext, 'platform' | 'vault' | 'preferences' | 'warn'>,
  {force, onProgress = () => {}}: RefreshAllRequest,
): Promise<RefreshOutcome[]> {
  const names = await vault.names(platform.name);
  if (names.length === 0) return [];
  const {refreshWindowDays: windowDays} = await preferences();
  const throttledPlatform = throttled(platform);
  const told = new Set<string>();
  const warnOnce = (message: string) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
  let done = 0;
  return vault.updateMany(update => {
    async function refresh(identifier: Identifier): Promise<RefreshOutcome> {
      try {
        const {credential, refreshed} = await refreshStored(
          {platform: throttledPlatform, vault: {update}, warn: warnOnce},
          {platform: platform.name, identifier},
          {windowDays, force},
        );
        return {identifier, refreshed, expires_at: credential.expires_at};
      } catch (error) {
        return {identifier, error: toVaultError(error)};
      } finally {
        onProgress(++done, names.length);
      }
    }
    // Twice as many, so that some read and write while others wait for the service.
    return pLimit(2 * CONCURRENCY).map(names, refresh);
  });
}

/**
 * Limits how many requests run at once, and stops asking after too many failures in a row, so that a dead
 * network is not waited for a thousand times. Counted by API origin: a stand-in that is gone says nothing
 * about the service.
 */
function throttled(platform: Platform): Renewer {
  const limit = pLimit(CONCURRENCY);
  const failuresInARow = new Map<string, number>();
  const ask = <T>(apiUrl: string, request: () => Promise<T>): Promise<T> =>
    limit(async () => {
      const failures = () => failuresInARow.get(apiUrl) ?? 0;
      if (failures() >= CONCURRENCY) throw notAsked(platform);
      try {
        const answer = await request();
        failuresInARow.delete(apiUrl);
        return answer;
      } catch (error) {
        // Any other failure concerns one credential only.
        const {code} = error as VaultError;
        const concernsAll = code === 'NETWORK_FAILED' || code === 'RATE_LIMITED';
        failuresInARow.set(apiUrl, concernsAll ? failures() + 1 : 0);
        throw error;
      }
    });
  const {name, title, renewal, inspect} = platform;
  return {
    name,
    title,
    renewal,
    renew: credential => ask(credential.api_url, () => platform.renew(credential)),
    ...(inspect && {inspect: (apiUrl, token) => ask(apiUrl, () => platform.inspect!(apiUrl, token))}),
  };
}

function notAsked({title}: Platform): VaultError {
  return new VaultError('NOT_ASKED', `Skipped: ${title} failed ${CONCURRENCY} times in a row.`, [
    'Run the command again later; it continues with what was not refreshed.',
  ]);
}
