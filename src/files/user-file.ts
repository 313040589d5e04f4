import {constants, type Stats} from 'node:fs';
import {access, lstat, readFile, realpath, stat} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {VaultError} from '../errors.js';
import {probeWrite, sweepTemporariesOf, writeDurably} from './durable-write.js';
import {storageError} from './storage-error.js';

/** Bytes, 256 KiB. A typical .env file has a few thousand. */
const MAXIMUM_SIZE = 256 * 1024;

/** A text file that belongs to the user and that other programs read and write, too. */
export interface UserFile {
  /** The path as given. */
  path: string;
  /** The path of the file itself, with symbolic links resolved. */
  target: string;
  /** Empty if the file does not exist yet. */
  text: string;
  stats: Stats | undefined;
}

/** Reads a file of the user. Throws USAGE if it is not a text file, and STORAGE_FAILED if it cannot be read. */
export async function readUserFile(path: string): Promise<UserFile> {
  try {
    const target = await resolveLink(path);
    const stats = await stat(target).catch(ignoreMissing);
    if (!stats) return {path, target, text: '', stats};
    if (!stats.isFile()) throw unsuitable(`${path} is not a regular file.`);
    if (stats.size > MAXIMUM_SIZE) throw unsuitable(`${path} is too large (more than 256 KiB).`);
    return {path, target, text: decode(path, await readFile(target)), stats};
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'read', path);
  }
}

/**
 * Replaces the text of a file atomically. Preserves the mode, the owner and a symbolic link to the file; a new
 * file is private (0600). Removes what killed writers left beside it, which holds secrets. Throws STORAGE_FAILED.
 */
export function replaceUserFile(file: UserFile, text: string): Promise<void> {
  return withChecks(file, async () => {
    await sweepTemporariesOf(file.target);
    await writeDurably(file.target, text, file.stats);
  });
}

/** Throws STORAGE_FAILED if `replaceUserFile` would fail. Changes nothing. */
export function probeReplace(file: UserFile): Promise<void> {
  return withChecks(file, () => probeWrite(dirname(file.target), file.stats, basename(file.target)));
}

async function withChecks({path, target, stats}: UserFile, write: () => Promise<void>): Promise<void> {
  try {
    // A rename succeeds even if the file itself is not writable.
    if (stats) await access(target, constants.W_OK);
    if (await isMounted(target)) throw Object.assign(new Error(), {code: 'EBUSY'});
    await write();
  } catch (error) {
    throw storageError(error as NodeJS.ErrnoException, 'write', path);
  }
}

/** Reports whether a file is a mount point, as in containers: a rename cannot replace it. Linux only. */
async function isMounted(target: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const escaped = target.replaceAll(
    /[ \t\n\\]/g,
    each => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return mounts.split('\n').some(mount => mount.split(' ')[4] === escaped);
}

/** Returns the file that a link points to, so that a write replaces the file and not the link. */
async function resolveLink(path: string): Promise<string> {
  const target = await realpath(path).catch(ignoreMissing);
  if (target === undefined && (await lstat(path).catch(ignoreMissing)))
    throw unsuitable(`${path} is a symbolic link to a file that does not exist.`);
  return target ?? path;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Decodes strictly: bytes that are not UTF-8 could not be written back unchanged. */
function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    throw unsuitable(`${path} is not UTF-8 text.`);
  }
}

function unsuitable(message: string): VaultError {
  return new VaultError('USAGE', `${message} Nothing was changed.`, ['Use another file.']);
}
