import {createHash} from 'node:crypto';
import {readdir, rm} from 'node:fs/promises';
import {join, sep} from 'node:path';
import {isIdentifier, isPlatformName, parseIdentifier, type RecordName} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {
  isTemporaryName,
  probeWrite,
  sweepTemporaries,
  syncFolder,
  writeDurably,
} from '../../files/durable-write.js';
import {
  checkPrivate,
  ensurePrivateFolder,
  readPrivateFile,
  readPrivateFileSync,
} from '../../files/private-file.js';
import {storageError} from '../../files/storage-error.js';
import {LOCKS_FOLDER} from '../locks/file-lock.js';
import type {RecordStore, StoredRecord, StoreProblem, VersionedRecord} from './store.js';

/** Bytes. Most records have about one thousand. */
const SCRATCH_SIZE = 16 * 1024;

/** Records as files `PLATFORM-IDENTIFIER.token` in one folder. */
export class FileStore implements RecordStore {
  /** Sweeping reads the whole folder, so once a process is enough. */
  private swept = false;

  constructor(readonly folder: string) {}

  async read(name: RecordName): Promise<VersionedRecord | undefined> {
    const bytes = await readPrivateFile(this.placeOf(name));
    await checkPrivate(this.folder); // Nothing in a folder that others can write to is trusted.
    return (
      bytes && {
        bytes,
        get version() {
          return createHash('sha256').update(bytes).digest('hex');
        },
      }
    );
  }

  async *readAll(): AsyncGenerator<StoredRecord> {
    const scratch = Buffer.alloc(SCRATCH_SIZE);
    for (const name of await this.list()) {
      try {
        const bytes = readPrivateFileSync(this.placeOf(name), {scratch});
        if (bytes) yield {name, bytes};
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        yield {name, error};
      }
    }
  }

  async list(): Promise<RecordName[]> {
    const files = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw storageError(error, 'read', this.folder);
    });
    if (files.length > 0) await checkPrivate(this.folder);
    return files.sort().flatMap(file => parseFileName(file) ?? []);
  }

  async probeWrite(): Promise<void> {
    await ensurePrivateFolder(this.folder);
    try {
      if (!this.swept) await sweepTemporaries(this.folder);
      this.swept = true;
      await probeWrite(this.folder);
    } catch (error) {
      throw storageError(error as NodeJS.ErrnoException, 'write in', this.folder);
    }
  }

  async compareAndSet(name: RecordName, record: string, expected: string | undefined): Promise<boolean> {
    await ensurePrivateFolder(this.folder);
    if ((await this.read(name))?.version !== expected) return false;
    await writeDurably(this.placeOf(name), record).catch(error => {
      throw storageError(error, 'write', this.placeOf(name));
    });
    return true;
  }

  async remove(name: RecordName): Promise<void> {
    try {
      await rm(this.placeOf(name));
      await syncFolder(this.folder);
    } catch (error) {
      throw storageError(error as NodeJS.ErrnoException, 'remove', this.placeOf(name));
    }
  }

  /** Throws IDENTIFIER_INVALID for a name that could leave the folder, whatever the compiler was told. */
  placeOf({platform, identifier}: RecordName): string {
    return `${this.folder}${sep}${platform}-${parseIdentifier(identifier)}.token`;
  }

  async *problems(): AsyncGenerator<StoreProblem> {
    try {
      await checkPrivate(this.folder);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      yield {place: this.folder, error};
    }
    for (const file of await readdir(this.folder).catch(() => [])) {
      if (parseFileName(file) || isTemporaryName(file) || file === LOCKS_FOLDER) continue;
      const place = join(this.folder, file);
      yield {place, error: unexpectedFile(place)};
    }
  }
}

/** Returns which record a file holds, by its name; `undefined` for any other file. */
export function parseFileName(file: string): RecordName | undefined {
  const [, platform = '', identifier = ''] = /^([a-z0-9]+)-(.+)\.token$/.exec(file) ?? [];
  return isPlatformName(platform) && isIdentifier(identifier) ? {platform, identifier} : undefined;
}

function unexpectedFile(path: string): VaultError {
  return new VaultError('FILE_FOREIGN', `Unexpected file: ${path}`, [
    'Move it out of the folder; records are named PLATFORM-IDENTIFIER.token.',
  ]);
}
