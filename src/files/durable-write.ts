import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, lstat, open, readdir, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {tryFileLock} from '../native.js';

const TEMPORARY = /^\..+\.[0-9a-f]{16}\.tmp$/;
/** Milliseconds, an hour: far longer than any write takes. */
const ABANDONED_AFTER = 60 * 60 * 1000;
/** A link is not followed, and opening a FIFO does not wait. Windows has neither flag. */
export const GUARDS = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Bytes. Most records have about one thousand. */
const PROBE_SIZE = 16 * 1024;

/** The owner and the permissions of a file. */
export interface Ownership {
  mode: number;
  uid: number;
  gid: number;
}

/**
 * Replaces a file atomically: after a crash at any point, it holds the whole old or the whole new content.
 * Returns once the new content is on the disk. The file is private (0600), or has the owner and mode of `like`.
 * If the write fails (full disk, read-only folder), throws Node's own error and leaves the old file unchanged.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array | string,
  like?: Ownership,
): Promise<void> {
  const {temporary, file} = await createTemporary(path);
  try {
    try {
      if (like) await applyOwnership(file, like);
      await file.writeFile(bytes);
      await file.sync();
      if (process.platform === 'win32') await file.close(); // It cannot rename an open file.
      await rename(temporary, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Creates a temporary file and locks it until it is closed, so that no sweep removes it before the rename. */
async function createTemporary(path: string): Promise<{temporary: string; file: FileHandle}> {
  for (;;) {
    const temporary = temporaryPath(path);
    const file = await open(temporary, 'wx', 0o600);
    // A sweep may have found it in the moment before it was locked.
    if (tryLock(file) !== false && (await file.stat()).nlink > 0) return {temporary, file};
    await file.close();
    await rm(temporary, {force: true});
  }
}

async function applyOwnership(file: FileHandle, {mode, uid, gid}: Ownership): Promise<void> {
  const created = await file.stat();
  // Only if they differ: some file systems reject even a call that changes nothing.
  if (created.uid !== uid || created.gid !== gid) await file.chown(uid, gid);
  if ((created.mode ^ mode) & 0o7777) await file.chmod(mode & 0o7777);
}

/**
 * Writes and removes a test file, named like a temporary file of `name`. Throws Node's own error if the disk is full or
 * the folder is read-only.
 */
export async function probeWrite(folder: string, like?: Ownership, name = 'rehearsal'): Promise<void> {
  const probe = temporaryPath(join(folder, name));
  try {
    const file = await open(probe, 'wx', 0o600);
    try {
      if (like) await applyOwnership(file, like);
      await file.writeFile(Buffer.alloc(PROBE_SIZE));
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(probe, {force: true});
  }
}

/** Makes renames and removals in a folder survive a power failure. Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns a path for a temporary file: `.NAME.HEX.tmp`, so that rules such as `.env*` apply to it as well. */
export function temporaryPath(path: string): string {
  const name = basename(path);
  return join(
    dirname(path),
    `${name.startsWith('.') ? '' : '.'}${name}.${randomBytes(8).toString('hex')}.tmp`,
  );
}

/** Reports whether `name` is a temporary file of an unfinished write. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Reports whether `name` is a temporary file of an unfinished write of the file `original`. */
export function isTemporaryOf(original: string, name: string): boolean {
  const hidden = original.startsWith('.') ? original : `.${original}`;
  return isTemporaryName(name) && name.slice(0, -'.0123456789abcdef.tmp'.length) === hidden;
}

/**
 * Removes the temporary files of killed writers: those that `isLeft` selects, by default those that are older than an
 * hour. Best effort: a temporary file is never read.
 */
export async function sweepTemporaries(
  folder: string,
  isLeft: (path: string) => boolean | Promise<boolean> = isOld,
): Promise<void> {
  for (const name of (await readdir(folder)).filter(isTemporaryName)) {
    const path = join(folder, name);
    if (await isLeft(path)) await remove(path);
  }
}

/** Removes the temporary files that killed writers of one file left behind, and none of a running one. Best effort. */
export async function sweepTemporariesOf(path: string): Promise<void> {
  const [folder, original] = [dirname(path), basename(path)];
  for (const name of await readdir(folder).catch(() => [])) {
    const temporary = join(folder, name);
    if (isTemporaryOf(original, name)) await isAbandoned(temporary, () => remove(temporary));
  }
}

const remove = (path: string) => rm(path, {force: true}).catch(() => {});

/**
 * Reports whether no running process is writing a temporary file, whose writer holds a lock that ends with it.
 * If so, first runs `use`, during which no writer can lock the file.
 */
export async function isAbandoned(path: string, use = async () => {}): Promise<boolean> {
  const file = await open(path, constants.O_RDWR | GUARDS).catch(() => undefined);
  try {
    const result = (file && tryLock(file)) ?? (await isOld(path));
    if (result) await use();
    return result;
  } finally {
    await file?.close();
  }
}

async function isOld(path: string): Promise<boolean> {
  return lstat(path).then(
    ({mtimeMs}) => Date.now() - mtimeMs > ABANDONED_AFTER,
    () => false,
  );
}

/**
 * Locks a file without waiting, until it is closed. Returns whether it succeeded; `undefined` where files cannot be
 * locked like this: on Windows, which cannot rename a locked file, without the addon, and on some file systems.
 */
function tryLock(file: FileHandle): boolean | undefined {
  try {
    return process.platform === 'win32' ? undefined : tryFileLock(file.fd);
  } catch {
    return undefined;
  }
}
