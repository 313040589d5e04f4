import {readlinkSync, rmSync} from 'node:fs';
import {lstat, mkdtemp, readdir, rm, statfs, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/private-file.js';
import {bin} from '../../program.js';
import {readStat} from './process-stat.js';

/** statfs(2): TMPFS_MAGIC and RAMFS_MAGIC. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** A file that its process removes at the end; if it cannot, the next sweep does. */
interface MemoryFile {
  path: string;
  remove(): void;
}

/**
 * Returns a folder in memory, so that nothing in it reaches a disk (apart from swap): that of the session,
 * else the one for shared memory. Throws STORAGE_FAILED if there is none.
 */
export async function findMemory(env: NodeJS.ProcessEnv, candidates = candidatesIn(env)): Promise<string> {
  for (const folder of candidates) {
    const type = await statfs(folder).then(
      stats => stats.type,
      () => undefined,
    );
    if (type !== undefined && IN_MEMORY.has(type)) return folder;
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
  const remove = () => rmSync(folder, {recursive: true, force: true});
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
    for (const name of await readdir(memory).catch(() => [])) {
      if (!isAbandoned(name)) continue;
      const folder = join(memory, name);
      const stats = await lstat(folder).catch(() => undefined);
      if (stats?.isDirectory() && stats.uid === process.getuid?.())
        await rm(folder, {recursive: true, force: true}).catch(() => {});
    }
  }
}

function candidatesIn({XDG_RUNTIME_DIR}: NodeJS.ProcessEnv): string[] {
  if (process.platform !== 'linux') return [];
  return [...(XDG_RUNTIME_DIR?.startsWith('/') ? [XDG_RUNTIME_DIR] : []), '/dev/shm'];
}

/** Reports whether the folder is one of ours whose process has ended, which only its own PID namespace can tell. */
function isAbandoned(folder: string): boolean {
  if (!folder.startsWith(`${bin}-exec-`)) return false;
  const [, namespace, pid, start] = /-(\d+)-(\d+)-(\d+)-\w+$/.exec(folder) ?? [];
  return pid !== undefined && namespace === pidNamespace() && readStat(pid)?.start !== start;
}

function ownerTag(): string {
  return `${pidNamespace()}-${process.pid}-${readStat(process.pid)?.start}`;
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
}
