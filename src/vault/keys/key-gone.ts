import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';

/** Told from "no key yet" so that a key which is only unreachable is never replaced. */
export function keyGone(what: string, inTheWay?: string): VaultError {
  return new VaultError('KEY_GONE', `${what}, so the stored credentials cannot be opened.`, [
    'Restore it from a backup; the records are untouched.',
    `Or give them up: ${bin} utils tokens remove, ${inTheWay ? `remove ${inTheWay} as well, ` : ''}then ${bin} threads authorize`,
  ]);
}
