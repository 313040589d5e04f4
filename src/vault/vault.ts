import {join} from 'node:path';
import {type Credential, type CredentialRef, parseIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import {bin} from '../program.js';
import type {Keys, NamedKeys} from './keys/keys.js';
import type {KeyDescription, KeyStoreName} from './keys/vault-file.js';
import {LOCK_TIMEOUT, recordLockName, withLock} from './locks/file-lock.js';
import type {RecordStore, VersionedBytes} from './records/file-store.js';
import {foreignRecord, openRecord, type RecordHeader, readHeader, sealRecord} from './records/record.js';

/** A row of `list`: what a record says of itself, or why it cannot. */
export type Listed = CredentialRef & ({header: RecordHeader} | {error: VaultError});

/** Changes one credential, as `Vault.update` does. */
export type Update = Vault['update'];

/** How far a rotation came: complete without failures, else the old key is kept for the records named. */
export interface Rotation {
  key: KeyDescription;
  /** Records that were encrypted anew. */
  records: number;
  /** Whether it took up one that had been cut off. */
  resumed: boolean;
  failures: (CredentialRef & {error: VaultError})[];
}

/** Encrypted records in a store, their key, and the locks that let many processes use both. */
export class Vault {
  private readonly locks: string;

  constructor(
    private readonly records: RecordStore,
    private readonly keys: Keys,
    folder: string,
    /** Seconds to wait for a lock. */
    private readonly lockTimeout = LOCK_TIMEOUT,
  ) {
    this.locks = join(folder, '.locks');
  }

  /** Every record's header, without a key, sorted by name; a bad record is a row with its error. */
  async list(): Promise<Listed[]> {
    const rows: Listed[] = [];
    await this.records.each((ref, read) => {
      const {platform, identifier} = ref;
      try {
        const bytes = read();
        if (bytes) rows.push({platform, identifier, header: readHeader(bytes, ref)});
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        rows.push({platform, identifier, error});
      }
    });
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
    return (await this.open(ref))?.credential;
  }

  /**
   * Makes sure that a credential can be stored: the disk takes a record, and the key can be used, made
   * first where it is the vault's first. Worth calling before anything that cannot be repeated, such as
   * asking a service for a token.
   */
  async prepare(): Promise<void> {
    await this.records.probeWrite();
    try {
      await this.keys.current();
    } catch (error) {
      if (!(error instanceof VaultError) || error.code !== 'KEY_GONE') throw error;
      const recordExists = async () => (await this.records.list()).length > 0;
      await this.withLock('keys', () => this.keys.ensure(recordExists));
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
    return this.updateMany(update => update(ref, change));
  }

  /**
   * Changes many, each as `update` does and several at a time if `work` likes. What all need is done once:
   * the rehearsal, until a write fails, and finding the key, which nobody replaces meanwhile.
   */
  async updateMany<T>(work: (update: Update) => Promise<T>): Promise<T> {
    await this.prepare();
    // Shared: many may write under one key, none while it is being replaced.
    return this.withLock('keys', async () => work(this.updatingWith(await this.keys.named())), {
      shared: true,
    });
  }

  private updatingWith(keys: NamedKeys): Update {
    let rehearsed = true;
    return (ref, change) =>
      this.withRecordLock(ref, async () => {
        if (!rehearsed) await this.records.probeWrite();
        const current = await this.open(ref, keys);
        const next = await change(current?.credential);
        if (!next) return current?.credential;
        await this.write({...next, ...ref}, current?.version, keys).catch(error => {
          rehearsed = false;
          throw error;
        });
        return (await this.open(ref, keys))?.credential;
      });
  }

  /** Removes a record. It need not open: what is damaged, or lost its key, can still be removed by name. */
  async remove(ref: CredentialRef): Promise<void> {
    await this.withRecordLock(ref, () => this.records.remove(ref));
  }

  /**
   * Replaces the key: the new one is proven and named first, every record is encrypted anew and read
   * back, and the old key is removed last, when nothing needs it. Cut off at any point, everything
   * still opens, and the next call goes on. Throws what the key stores throw, before any record is touched.
   */
  rotateKey(to?: KeyStoreName): Promise<Rotation> {
    return this.withLock('keys', async () => {
      if (!(await this.keys.describe()) && (await this.records.list()).length === 0) throw nothingToRotate();
      const {resumed} = await this.keys.startRotation(to);
      const rotation: Rotation = {key: (await this.keys.describe())!, records: 0, resumed, failures: []};
      for (const ref of await this.records.list()) {
        try {
          if (await this.withRecordLock(ref, () => this.reencrypt(ref))) rotation.records++;
        } catch (error) {
          if (!(error instanceof VaultError)) throw error;
          rotation.failures.push({...ref, error});
        }
      }
      if (rotation.failures.length === 0) await this.keys.finishRotation();
      return rotation;
    });
  }

  private async reencrypt(ref: CredentialRef): Promise<boolean> {
    const record = await this.records.read(ref);
    if (!record || readHeader(record.bytes, ref).kid === (await this.keys.current()).id) return false;
    await this.write(await this.decrypt(record, ref, this.keys), record.version, this.keys);
    await this.read(ref);
    return true;
  }

  private async open(
    ref: CredentialRef,
    keys: NamedKeys = this.keys,
  ): Promise<{credential: Credential; version: string} | undefined> {
    const record = await this.records.read(ref);
    if (!record) return undefined;
    try {
      return {credential: await this.decrypt(record, ref, keys), version: record.version};
    } catch (error) {
      // A rotation may have replaced record and key between the two reads.
      const again = await this.records.read(ref);
      if (!again || again.version === record.version) throw error;
      return {credential: await this.decrypt(again, ref, keys), version: again.version};
    }
  }

  private async decrypt({bytes}: VersionedBytes, ref: CredentialRef, keys: NamedKeys): Promise<Credential> {
    const {kid} = readHeader(bytes, ref); // Before the key is asked for: a bad record needs no prompt.
    const key = await keys.byId(kid);
    if (!key) throw foreignRecord(ref);
    return openRecord(bytes, ref, key);
  }

  private async write(credential: Credential, expected: string | undefined, keys: NamedKeys): Promise<void> {
    const sealed = await sealRecord(credential, await keys.current());
    if (!(await this.records.compareAndSet(credential, sealed, expected))) throw changedMeanwhile(credential);
  }

  private withRecordLock<T>({platform, identifier}: CredentialRef, work: () => Promise<T>): Promise<T> {
    return this.withLock(recordLockName(`${platform}-${identifier}`), work);
  }

  private withLock<T>(name: string, work: () => Promise<T>, {shared = false} = {}): Promise<T> {
    return withLock(this.locks, name, work, {shared, timeout: this.lockTimeout});
  }
}

function nothingToRotate(): VaultError {
  return new VaultError('CREDENTIAL_MISSING', 'There is no key yet: the first login makes one.', [
    `Log in: ${bin} threads authorize`,
  ]);
}

function changedMeanwhile(ref: CredentialRef): VaultError {
  return new VaultError(
    'STORAGE_FAILED',
    `The record ${ref.platform}-${ref.identifier}.token was changed by something else while it was being written.`,
    ['Another program writes in this folder without the lock. Find it, then run the command again.'],
  );
}
