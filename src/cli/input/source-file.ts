import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {text} from 'node:stream/consumers';
import {looksSecret} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/storage-error.js';

/** Reads a file that the user named; `-` is standard input. Throws USAGE and STORAGE_FAILED. */
export async function readSource(path: string): Promise<{text: string; name: string}> {
  if (path === '-') return {text: await text(process.stdin), name: 'standard input'};
  refuseSecretPath(path);
  return {
    text: await readFile(path, 'utf8').catch(error => {
      throw storageError(error, 'read', path);
    }),
    name: path,
  };
}

/** Throws USAGE, without repeating it, for a secret in the place of a file name. */
export function refuseSecretPath(path: string): string {
  if (!looksSecret(basename(path))) return path;
  throw new VaultError('USAGE', 'That looks like a secret, not a file name.', [
    'Use - instead, and pass the secret on standard input.',
  ]);
}
