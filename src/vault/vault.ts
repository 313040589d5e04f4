import type {KeyStoreName} from '../config/key-stores.js';
import type {Credential, Identifier, RecordName} from '../credential.js';
import {VaultError} from '../errors.js';
import {bin} from '../program.js';
import type {Keys, NamedKeys} from './keys/keys.js';
import type {KeyDescription} from './keys/vault-file.js';
import type {Locks} from './locks/locks.js';
import {foreignRecord, openRecord, type RecordHeader, readHeader, sealRecord} from './records/record.js';
import type {RecordStore, StoreProblem, VersionedRecord} from './records/store.js';

/** What a record says about itself, or why it cannot be read. */
export type ListedRecord = RecordName & ({header: RecordHeader} | {error: VaultError});

/** Changes one credential, as `Vault.update` does. */
export type Update = Vault['update'];

/** How far a rotation came. With failures, the old key is kept for the records named. */
export interface Rotation {
  key: KeyDescription;
  /** How many records were encrypted again. */
  records: number;
  /** Whether it continued an interrupted rotation. */
  resumed: boolean;
  failures: (RecordName & {error: VaultError})[];
}

export interface VaultParts {
  records: RecordStore;
  keys: Keys;
  locks: Locks;
}

/** Encrypted records in a store, their key, and the locks that let many processes use both. */
export class Vault {
  private readonly records: RecordStore;
  private readonly keys: Keys;
  private readonly locks: Locks;

  constructor({records, keys, locks}: VaultParts) {
    this.records = records;
    this.keys = keys;
    this.locks = locks;
  }

  /** Reads the header of every record, sorted by name, without a key. A bad record is a row with its error. */
  async list(): Promise<ListedRecord[]> {
    const rows: ListedRecord[] = [];
    for await (const record of this.records.readAll()) {
      const {platform, identifier} = record.name;
      try {
        if ('error' in record) throw record.error;
        rows.push({platform, identifier, header: readHeader(record.bytes, record.name)});
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        rows.push({platform, identifier, error});
      }
    }
    return rows;
  }

  /** Returns the names of all records, sorted. Reads no record. */
  recordNames(): Promise<RecordName[]> {
    return this.records.list();
  }

  /** Returns the identifiers that are stored for a platform, sorted. Reads no record. */
  async names(platform: string): Promise<Identifier[]> {
    const names = await this.records.list();
    return names.filter(name => name.platform === platform).map(name => name.identifier);
  }

  /** Returns where the key is, as `vault.json` says; `undefined` before the first key. */
  describeKey(): Promise<KeyDescription | undefined> {
    return this.keys.describe();
  }

  /** Reports whether the vault names the key with this id, as its current key or the one being replaced. */
  isKnownKey(id: string): Promise<boolean> {
    return this.keys.isNamed(id);
  }

  /**
   * Checks that the vault's key may encrypt, and warns if a better place for it is available. Changes nothing.
   * Throws KEY_WRONG, KEY_STORE_WEAK and, during a rotation, what reading a key throws.
   */
  checkKey(): Promise<void> {
    return this.keys.check();
  }

  /** Returns where a record is, for messages. */
  placeOf(name: RecordName): string {
    return this.records.placeOf(name);
  }

  /** Looks for what does not belong among the records. Changes nothing. */
  problems(): AsyncIterable<StoreProblem> {
    return this.records.problems();
  }

  /** Decrypts a credential; `undefined` when there is none. Throws what opening a record and reading a key throw. */
  async read(name: RecordName): Promise<Credential | undefined> {
    return (await this.open(name))?.credential;
  }

  /**
   * Makes sure that a credential can be stored: the store accepts a record, and the key can be used. Makes
   * the vault's first key. Call it before anything that cannot be repeated, such as asking a service for a
   * token.
   */
  async prepare(): Promise<void> {
    await this.records.probeWrite();
    const recordExists = async () => (await this.records.list()).length > 0;
    if (await this.keys.isReady(recordExists)) return;
    await this.locks.withLock('keys', () => this.keys.ensure(recordExists));
  }

  /**
   * Changes one credential under its lock. `change` receives the current credential and returns the new one,
   * or `undefined` to leave it unchanged. Returns the stored credential, which was synced to the disk, read
   * back and decrypted. Throws LOCK_TIMEOUT and what reading and writing throw.
   */
  async update(
    name: RecordName,
    change: (current: Credential | undefined) => Promise<Credential | undefined>,
  ): Promise<Credential | undefined> {
    this.records.placeOf(name); // Refuses an invalid name before a first key is made.
    return this.updateMany(update => update(name, change));
  }

