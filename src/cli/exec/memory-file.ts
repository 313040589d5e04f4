import {readlinkSync, rmSync} from 'node:fs';
import {lstat, mkdtemp, readdir, rm, statfs, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/private-file.js';
import {bin} from '../../program.js';
import {readStat} from './process-stat.js';

/** statfs(2): TMPFS_MAGIC and RAMFS_MAGIC. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** A file that is gone with its process, or at the next sweep. */
interface MemoryFile {
  path: string;
  remove(): void;
}

/**
 * A folder that is kept in memory, so that nothing in it reaches a disk (swap aside): the session's own,
 * else the one for shared memory. Throws STORAGE_FAILED where there is none.
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
    'There is no storage in memory here, and a secret is not written to a disk.',
    [
      'Leave --file out: the command then gets variables.',
      'On Linux: mount a tmpfs at /dev/shm, or name one in XDG_RUNTIME_DIR.',
    ],
  );
}

/** Writes a file (0600) in a folder of its own (0700) there. Throws STORAGE_FAILED. */
export async function writeInMemory(memory: string, name: string, content: string): Promise<MemoryFile> {
  const failed = (error: NodeJS.ErrnoException): never => {
    throw storageError(error, 'write in', memory);
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

/** Removes what those left who were killed. Failing to is no harm to this run. */
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

/** Ours, and of a process that has ended? A process is known only in its own container (PID namespace). */
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
