import type {RecordName} from '../../src/credential.js';
import type {LockName, Locks} from '../../src/vault/locks/locks.js';
import type {
  RecordStore,
  StoredRecord,
  StoreProblem,
  VersionedRecord,
} from '../../src/vault/records/store.js';

const keyOf = ({platform, identifier}: RecordName) => `${platform}/${identifier}`;

/** A record store without files: what a shared store has to offer at least. */
export class MemoryStore implements RecordStore {
  private readonly records = new Map<string, {name: RecordName; text: string; version: number}>();
  private versions = 0;

  async read(name: RecordName): Promise<VersionedRecord | undefined> {
    const record = this.records.get(keyOf(name));
    return record && {bytes: Buffer.from(record.text), version: String(record.version)};
  }

  async *readAll(): AsyncGenerator<StoredRecord> {
    for (const name of await this.list()) {
      yield {name, bytes: Buffer.from(this.records.get(keyOf(name))!.text)};
    }
  }

  async list(): Promise<RecordName[]> {
    const sorted = [...this.records].sort(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([, {name}]) => name);
  }

  async probeWrite(): Promise<void> {}

  async compareAndSet(name: RecordName, text: string, expected: string | undefined): Promise<boolean> {
    const current = this.records.get(keyOf(name));
    if (current?.version.toString() !== expected) return false;
    const {platform, identifier} = name;
    this.records.set(keyOf(name), {name: {platform, identifier}, text, version: ++this.versions});
    return true;
  }

  async remove(name: RecordName): Promise<void> {
    this.records.delete(keyOf(name));
  }

  placeOf(name: RecordName): string {
    return `memory:${keyOf(name)}`;
  }

  async *problems(): AsyncGenerator<StoreProblem> {}
}

/** Locks of one process: each waits for the one before it; shared ones only for exclusive ones. */
export class MemoryLocks implements Locks {
  private readonly last = new Map<string, {exclusive: Promise<unknown>; shared: Promise<unknown>[]}>();

  withLock<T>(name: LockName, work: () => Promise<T>, {shared = false} = {}): Promise<T> {
    const key = name === 'keys' ? name : keyOf(name);
    const before = this.last.get(key) ?? {exclusive: Promise.resolve(), shared: []};
    const settled = (promises: Promise<unknown>[]) => Promise.allSettled(promises);
    const started = settled(shared ? [before.exclusive] : [before.exclusive, ...before.shared]);
    const done = started.then(work);
    this.last.set(
      key,
      shared ? {...before, shared: [...before.shared, done]} : {exclusive: done, shared: []},
    );
    return done;
  }
}
