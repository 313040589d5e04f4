import type {RecordName} from '../../credential.js';

/** `keys` for the vault's keys, or the name of a record. */
export type LockName = 'keys' | RecordName;

export interface LockOptions {
  /** A shared lock has many holders at once; any other lock has one. Default: false. */
  shared?: boolean;
}

/**
 * Locks for all processes that use the same vault. A lock is released when its holder ends, so a killed process
 * blocks nobody.
 */
export interface Locks {
  /**
   * Runs `work` while holding the lock. It excludes other processes and other calls in this process.
   * Throws LOCK_TIMEOUT if the lock cannot be acquired in time, and whatever `work` throws.
   */
  withLock<T>(name: LockName, work: () => Promise<T>, options?: LockOptions): Promise<T>;
}
