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
import {type FileHandle, open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {VaultError} from '../errors.js';
import {toolVariable} from '../program.js';
import {GUARDS} from './durable-write.js';
import {storageError} from './storage-error.js';

/** Bytes, 1 MiB. The largest private files, `vault.key` and `vault.json`, have a few thousand. */
const MAXIMUM_SIZE = 1024 * 1024;
const OWN_UID = process.getuid?.();

/**
 * Reads a private file: a regular file with one name, not a symbolic link, that is owned by this user and inaccessible
 * to others. Returns `undefined` if it does not exist. Throws FILE_UNSAFE with the command that fixes it.
 */
export async function readPrivateFile(path: string): Promise<Buffer | undefined> {
  return readPrivateFileSync(path);
}

/** How errors name a file whose path may be a secret: in a sentence and in a shell command. */
interface FileTitle {
  title: string;
  word: string;
}

export interface ReadOptions {
  /** Memory for the result: copy the result to keep it. */
  scratch?: Buffer;
  /** Default: the path. */
  as?: FileTitle;
}

/** Reads a private file synchronously, which is four times faster for small local files. */
export function readPrivateFileSync(path: string, {scratch, as}: ReadOptions = {}): Buffer | undefined {
  const title = as?.title ?? path;
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | GUARDS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw openError(error as NodeJS.ErrnoException, 'read', title);
  }
  try {
    const stats = fstatSync(file);
    checkStats(path, stats, as);
    if (stats.size > MAXIMUM_SIZE) throw unexpectedFile(title);
    const bytes = scratch && stats.size <= scratch.length ? scratch : Buffer.allocUnsafe(stats.size);
    return bytes.subarray(0, readInto(bytes, file, stats.size));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'read', title);
  } finally {
    closeSync(file);
  }
}

/** Opens a private file for reading and writing, or creates it (0600). Throws FILE_UNSAFE as `readPrivateFile` does. */
export async function openPrivateFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | GUARDS, 0o600).catch(error => {
    throw openError(error, 'open', path);
  });
  try {
    checkStats(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function openError(error: NodeJS.ErrnoException, action: string, path: string): VaultError {
  const isLink = error.code === 'ELOOP' || error.code === 'EMLINK';
  return isLink ? symbolicLink(path) : storageError(error, action, path);
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
    checkStats(path, lstatSync(path));
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
  if (stats) checkStats(path, stats);
}

/** Throws FILE_UNSAFE unless it is a private file or folder. */
function checkStats(path: string, stats: Stats, as?: FileTitle): void {
  const title = as?.title ?? path;
  const word = () => as?.word ?? quote(path);
  if (stats.isSymbolicLink()) throw symbolicLink(title);
  if (process.platform === 'win32') return;
  if (stats.uid !== OWN_UID) {
    throw new VaultError('FILE_UNSAFE', `${title} is owned by another user, so it is not used.`, [
      as
        ? `Make a copy of your own: install -m 600 ${as.word} FILE`
        : `Run the command as its owner, or set ${toolVariable('HOME')} to a folder of your own.`,
    ]);
  }
  if (stats.mode & 0o077) {
    throw new VaultError('FILE_UNSAFE', `${title} is accessible to other users, so it is not used.`, [
      `Run: chmod go= ${word()}`,
    ]);
  }
  if (stats.isDirectory()) return;
  if (!stats.isFile()) throw unexpectedFile(title);
  // Whoever writes to the file writes to the one with the other name, too, wherever it is.
  if (stats.nlink > 1) {
    throw new VaultError('FILE_UNSAFE', `${title} has another name (a hard link), so it is not used.`, [
      as
        ? `Make a copy of your own: install -m 600 ${as.word} FILE`
        : `Replace it with a copy: cp -p ${word()} ${quote(`${path}.copy`)} && mv ${quote(`${path}.copy`)} ${word()}`,
    ]);
  }
}

/** Quotes a path for a POSIX shell. */
export const quote = (path: string) => `'${path.replaceAll("'", "'\\''")}'`;

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
