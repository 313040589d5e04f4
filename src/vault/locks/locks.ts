import type {RecordName} from '../../credential.js';

/** `keys`: the vault's keys; otherwise one record. */
export type LockName = 'keys' | RecordName;

export interface LockOptions {
  /** Many may share a lock; one that is not shared excludes all others. Default: false. */
  shared?: boolean;
}

/**
 * The locks that every process using the same vault shares. A lock ends with its holder, so a killed
 * process blocks nobody.
 */
export interface Locks {
  /**
   * Runs `work` while no other process, and no other part of this one, holds the lock.
   * Throws LOCK_TIMEOUT when the lock could not be had in time, and what `work` throws.
   */
  withLock<T>(name: LockName, work: () => Promise<T>, options?: LockOptions): Promise<T>;
}
