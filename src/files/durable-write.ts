import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, open, readdir, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

const TEMPORARY = /^\..+\.[0-9a-f]{16}\.tmp$/;
/** Milliseconds, an hour: far longer than any write takes. */
const ABANDONED_AFTER = 60 * 60 * 1000;
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
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      if (like) await applyOwnership(file, like);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  await syncFolder(dirname(path));
}

async function applyOwnership(file: FileHandle, {mode, uid, gid}: Ownership): Promise<void> {
  const created = await file.stat();
  // Only if they differ: some file systems reject even a call that changes nothing.
  if (created.uid !== uid || created.gid !== gid) await file.chown(uid, gid);
  if ((created.mode ^ mode) & 0o7777) await file.chmod(mode & 0o7777);
}

/** Writes and removes a test file. Throws Node's own error if the disk is full or the folder is read-only. */
export async function probeWrite(folder: string, like?: Ownership): Promise<void> {
  const probe = join(folder, `.rehearsal.${randomBytes(8).toString('hex')}.tmp`);
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

/** Reports whether `name` is a temporary file of an unfinished write. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Removes the temporary files of killed writers. Best effort: a temporary file is never read. */
export async function sweepTemporaries(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter(isTemporaryName)) {
    const path = join(folder, name);
    const age = await stat(path).then(
      ({mtimeMs}) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_AFTER) await rm(path, {force: true}).catch(() => {});
  }
}
