import type {RecordName} from '../../credential.js';
import type {VaultError} from '../../errors.js';

/** A sealed record and a tag that changes whenever the record does. */
export interface VersionedRecord {
  bytes: Uint8Array;
  version: string;
}

/** A record as it is stored, or why it could not be read. */
export type StoredRecord = {name: RecordName} & ({bytes: Uint8Array} | {error: VaultError});

/** Something in the store that is not a record of it, or the store itself being unsafe. */
export interface StoreProblem {
  /** Where it is, such as the path of a file. */
  place: string;
  error: VaultError;
}

/**
 * A place that holds sealed records by platform and identifier. It knows neither keys nor what a record
 * says. Writers hold the record's lock; readers need none. Every method throws STORAGE_FAILED when the
 * store cannot be used.
 */
export interface RecordStore {
  /** Returns `undefined` when there is no such record. */
  read(name: RecordName): Promise<VersionedRecord | undefined>;
  /** Returns every record, sorted by name. `bytes` may be overwritten when the next record is asked for. */
  readAll(): AsyncIterable<StoredRecord>;
  /** Returns the names of all records, sorted. */
  list(): Promise<RecordName[]>;
  /** Checks that a write would succeed. Called before anything that cannot be repeated. */
  probeWrite(): Promise<void>;
  /** Writes if the record still has the expected version (`undefined`: absent). Returns whether it did. */
  compareAndSet(name: RecordName, record: string, expected: string | undefined): Promise<boolean>;
  remove(name: RecordName): Promise<void>;
  /** Returns where a record is or would be, for messages. */
  placeOf(name: RecordName): string;
  /** Looks for what does not belong into the store. Changes nothing. */
  problems(): AsyncIterable<StoreProblem>;
}
