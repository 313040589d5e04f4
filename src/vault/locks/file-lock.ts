import {createHash} from 'node:crypto';
import {type FileHandle, link, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {VaultError} from '../../errors.js';
import {isTemporaryOf, sweepTemporaries, temporaryPath} from '../../files/durable-write.js';
import {ensurePrivateFolder, openPrivateFile, readPrivateFile} from '../../files/private-file.js';
import {storageError} from '../../files/storage-error.js';
import {loadFileLocks, tryFileLock} from '../../native.js';
import {type FlockOptions, lockMissing, lockWithFlock} from './flock-command.js';
import type {LockName, LockOptions, Locks} from './locks.js';

/** The folder of the lock files, inside the folder of the records. */
export const LOCKS_FOLDER = '.locks';

/** 90 s: longer than any request that a lock holder may be waiting for. */
export const LOCK_TIMEOUT = 90;

/** Locks as files in one folder. */
export class FileLocks implements Locks {
  constructor(
    private readonly folder: string,
    /** Seconds to wait for a lock. */
    private readonly timeout = LOCK_TIMEOUT,
  ) {}

  async withLock<T>(lock: LockName, work: () => Promise<T>, {shared = false}: LockOptions = {}): Promise<T> {
    const name = lock === 'keys' ? lock : recordLockName(`${lock.platform}-${lock.identifier}`);
    await ensurePrivateFolder(dirname(this.folder)); // Through a link, the locks would be created elsewhere.
    return withFileLock({folder: this.folder, name, shared, timeout: this.timeout}, work);
  }
}

interface FileLockOptions extends LockOptions {
  folder: string;
  /** The lock file is `NAME.lock`. */
  name: string;
  /** Seconds until LOCK_TIMEOUT. */
  timeout?: number;
}

/**
 * Runs `work` while holding the lock on a file. The kernel releases the lock when its holder ends. Lock files are
 * never removed, because another process may have opened the file to wait for the lock.
 * Throws LOCK_TIMEOUT with the process ID of the holder, and FILE_UNSAFE.
 */
export async function withFileLock<T>(
  {folder, name, shared = false, timeout = LOCK_TIMEOUT}: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(folder, `${name}.lock`);
  await ensurePrivateFolder(folder);
  const file = await openPrivateFile(path);
  try {
    const release = await acquire({method: await chooseMethod(folder), file, path, shared, timeout});
    try {
      await recordHolder(file, shared);
      return await work();
    } finally {
      await release();
    }
  } finally {
    await file.close();
  }
}

type Method = 'addon' | 'command';

/** In the folder of the lock files. */
export const METHOD_FILE = 'method';

/** The methods of the folders seen so far. The method of a folder never changes. */
const methods = new Map<string, Method>();

/**
 * Chooses how a folder is locked. The first process decides and writes its choice to the file `method`: the two
 * methods do not see each other's locks, and machines that share a folder may not all be able to load the addon.
 */
async function chooseMethod(folder: string): Promise<Method> {
  const known = methods.get(folder);
  if (known) return known;
  const path = join(folder, METHOD_FILE);
  let chosen = await readMethod(path);
  if (!chosen) {
    const method: Method = fileLocks() ? 'addon' : 'command';
    const draft = temporaryPath(path);
    try {
      await writeFile(draft, `${method}\n`, {mode: 0o600, flag: 'wx'});
      await link(draft, path).catch(() => {}); // Atomic, and fails if another process was first.
      await rm(draft, {force: true});
    } catch (error) {
      throw storageError(error as NodeJS.ErrnoException, 'write', path);
    }
    chosen = await readMethod(path);
  }
  methods.set(folder, chosen === 'command' ? 'command' : 'addon');
  return methods.get(folder)!;
}

async function readMethod(path: string): Promise<string | undefined> {
  const read = async () => (await readPrivateFile(path))?.toString('utf8').trim();
  try {
    return await read();
  } catch {
    // While it is being created, and after a crash in that moment, its draft is a second name of it.
    const isDraft = (each: string) => isTemporaryOf(METHOD_FILE, basename(each));
    await sweepTemporaries(dirname(path), isDraft).catch(() => {});
    return read();
  }
}

interface AcquireOptions extends FlockOptions {
  method: Method;
  file: FileHandle;
  path: string;
}

/** Waits for the lock. Returns a function that releases it. */
async function acquire({method, file, path, shared, timeout}: AcquireOptions): Promise<() => Promise<void>> {
  if (method === 'command') {
    const release = await lockWithFlock(path, {shared, timeout});
    if (!release) throw await lockTimeout(file, timeout);
    return release;
  }
  if (!fileLocks()) throw lockMissing('the library that locks this folder cannot be loaded');
  const deadline = Date.now() + timeout * 1000;
  while (!tryFileLock(file.fd, {shared})) {
    if (Date.now() > deadline) throw await lockTimeout(file, timeout);
    await sleep(10 + Math.random() * 15);
  }
  return async () => {}; // Closing the file releases the lock.
}

function fileLocks() {
  try {
    return loadFileLocks();
  } catch (error) {
    if (error instanceof VaultError) throw error;
    return undefined;
  }
}

/** Reports whether the folder of the lock files has a file of this name. */
export function isLockFile(name: string): boolean {
  return name === METHOD_FILE || /^(keys|[0-9a-f]{2})\.lock$/.test(name);
}

/** Returns the lock name of a record: one of 256, so that ten thousand records do not need as many files. */
export function recordLockName(recordName: string): string {
  return createHash('sha256').update(recordName).digest('hex').slice(0, 2);
}

/** Writes the process ID to the lock file. For a shared lock, which has many holders, removes the last one. */
async function recordHolder(file: FileHandle, shared: boolean): Promise<void> {
  // Best effort: only an error message needs it, so a full disk must not stop the work.
  // Overwritten in place: truncating first would make every change of a record update the file's metadata.
  await (shared ? file.truncate(0) : file.write(`${process.pid}\n`, 0)).catch(() => {});
}

async function lockTimeout(file: FileHandle, timeout: number): Promise<VaultError> {
  const {buffer, bytesRead} = await file
    .read(Buffer.alloc(20), 0, 20, 0)
    .catch(() => ({buffer: Buffer.alloc(0), bytesRead: 0}));
  const pid = /^\d+$/m.exec(buffer.toString('latin1', 0, bytesRead))?.[0];
  return new VaultError(
    'LOCK_TIMEOUT',
    `Could not acquire the lock within ${timeout} seconds: another process${pid ? ` (${pid})` : ''} holds it.`,
    [
      pid ? `See what it is doing: ps -p ${pid}` : 'Look for other running copies of this command.',
      'Then try again.',
    ],
  );
}
