import {createHash} from 'node:crypto';
import {readdir, rm} from 'node:fs/promises';
import {sep} from 'node:path';
import {type CredentialRef, parseIdentifier} from '../../credential.js';
import {probeWrite, sweepTemporaries, syncFolder, writeDurably} from '../../files/durable-write.js';
import {
  checkPrivate,
  ensurePrivateFolder,
  readPrivateFile,
  readPrivateFileSync,
  storageError,
} from '../../files/private-file.js';

/** Bytes; most records have about one thousand. */
const SCRATCH = 16 * 1024;

/** A record's bytes as they stand, and a tag that changes whenever they do. */
export interface VersionedBytes {
  bytes: Uint8Array;
  version: string;
}

/** A place that keeps records. Writers hold the record's lock; readers need none. */
export interface RecordStore {
  read(ref: CredentialRef): Promise<VersionedBytes | undefined>;
  /** All of them in turn, sorted by name. What `read` returns, or throws, stands only for the visit. */
  each(visit: (ref: CredentialRef, read: () => Uint8Array | undefined) => void): Promise<void>;
  /** Would a write succeed? Asked before anything that cannot be repeated. Throws STORAGE_FAILED. */
  probeWrite(): Promise<void>;
  /** Writes if the record still is the expected version (`undefined`: absent). Returns whether it did. */
  compareAndSet(ref: CredentialRef, bytes: string, expected: string | undefined): Promise<boolean>;
  list(): Promise<CredentialRef[]>;
  remove(ref: CredentialRef): Promise<void>;
}

/** Which credential a file in the folder holds, by its name; undefined for any other file. */
export function recordName(file: string): CredentialRef | undefined {
  const [, platform, identifier] = /^([a-z0-9]+)-((?!\.)[A-Za-z0-9._-]{1,64})\.token$/.exec(file) ?? [];
  return platform && identifier ? {platform, identifier} : undefined;
}

/** Records as files `PLATFORM-IDENTIFIER.token` in one folder. */
export class FileStore implements RecordStore {
  /** Once a process is enough: it reads the whole folder. */
  private swept = false;

  constructor(readonly folder: string) {}

  async read(ref: CredentialRef): Promise<VersionedBytes | undefined> {
    const bytes = await readPrivateFile(this.path(ref));
    await checkPrivate(this.folder); // What others may write to counts for nothing.
    return (
      bytes && {
        bytes,
        get version() {
          return createHash('sha256').update(bytes).digest('hex');
        },
      }
    );
  }

  async each(visit: (ref: CredentialRef, read: () => Uint8Array | undefined) => void): Promise<void> {
    const scratch = Buffer.alloc(SCRATCH);
    for (const ref of await this.list()) visit(ref, () => readPrivateFileSync(this.path(ref), scratch));
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

  async compareAndSet(ref: CredentialRef, bytes: string, expected: string | undefined): Promise<boolean> {
    await ensurePrivateFolder(this.folder);
    if ((await this.read(ref))?.version !== expected) return false;
    await writeDurably(this.path(ref), bytes).catch(error => {
      throw storageError(error, 'write', this.path(ref));
    });
    return true;
  }

  async list(): Promise<CredentialRef[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw storageError(error, 'read', this.folder);
    });
    if (names.length > 0) await checkPrivate(this.folder);
    return names.sort().flatMap(name => recordName(name) ?? []);
  }

  async remove(ref: CredentialRef): Promise<void> {
    try {
      await rm(this.path(ref));
      await syncFolder(this.folder);
    } catch (error) {
      throw storageError(error as NodeJS.ErrnoException, 'remove', this.path(ref));
    }
  }

  path({platform, identifier}: CredentialRef): string {
    return `${this.folder}${sep}${platform}-${parseIdentifier(identifier)}.token`;
  }
}
