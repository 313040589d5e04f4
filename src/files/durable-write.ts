import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, open, readdir, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

const TEMPORARY = /^\..+\.[0-9a-f]{16}\.tmp$/;
const ABANDONED_AFTER = 60 * 60 * 1000;

/** Who owns a file and may open it. */
export interface Ownership {
  mode: number;
  uid: number;
  gid: number;
}

/**
 * Replaces a file so that after a crash at any point it holds its whole old or its whole new content.
 * Returns only when the new content is on the disk. It is ours alone (0600), or `like` another file.
 * A failure (full disk, read-only folder) is thrown as node's own error and leaves the old file as it was.
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
  const made = await file.stat();
  // Asked for only where it differs: some file systems refuse even what changes nothing.
  if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid);
  if ((made.mode ^ mode) & 0o7777) await file.chmod(mode & 0o7777);
}

/** Would a write in this folder succeed, `like` another file? Throws node's own error: full disk, read-only. */
export async function probeWrite(folder: string, like?: Ownership): Promise<void> {
  const rehearsal = join(folder, `.rehearsal.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(rehearsal, 'wx', 0o600);
    try {
      if (like) await applyOwnership(file, like);
      await file.writeFile(Buffer.alloc(16 * 1024));
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(rehearsal, {force: true});
  }
}

/** Makes a rename or a removal in this folder survive a power cut. Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Is this the name of a file that a write has not finished yet, or never will? */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Removes what writers that were killed left behind. Failing to is no harm: a temporary is never read. */
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
