import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {open, readdir, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

const TEMPORARY = /^\..+\.[0-9a-f]{16}\.tmp$/;
const ABANDONED_AFTER = 60 * 60 * 1000;

/**
 * Replaces a file so that after a crash at any point it holds its whole old or its whole new content.
 * Returns only when the new content is on the disk. A failure (full disk, read-only folder) is thrown
 * as node's own error and leaves the old file as it was.
 */
export async function writeDurably(path: string, bytes: Uint8Array | string, mode = 0o600): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
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

/** Would a write of a record in this folder succeed? Throws node's own error: full disk, read-only. */
export async function rehearseWrite(folder: string): Promise<void> {
  const rehearsal = join(folder, `.rehearsal.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(rehearsal, 'wx', 0o600);
    try {
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
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Removes what writers that were killed left behind. Failing to is no harm: a temporary is never read. */
export async function sweepTemporaries(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter(isTemporary)) {
    const path = join(folder, name);
    const age = await stat(path).then(
      ({mtimeMs}) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_AFTER) await rm(path, {force: true}).catch(() => {});
  }
}
