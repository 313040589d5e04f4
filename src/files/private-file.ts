import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {VaultError} from '../errors.js';

/** Bytes; the largest of ours, `vault.key` and `vault.json`, have a few thousand. */
const LARGEST = 1024 * 1024;
const OWN_ID = process.getuid?.();

/**
 * Reads a file that only we may have written: a regular file of this user that nobody else can open,
 * not a symbolic link. Returns undefined where there is none. Throws FILE_UNSAFE, naming the cure.
 */
export async function readPrivateFile(path: string): Promise<Buffer | undefined> {
  return readPrivateFileSync(path);
}

/**
 * As readGuarded, at once: for a small file of this machine that is four times as fast. What it returns may be a
 * part of `scratch`, for who reads many and keeps none.
 */
export function readPrivateFileSync(path: string, scratch?: Buffer): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'EMLINK') throw symbolicLink(path);
    throw storageError(error as NodeJS.ErrnoException, 'read', path);
  }
  try {
    const stats = fstatSync(file);
    checkOwnership(path, stats);
    if (stats.isFIFO() || stats.size > LARGEST) throw notAVaultFile(path);
    const bytes = scratch && stats.size <= scratch.length ? scratch : Buffer.allocUnsafe(stats.size);
    return bytes.subarray(0, readInto(bytes, file, stats.size));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'read', path);
  } finally {
    closeSync(file);
  }
}

/** How much of the file there was to read. */
function readInto(bytes: Buffer, file: number, size: number): number {
  let read = 0;
  for (let more = size; more > 0 && read < size; read += more) {
    more = readSync(file, bytes, read, size - read, null);
  }
  return read;
}

/** Makes a folder (0700) unless it is there; a link, a foreign owner or an open mode is FILE_UNSAFE. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  try {
    makeFolder(path);
    checkOwnership(path, lstatSync(path));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'make', path);
  }
}

/** With those above it, one by one: node's own way of doing so never ends in a folder such as /proc. */
function makeFolder(path: string): void {
  // Looked for first, since mkdir takes long to say that it is there.
  if (statSync(path, {throwIfNoEntry: false})?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, {mode: 0o700});
  } catch (error) {
    if (!statSync(path, {throwIfNoEntry: false})?.isDirectory()) throw error;
  }
}

/** Is what stands at this path ours alone? Nothing there is fine too. Throws FILE_UNSAFE. */
export async function checkPrivate(path: string): Promise<void> {
  let stats: Stats | undefined;
  try {
    stats = lstatSync(path, {throwIfNoEntry: false});
  } catch (error) {
    throw storageError(error as NodeJS.ErrnoException, 'read', path);
  }
  if (stats) checkOwnership(path, stats);
}

/** What a person is told when the disk refuses: full, read-only, not allowed. */
export function storageError(error: NodeJS.ErrnoException, doing: string, path: string): VaultError {
  const reasons: Record<string, [string, string]> = {
    ENOSPC: ['the disk is full', 'Free some space and run the command again.'],
    EDQUOT: ['the disk quota is used up', 'Free some space and run the command again.'],
    EROFS: ['the file system is read-only', 'Use a home on a file system that can be written.'],
    EACCES: ['this user may not', 'Check who owns the folder and its mode.'],
    EPERM: ['this user may not', 'Check who owns the folder and its mode.'],
    ENOENT: ['there is no such file or folder', 'Check the path.'],
    EBUSY: ['it is in use, or mounted by itself', 'Mount the folder that it is in instead.'],
  };
  const [reason, next] = reasons[error.code ?? ''] ?? [
    `the system says ${error.code ?? 'no'}`,
    'Check the path.',
  ];
  return new VaultError('STORAGE_FAILED', `Could not ${doing} ${path}: ${reason}.`, [next]);
}

function checkOwnership(path: string, stats: {uid: number; mode: number; isSymbolicLink(): boolean}): void {
  if (stats.isSymbolicLink()) throw symbolicLink(path);
  if (process.platform === 'win32') return;
  if (stats.uid !== OWN_ID) {
    throw new VaultError('FILE_UNSAFE', `${path} belongs to another user, so it is not used.`, [
      'Run the command as its owner, or point to a home of your own.',
    ]);
  }
  if (stats.mode & 0o077) {
    throw new VaultError('FILE_UNSAFE', `${path} can be opened by other users, so it is not used.`, [
      `Run: chmod go= '${path.replaceAll("'", "'\\''")}'`,
    ]);
  }
}

function notAVaultFile(path: string): VaultError {
  return new VaultError('FILE_UNSAFE', `${path} is not a file of this vault, so it is not used.`, [
    'Move it away, and restore the right one from a backup.',
  ]);
}

function symbolicLink(path: string): VaultError {
  return new VaultError('FILE_UNSAFE', `${path} is a symbolic link, so it is not used.`, [
    'Replace the link by the file itself.',
  ]);
}
