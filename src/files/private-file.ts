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
import {toolVariable} from '../program.js';

/** Bytes, 1 MiB. The largest private files, `vault.key` and `vault.json`, have a few thousand. */
const MAXIMUM_SIZE = 1024 * 1024;
const OWN_UID = process.getuid?.();

/**
 * Reads a private file: a regular file, not a symbolic link, that is owned by this user and inaccessible to
 * others. Returns `undefined` if it does not exist. Throws FILE_UNSAFE with the command that fixes it.
 */
export async function readPrivateFile(path: string): Promise<Buffer | undefined> {
  return readPrivateFileSync(path);
}

/**
 * Reads a private file synchronously, which is four times faster for small local files. The result may share
 * the memory of `scratch`: copy it to keep it.
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
    if (stats.isFIFO() || stats.size > MAXIMUM_SIZE) throw unexpectedFile(path);
    const bytes = scratch && stats.size <= scratch.length ? scratch : Buffer.allocUnsafe(stats.size);
    return bytes.subarray(0, readInto(bytes, file, stats.size));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'read', path);
  } finally {
    closeSync(file);
  }
}

/** Reads up to `size` bytes. Returns how many there were. */
function readInto(bytes: Buffer, file: number, size: number): number {
  let total = 0;
  for (let count = size; count > 0 && total < size; total += count) {
    count = readSync(file, bytes, total, size - total, null);
  }
  return total;
}

/** Creates a private folder (0700). Throws FILE_UNSAFE if it exists and is not private, or is a symbolic link. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  try {
    createFolder(path);
    checkOwnership(path, lstatSync(path));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'create', path);
  }
}

/** Creates a folder and its parents. Node's own `recursive` option never returns in a folder such as /proc. */
function createFolder(path: string): void {
  // Checked first: mkdir takes longer to report that a folder exists.
  if (statSync(path, {throwIfNoEntry: false})?.isDirectory()) return;
  if (dirname(path) !== path) createFolder(dirname(path));
  try {
    mkdirSync(path, {mode: 0o700});
  } catch (error) {
    if (!statSync(path, {throwIfNoEntry: false})?.isDirectory()) throw error;
  }
}

/** Throws FILE_UNSAFE if the file or folder exists and is not private. */
export async function checkPrivate(path: string): Promise<void> {
  let stats: Stats | undefined;
  try {
    stats = lstatSync(path, {throwIfNoEntry: false});
  } catch (error) {
    throw storageError(error as NodeJS.ErrnoException, 'read', path);
  }
  if (stats) checkOwnership(path, stats);
}

/** Describes a failed file operation. `action` is a verb, such as "write". */
export function storageError(error: NodeJS.ErrnoException, action: string, path: string): VaultError {
  const reasons: Record<string, [reason: string, suggestion: string]> = {
    ENOSPC: ['no space left on device (the disk is full)', 'Free some disk space and run the command again.'],
    EDQUOT: ['disk quota exceeded', 'Free some disk space and run the command again.'],
    EROFS: ['read-only file system', 'Use a folder on a writable file system.'],
    EACCES: ['permission denied', 'Check the owner and the mode of the file and its folder.'],
    EPERM: ['permission denied', 'Check the owner and the mode of the file and its folder.'],
    ENOENT: ['no such file or directory', 'Check the path.'],
    EBUSY: ['it is in use, or mounted as a single file', 'If it is mounted, mount its folder instead.'],
  };
  const [reason, suggestion] = reasons[error.code ?? ''] ?? [
    `system error ${error.code ?? 'unknown'}`,
    'Check the path.',
  ];
  return new VaultError('STORAGE_FAILED', `Could not ${action} ${path}: ${reason}.`, [suggestion]);
}

function checkOwnership(path: string, stats: {uid: number; mode: number; isSymbolicLink(): boolean}): void {
  if (stats.isSymbolicLink()) throw symbolicLink(path);
  if (process.platform === 'win32') return;
  if (stats.uid !== OWN_UID) {
    throw new VaultError('FILE_UNSAFE', `${path} is owned by another user, so it is not used.`, [
      `Run the command as its owner, or set ${toolVariable('HOME')} to a folder of your own.`,
    ]);
  }
  if (stats.mode & 0o077) {
    throw new VaultError('FILE_UNSAFE', `${path} is accessible to other users, so it is not used.`, [
      `Run: chmod go= '${path.replaceAll("'", "'\\''")}'`,
    ]);
  }
}

function unexpectedFile(path: string): VaultError {
  return new VaultError(
    'FILE_UNSAFE',
    `${path} is not a regular file, or is larger than 1 MiB, so it is not used.`,
    ['Move it elsewhere and restore the original from a backup.'],
  );
}

function symbolicLink(path: string): VaultError {
  return new VaultError('FILE_UNSAFE', `${path} is a symbolic link, so it is not used.`, [
    'Replace the link with the file or folder that it points to.',
  ]);
}
