import {constants, type Stats} from 'node:fs';
import {access, lstat, readFile, realpath, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {VaultError} from '../errors.js';
import {probeWrite, writeDurably} from './durable-write.js';
import {storageError} from './private-file.js';

/** Bytes; the files in question have a few thousand. */
const LARGEST = 256 * 1024;

/** A text file of the user's, which other programs read and write too. */
export interface UserFile {
  /** As it was named. */
  path: string;
  /** The file itself, where `path` is a symbolic link to it. */
  target: string;
  /** Empty where there is no file yet. */
  text: string;
  stats: Stats | undefined;
}

/** Throws USAGE for what is no text file, and STORAGE_FAILED for what cannot be read. */
export async function readUserFile(path: string): Promise<UserFile> {
  try {
    const target = await follow(path);
    const stats = await stat(target).catch(unlessAbsent);
    if (!stats) return {path, target, text: '', stats};
    if (!stats.isFile()) throw unsuitable(`${path} is not a file.`);
    if (stats.size > LARGEST) throw unsuitable(`${path} is far too large for such a file.`);
    return {path, target, text: decode(path, await readFile(target)), stats};
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as NodeJS.ErrnoException, 'read', path);
  }
}

/** Replaces its text as writeDurably does; mode, owner and a link to it stay. A new file is 0600. Throws STORAGE_FAILED. */
export function replaceUserFile(file: UserFile, text: string): Promise<void> {
  return withFile(file, () => writeDurably(file.target, text, file.stats));
}

/** Would `replaceShared` succeed? Changes nothing. Throws STORAGE_FAILED. */
export function probeReplace(file: UserFile): Promise<void> {
  return withFile(file, () => probeWrite(dirname(file.target), file.stats));
}

async function withFile({path, target, stats}: UserFile, write: () => Promise<void>): Promise<void> {
  try {
    // A rename asks nobody whether the file itself may be written.
    if (stats) await access(target, constants.W_OK);
    if (await isMounted(target)) throw Object.assign(new Error(), {code: 'EBUSY'});
    await write();
  } catch (error) {
    throw storageError(error as NodeJS.ErrnoException, 'write', path);
  }
}

/** Single files are mounted into containers, and no rename can replace one. Only Linux tells. */
async function isMounted(target: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const escaped = target.replaceAll(
    /[ \t\n\\]/g,
    each => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return mounts.split('\n').some(mount => mount.split(' ')[4] === escaped);
}

/** The file behind a link, so that the link stays one. */
async function follow(path: string): Promise<string> {
  const target = await realpath(path).catch(unlessAbsent);
  if (target === undefined && (await lstat(path).catch(unlessAbsent)))
    throw unsuitable(`${path} is a link to a file that is not there.`);
  return target ?? path;
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** To the byte: what is not UTF-8 could not be written back as it was. */
function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    throw unsuitable(`${path} is not UTF-8 text.`);
  }
}

function unsuitable(message: string): VaultError {
  return new VaultError('USAGE', `${message} Nothing was changed.`, ['Name another file.']);
}
