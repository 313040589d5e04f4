import {closeSync, constants, openSync, readlinkSync, rmSync} from 'node:fs';
import {lstat, mkdtemp, readdir, rm, statfs, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/storage-error.js';
import {loadFileLocks, tryFileLock} from '../../native.js';
import {bin} from '../../program.js';
import {readStat} from './process-stat.js';

/** statfs(2): TMPFS_MAGIC and RAMFS_MAGIC. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** The file in each folder that its process keeps locked; the kernel frees it when the process ends, in any namespace. */
const LOCK = 'lock';

/** A file that its process removes at the end; if it cannot, the next sweep does. */
interface MemoryFile {
  path: string;
  remove(): void;
}

/**
 * Returns a folder on a file system in memory, so that nothing in it is written to a disk (except for swap). Prefers
 * the session's folder to /dev/shm. Throws STORAGE_FAILED if neither can be used.
 */
export async function findMemory(env: NodeJS.ProcessEnv, candidates = candidatesIn(env)): Promise<string> {
  for (const folder of candidates) {
    if (!(await isTrusted(folder))) continue;
    const {type} = await statfs(folder);
    if (IN_MEMORY.has(type)) return folder;
  }
  throw new VaultError(
    'STORAGE_FAILED',
    '--file needs a file system in memory, since secrets are never written to a disk. None was found.',
    [
      'Leave out --file: the command then gets variables.',
      'On Linux, mount a tmpfs at /dev/shm, or set XDG_RUNTIME_DIR to one.',
    ],
  );
}

/** Writes a file (0600) into a new folder (0700) in memory. Throws STORAGE_FAILED. */
export async function writeInMemory(memory: string, name: string, content: string): Promise<MemoryFile> {
  const failed = (error: NodeJS.ErrnoException): never => {
    throw storageError(error, 'write to', memory);
  };
  const folder = await mkdtemp(join(memory, `${bin}-exec-${ownerTag()}-`)).catch(failed);
  // Locked before there is anything to read, so that a sweep removes no file in use.
  let unlock = lock(join(folder, LOCK), constants.O_CREAT | constants.O_EXCL);
  const remove = () => {
    rmSync(folder, {recursive: true, force: true});
    unlock?.();
    unlock = undefined;
  };
  const path = join(folder, name);
  await writeFile(path, content, {mode: 0o600, flag: 'wx'}).catch(error => {
    remove();
    failed(error);
  });
  return {path, remove};
}

/** Removes the files of processes that were killed. A failure does no harm to this run. */
export async function sweepMemory(env: NodeJS.ProcessEnv): Promise<void> {
  for (const memory of candidatesIn(env)) {
    if (!(await isTrusted(memory))) continue;
    for (const name of await readdir(memory).catch(() => [])) {
      if (!name.startsWith(`${bin}-exec-`)) continue;
      const folder = join(memory, name);
      const stats = await lstat(folder).catch(() => undefined);
      if (stats?.isDirectory() && stats.uid === process.getuid?.() && isAbandoned(folder))
        await rm(folder, {recursive: true, force: true}).catch(() => {});
    }
  }
}

function candidatesIn({XDG_RUNTIME_DIR}: NodeJS.ProcessEnv): string[] {
  if (process.platform !== 'linux') return [];
  return [...(XDG_RUNTIME_DIR?.startsWith('/') ? [XDG_RUNTIME_DIR] : []), '/dev/shm'];
}

/** Reports whether no other user can replace what is in a folder. */
async function isTrusted(folder: string): Promise<boolean> {
  const stats = await lstat(folder).catch(() => undefined);
  if (!stats?.isDirectory() || (stats.uid !== 0 && stats.uid !== process.getuid?.())) return false;
  return (stats.mode & 0o022) === 0 || (stats.mode & STICKY) !== 0;
}

/** Of a folder in which only its owner can rename or remove a file. */
const STICKY = 0o1000;

/** Reports whether the process of one of our folders has certainly ended. */
function isAbandoned(folder: string): boolean {
  const [, namespace, pid, start] = /-(\d+)-(\d+)-(\d+)-\w+$/.exec(folder) ?? [];
  if (pid === undefined) return false;
  if (namespace === pidNamespace()) return readStat(pid)?.start !== start;
  // A process ID of another namespace says nothing here, but its lock does.
  const unlock = lock(join(folder, LOCK));
  unlock?.();
  return unlock !== undefined;
}

/** Locks a file until the process ends or calls what is returned; `undefined` if it is locked or cannot be. */
function lock(path: string, flags = 0): (() => void) | undefined {
  let file: number | undefined;
  try {
    loadFileLocks(); // First: a file that nobody can lock must not be created.
    file = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags, 0o600);
    const opened = file;
    if (tryFileLock(opened)) return () => closeSync(opened);
  } catch {
    // Without the lock, only the process's own namespace can tell whether it has ended.
  }
  if (file !== undefined) closeSync(file);
  return undefined;
}

function ownerTag(): string {
  return `${pidNamespace()}-${process.pid}-${readStat(process.pid)?.start}`;
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
}
