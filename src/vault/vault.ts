import {join} from 'node:path';
import {type Credential, type CredentialRef, parseIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import type {FileStore} from './file-store.js';
import type {KeyDescription, Keys} from './keys.js';
import {recordLockName, withLock} from './lock.js';
import {openRecord, type RecordHeader, readHeader, sealRecord} from './record.js';

/** A row of `list`: what a record says of itself, or why it cannot. */
export type Listed = CredentialRef & ({header: RecordHeader} | {error: VaultError});

/** Encrypted records in a store, their key, and the locks that let many processes use both. */
export class Vault {
  private readonly locks: string;

  constructor(
    private readonly records: FileStore,
    private readonly keys: Keys,
  ) {
    this.locks = join(records.folder, '.locks');
  }

  /** Every record's header, without a key, sorted by name; a bad record is a row with its error. */
  async list(): Promise<Listed[]> {
    const rows: Listed[] = [];
    for (const ref of await this.records.list()) {
      try {
        const record = await this.records.read(ref);
        if (record) rows.push({...ref, header: readHeader(record.bytes, ref)});
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        rows.push({...ref, error});
      }
    }
    return rows;
  }

  /** The names stored for a platform, sorted; no record is opened. */
  async names(platform: string): Promise<string[]> {
    return (await this.records.list()).filter(ref => ref.platform === platform).map(ref => ref.identifier);
  }

  /** Where the key is kept, as `vault.json` tells; undefined before the first key. */
  describeKey(): Promise<KeyDescription | undefined> {
    return this.keys.describe();
  }

  /** A credential, decrypted; undefined where there is none. Throws what opening a record and reading a key throw. */
  async read(ref: CredentialRef): Promise<Credential | undefined> {
    return (await this.readVersion(ref))?.credential;
  }

  /**
   * Makes sure that a credential can be stored: the disk takes a record, and the key can be used, made
   * first where it is the vault's first. Worth calling before anything that cannot be repeated, such as
   * asking a service for a token.
   */
  async prepare(): Promise<void> {
    await this.records.rehearse();
    try {
      await this.keys.current();
    } catch (error) {
      if (!(error instanceof VaultError) || error.code !== 'KEY_GONE') throw error;
      const recordExists = async () => (await this.records.list()).length > 0;
      await withLock(this.locks, 'keys', () => this.keys.ensure(recordExists));
    }
  }

  /**
   * Changes one credential under its lock: `change` gets what stands there now and returns what shall
   * (`undefined`: leave it). Returns what stands there afterwards, which is on the disk, synced, and
   * was read back and decrypted. Throws LOCK_TIMEOUT and what reading and writing throw.
   */
  async update(
    ref: CredentialRef,
    change: (current: Credential | undefined) => Promise<Credential | undefined>,
  ): Promise<Credential | undefined> {
    parseIdentifier(ref.identifier);
    await this.prepare();
    return withLock(
      this.locks,
      'keys',
      () =>
        withLock(this.locks, recordLockName(`${ref.platform}-${ref.identifier}`), async () => {
          const current = await this.readVersion(ref);
          const next = await change(current?.credential);
          if (!next) return current?.credential;
          const sealed = await sealRecord({...next, ...ref}, await this.keys.current());
          if (!(await this.records.compareAndSet(ref, sealed, current?.version))) throw changedMeanwhile(ref);
          return this.read(ref);
        }),
      {shared: true},
    );
  }

  /** Removes a record. It need not open: what is damaged, or lost its key, can still be removed by name. */
  async remove(ref: CredentialRef): Promise<void> {
    await withLock(this.locks, recordLockName(`${ref.platform}-${ref.identifier}`), () =>
      this.records.remove(ref),
    );
  }

  private async readVersion(
    ref: CredentialRef,
  ): Promise<{credential: Credential; version: string} | undefined> {
    const record = await this.records.read(ref);
    if (!record) return undefined;
    readHeader(record.bytes, ref); // Before the key is asked for: a bad record needs no prompt.
    return {
      credential: await openRecord(record.bytes, ref, await this.keys.current()),
      version: record.version,
    };
  }
}

function changedMeanwhile(ref: CredentialRef): VaultError {
  return new VaultError(
    'STORAGE_FAILED',
    `The record ${ref.platform}-${ref.identifier}.token was changed by something else while it was being written.`,
    ['Another program writes in this folder without the lock. Find it, then run the command again.'],
  );
}
