import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';

/**
 * Creates the error for a lost key, which is not the same as "no key yet": the key may only be unreachable, so
 * it is never replaced. `damaged` is a file to be removed before a new key can be created.
 */
export function keyGone(reason: string, damaged?: string): VaultError {
  return new VaultError('KEY_GONE', `${reason}, so the stored credentials cannot be decrypted.`, [
    'Restore it from a backup; the records are unchanged.',
    `Or discard the credentials: ${bin} utils tokens remove, ${damaged ? `remove ${damaged} as well, ` : ''}then ${bin} login`,
  ]);
}
