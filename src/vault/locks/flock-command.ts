import {once} from 'node:events';
import {VaultError} from '../../errors.js';

/**
 * The lock where the addon does not load (Alpine and other systems with musl): flock(1) holds it in a
 * process that lives as long as our pipe to it, so the kernel drops it with us here too.
 * Returns what releases it; undefined when it was not to be had within `timeout` seconds.
 */
export async function lockWithFlock(
  path: string,
  shared: boolean,
  timeout: number,
): Promise<(() => Promise<void>) | undefined> {
  const {spawn} = await import('node:child_process');
  const child = spawn('flock', [shared ? '-s' : '-x', path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  // Starting it takes a moment, also where the lock is free.
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(timeout * 1000, 500));
  const ended = once(child, 'close').catch(() => {
    throw lockMissing('neither the lock library nor the program flock is to be had here');
  });
  const held = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
  clearTimeout(timer);
  if (!held) return undefined;
  return async () => {
    child.stdin.end();
    await ended;
  };
}

export function lockMissing(reason: string): VaultError {
  return new VaultError('LOCK_MISSING', `The vault cannot be locked against other processes: ${reason}.`, [
    'Install flock (util-linux or busybox), or use a system that the optional libraries support.',
  ]);
}
