import {createHash, randomUUID} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, link, open, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {VaultError} from '../../errors.js';
import {ensurePrivateFolder, storageError} from '../../files/private-file.js';
import {loadFileLocks} from '../../native.js';
import {lockMissing, lockWithFlock} from './flock-command.js';
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

  withLock<T>(name: LockName, work: () => Promise<T>, {shared = false}: LockOptions = {}): Promise<T> {
    const file = name === 'keys' ? name : recordLockName(`${name.platform}-${name.identifier}`);
    return withFileLock(this.folder, file, work, {shared, timeout: this.timeout});
  }
}

interface FileLockOptions extends LockOptions {
  /** Seconds before LOCK_TIMEOUT. */
  timeout?: number;
}

/**
 * Runs `work` while holding the lock file `NAME.lock`. The kernel drops the lock with its holder. Lock files
 * are never removed: another process may be waiting on the file that it opened.
 * Throws LOCK_TIMEOUT, naming the holder's process id.
 */
export async function withFileLock<T>(
  folder: string,
  name: string,
  work: () => Promise<T>,
  {shared = false, timeout = LOCK_TIMEOUT}: FileLockOptions = {},
): Promise<T> {
  const path = join(folder, `${name}.lock`);
  await ensurePrivateFolder(folder);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600).catch(error => {
    throw storageError(error, 'open', path);
  });
  try {
    const release = await acquire(await methodOf(folder), file, path, {shared, timeout});
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

/** What was found for a folder: it stays. */
const methods = new Map<string, Method>();

/**
 * How this folder is locked, chosen by the first to lock it and kept in `method`: the two do not see
 * each other, and a folder may be shared by machines of which only one can load the addon.
 */
async function methodOf(folder: string): Promise<Method> {
  const known = methods.get(folder);
  if (known) return known;
  const path = join(folder, 'method');
  const read = async () => (await readFile(path, 'utf8').catch(() => '')).trim();
  let chosen = await read();
  if (!chosen) {
    const method: Method = fileLocks() ? 'addon' : 'command';
    const draft = `${path}.${randomUUID()}`;
    try {
      await writeFile(draft, `${method}\n`, {mode: 0o600});
      await link(draft, path).catch(() => {}); // Whole or not at all, and only the first.
      await rm(draft);
    } catch (error) {
      throw storageError(error as NodeJS.ErrnoException, 'write', path);
    }
    chosen = await read();
  }
  methods.set(folder, chosen === 'command' ? 'command' : 'addon');
  return methods.get(folder)!;
}

async function acquire(
  method: Method,
  file: FileHandle,
  path: string,
  {shared, timeout}: Required<FileLockOptions>,
): Promise<() => Promise<void>> {
  if (method === 'command') {
    const release = await lockWithFlock(path, shared, timeout);
    if (!release) throw await lockTimeout(file, timeout);
    return release;
  }
  const addon = fileLocks();
  if (!addon) throw lockMissing('the library that locks this folder does not load here');
  const deadline = Date.now() + timeout * 1000;
  while (!addon.tryLock(file.fd, {shared})) {
    if (Date.now() > deadline) throw await lockTimeout(file, timeout);
    await sleep(10 + Math.random() * 15);
  }
  return async () => {}; // It ends with the open file.
}

function fileLocks() {
  try {
    return loadFileLocks();
  } catch {
    return undefined;
  }
}

/** The lock of one record. One of 256 files, so that ten thousand records do not need as many. */
export function recordLockName(recordName: string): string {
  return createHash('sha256').update(recordName).digest('hex').slice(0, 2);
}

/** One of many is not named; but who held it before, alone, must not be taken for the holder any more. */
async function recordHolder(file: FileHandle, shared: boolean): Promise<void> {
  // Only for the error of those who wait in vain: a full disk must not stop the work.
  // Written over: cutting the file first would cost every change of a record a change of the file system.
  await (shared ? file.truncate(0) : file.write(`${process.pid}\n`, 0)).catch(() => {});
}

async function lockTimeout(file: FileHandle, timeout: number): Promise<VaultError> {
  const {buffer, bytesRead} = await file
    .read(Buffer.alloc(20), 0, 20, 0)
    .catch(() => ({buffer: Buffer.alloc(0), bytesRead: 0}));
  const pid = /^\d+$/m.exec(buffer.toString('latin1', 0, bytesRead))?.[0];
  return new VaultError(
    'LOCK_TIMEOUT',
    `Another process${pid ? ` (${pid})` : ''} has been working on this credential for over ${timeout} seconds.`,
    [
      pid ? `See what it does: ps -p ${pid}` : 'Look for other running copies of this command.',
      'Then try again.',
    ],
  );
}
