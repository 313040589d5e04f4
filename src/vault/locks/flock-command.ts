import {once} from 'node:events';
import {withoutSecrets} from '../../config/child-environment.js';
import {VaultError} from '../../errors.js';

export interface FlockOptions {
  shared: boolean;
  /** Seconds to wait for the lock. */
  timeout: number;
}

/**
 * Locks a file with flock(1), for systems where the addon does not load (Alpine and others with musl). The child
 * process holds the lock until our pipe to it is closed, so the kernel releases the lock when this process ends.
 * Returns a function that releases the lock, or `undefined` if it was not acquired in time.
 */
export async function lockWithFlock(
  path: string,
  {shared, timeout}: FlockOptions,
): Promise<(() => Promise<void>) | undefined> {
  const {spawn} = await import('node:child_process');
  const child = spawn('flock', [shared ? '-s' : '-x', path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: withoutSecrets(process.env),
  });
  child.stdin.on('error', () => {});
  // At least half a second: the child takes a moment to start even if the lock is free.
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(timeout * 1000, 500));
  const ended = once(child, 'close').catch(() => {
    throw lockMissing('neither the lock library nor the flock command is available');
  });
  const isHeld = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
  clearTimeout(timer);
  if (!isHeld) return undefined;
  return async () => {
    child.stdin.end();
    await ended;
  };
}

export function lockMissing(reason: string): VaultError {
  return new VaultError('LOCK_MISSING', `The vault cannot be locked: ${reason}.`, [
    'Install flock (util-linux or BusyBox), or use a system that the optional packages support.',
  ]);
}