  /**
   * Changes many credentials, each as `update` does, several at a time if `work` likes. Does once what all
   * need: probing the store (again after a failed write) and loading the key, which nobody replaces meanwhile.
   */
  async updateMany<T>(work: (update: Update) => Promise<T>): Promise<T> {
    await this.prepare();
    // Shared: many may write under one key, nobody while it is being replaced.
    const workUnderLock = async () => {
      await this.keys.sweep();
      const keys = await this.keys.named();
      await keys.encrypting(); // Again, before `work` does what cannot be repeated: vault.json may have changed.
      return work(this.updatingWith(keys));
    };
    return this.locks.withLock('keys', workUnderLock, {shared: true});
  }

  private updatingWith(keys: NamedKeys): Update {
    let isProbed = true;
    return (name, change) =>
      this.locks.withLock(name, async () => {
        if (!isProbed) await this.records.probeWrite();
        const current = await this.open(name, keys);
        const next = await change(current?.credential);
        if (!next) return current?.credential;
        const {platform, identifier} = name;
        await this.write({...next, platform, identifier}, current?.version, keys).catch(error => {
          isProbed = false;
          throw error;
        });
        return (await this.open(name, keys))?.credential;
      });
  }

  /** Removes a record, even one that is damaged or whose key is gone. */
  async remove(name: RecordName): Promise<void> {
    await this.locks.withLock(name, () => this.records.remove(name));
  }

  /**
   * Replaces the key. The new key is proven and named first, every record is encrypted again and read back,
   * and the old key is removed last, when nothing needs it. If it is interrupted, everything still opens, and
   * the next call continues. Throws what the key stores throw, before any record is touched.
   */
  rotateKey(to?: KeyStoreName): Promise<Rotation> {
    return this.locks.withLock('keys', async () => {
      if (!(await this.keys.describe()) && (await this.records.list()).length === 0) throw nothingToRotate();
      await this.keys.sweep();
      const {resumed} = await this.keys.startRotation(to);
      const rotation: Rotation = {key: (await this.keys.describe())!, records: 0, resumed, failures: []};
      for (const name of await this.records.list()) {
        try {
          if (await this.locks.withLock(name, () => this.reencrypt(name))) rotation.records++;
        } catch (error) {
          if (!(error instanceof VaultError)) throw error;
          rotation.failures.push({...name, error});
        }
      }
      if (rotation.failures.length === 0) await this.keys.finishRotation();
      return rotation;
    });
  }

  private async reencrypt(name: RecordName): Promise<boolean> {
    const record = await this.records.read(name);
    if (!record || readHeader(record.bytes, name).kid === (await this.keys.encrypting()).id) return false;
    await this.write(await this.decrypt(record, name, this.keys), record.version, this.keys);
    await this.read(name);
    return true;
  }

  private async open(
    name: RecordName,
    keys: NamedKeys = this.keys,
  ): Promise<{credential: Credential; version: string} | undefined> {
    const record = await this.records.read(name);
    if (!record) return undefined;
    try {
      return {credential: await this.decrypt(record, name, keys), version: record.version};
    } catch (error) {
      // A rotation may have replaced the record and the key between the two reads.
      const again = await this.records.read(name);
      if (!again || again.version === record.version) throw error;
      return {credential: await this.decrypt(again, name, keys), version: again.version};
    }
  }

  private async decrypt({bytes}: VersionedRecord, name: RecordName, keys: NamedKeys): Promise<Credential> {
    const {kid} = readHeader(bytes, name); // Before the key is loaded: a bad record needs no prompt.
    const key = await keys.byId(kid);
    if (!key) throw foreignRecord(name);
    return openRecord(bytes, name, key);
  }

  private async write(credential: Credential, expected: string | undefined, keys: NamedKeys): Promise<void> {
    const sealed = await sealRecord(credential, await keys.encrypting());
    if (await this.records.compareAndSet(credential, sealed, expected)) return;
    throw new VaultError(
      'STORAGE_FAILED',
      `Another program changed ${this.records.placeOf(credential)} during the write.`,
      ['It ignores the lock of this vault. Find it and stop it, then run the command again.'],
    );
  }
}

function nothingToRotate(): VaultError {
  return new VaultError('CREDENTIAL_MISSING', 'There is no key yet: the first login makes one.', [
    `Log in: ${bin} login`,
  ]);
}
