import type {KeyStoreChoice, KeyStoreName} from '../../config/key-stores.js';
import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {type Key, newKey} from './key.js';
import {keyGone} from './key-gone.js';
import type {KeyStore} from './store.js';
import type {KeyDescription, VaultDescription, VaultFile} from './vault-file.js';

/** Loads the keys that `vault.json` names. */
export interface NamedKeys {
  /** Returns the key that encrypts. Throws KEY_GONE, KEY_WRONG and what the key store throws. */
  current(): Promise<Key>;
  /** Returns the key with this id if the vault has it: the current key or, during a rotation, the previous one. */
  byId(id: string): Promise<Key | undefined>;
}

export interface KeysOptions {
  file: VaultFile;
  stores: Record<KeyStoreName, KeyStore>;
  choice: KeyStoreChoice;
  warn: (message: string) => void;
}

/**
 * The vault's keys, as named in `vault.json`. The policy:
 *
 * 1. No key is created while a record exists, because the record needs the key that encrypted it.
 * 2. A new key is stored, read back and compared before `vault.json` names it.
 * 3. `auto` uses the keychain if that works, and the file only if there is definitely no keychain. A locked or
 *    silent keychain is an error, never a reason for a weaker store.
 * 4. During a rotation, both keys are named until no record needs the old one, which is removed last.
 */
export class Keys implements NamedKeys {
  private readonly loaded = new Map<string, Key>();

  constructor(private readonly options: KeysOptions) {}

  /**
   * Describes the current key; `undefined` if there is none yet. Accesses no key store.
   * Throws CONFIG_INVALID and RECORD_NEWER.
   */
  async describe(): Promise<KeyDescription | undefined> {
    return (await this.options.file.read()).key;
  }

  /** Reports whether `vault.json` names the key with this id. If it names no key, any may be the right one. */
  async isNamed(id: string): Promise<boolean> {
    const {key, previous} = await this.options.file.read();
    return !key || id === key.id || id === previous?.id;
  }

  /** Describes the key that a rotation is replacing; `undefined` if no rotation is in progress. */
  async describePrevious(): Promise<KeyDescription | undefined> {
    return (await this.options.file.read()).previous;
  }

  /** Removes what killed writers left behind, which may be a key. The caller holds the key lock, shared or not. */
  sweep(): Promise<void> {
    return this.options.file.sweep();
  }

  async current(): Promise<Key> {
    return (await this.named()).current();
  }

  async byId(id: string): Promise<Key | undefined> {
    return (await this.named()).byId(id);
  }

  /** Reads `vault.json` once. The result stays valid while the key lock is held. */
  async named(): Promise<NamedKeys> {
    const {key, previous} = await this.options.file.read();
    const current = async () => {
      if (!key) throw keyGone(`${this.options.file.path}, which names the key, is missing`);
      return this.load(key);
    };
    const byId = async (id: string) => {
      if (!key) return current();
      const description = [key, previous].find(each => each?.id === id);
      return description && this.load(description);
    };
    return {current, byId};
  }

  /**
   * Returns the key that encrypts, and creates the first one. The caller holds the key lock.
   * `recordExists` reports whether the vault has any record.
   */
  async ensure(recordExists: () => Promise<boolean>): Promise<Key> {
    try {
      return await this.current();
    } catch (error) {
      const isGone = error instanceof VaultError && error.code === 'KEY_GONE';
      if (!isGone || (await recordExists())) throw error;
    }
    await this.options.file.prepare();
    const key = newKey();
    const store = await this.storeFirstKey(key);
    await this.nameKey({...(await this.options.file.read()), key: describeNewKey(key, store)});
    return this.current();
  }

  /**
   * Stores a new key, in the same store or in `to`, and names it in addition to the old one. Resumes a rotation
   * that is in progress. The caller holds the key lock. Throws USAGE if the rotation in progress moves the key
   * to a store other than `to`.
   */
  async startRotation(to: KeyStoreName | undefined): Promise<{resumed: boolean}> {
    const {file, stores} = this.options;
    await this.current();
    const {key: old, previous} = await file.read();
    if (previous) {
      if (to === undefined || to === old!.store) return {resumed: true};
      throw new VaultError(
        'USAGE',
        `A key rotation to the key store ${old!.store} is in progress and must be finished first.`,
        [`Finish it: ${bin} utils vault rotate-key`],
      );
    }
    const key = newKey();
    const store = await storeAndReadBack(stores[to ?? old!.store], key);
    await this.nameKey({...(await file.read()), key: describeNewKey(key, store), previous: old!});
    return {resumed: false};
  }

  /** Removes the old key. Call it when no record needs that key anymore. */
  async finishRotation(): Promise<void> {
    const {file, stores} = this.options;
    const {previous} = await file.read();
    if (!previous) return;
    await stores[previous.store].remove(previous.id);
    const {previous: _removed, ...rest} = await file.read();
    await file.write(rest);
  }

  /** Names a new key in `vault.json`. If that fails, removes the key from its store. */
  private async nameKey(description: VaultDescription & {key: KeyDescription}): Promise<void> {
    const {file, stores} = this.options;
    const {id, store} = description.key;
    try {
      await file.write(description);
    } catch (error) {
      // The write may have succeeded all the same: a key that is named must stay.
      const named = await file.read().catch(() => description);
      if (named.key?.id !== id) await stores[store].remove(id).catch(() => {});
      throw error;
    }
  }

  private async load({id, store}: KeyDescription): Promise<Key> {
    const loaded = this.loaded.get(id);
    if (loaded) return loaded;
    const key = await this.options.stores[store].read(id);
    if (!key) throw keyGone(`The key is no longer in the ${STORE_TITLES[store]}`);
    if (key.id !== id) {
      throw new VaultError(
        'KEY_WRONG',
        `The key in the ${STORE_TITLES[store]} is not the one that encrypted the records.`,
        ['Restore the right key from a backup. Nothing was changed.'],
      );
    }
    this.loaded.set(id, key);
    return key;
  }

  private async storeFirstKey(key: Key): Promise<KeyStoreName> {
    const {choice, stores, warn} = this.options;
    if (choice === 'passphrase') return storeAndReadBack(stores.passphrase, key);
    if (choice !== 'file') {
      try {
        return await storeAndReadBack(stores.keychain, key);
      } catch (error) {
        const isAbsent = error instanceof VaultError && error.code === 'KEYCHAIN_ABSENT';
        if (choice === 'keychain' || !isAbsent) throw error;
      }
    }
    warn(
      'The key is stored in a file next to the records, not in a keychain. ' +
        'This protects a copied tokens folder and nothing more.',
    );
    return storeAndReadBack(stores.file, key);
  }
}

async function storeAndReadBack(store: KeyStore, key: Key): Promise<KeyStoreName> {
  await store.write(key);
  if ((await store.read(key.id))?.id === key.id) return store.name;
  throw new VaultError(
    'KEYCHAIN_FAILED',
    `The ${STORE_TITLES[store.name]} did not return the key that was just stored in it.`,
    ['Nothing was changed. Check that the key store works, then run the command again.'],
  );
}

function describeNewKey({id}: Key, store: KeyStoreName): KeyDescription {
  return {id, store, created_at: new Date().toISOString()};
}

const STORE_TITLES = {keychain: 'OS keychain', passphrase: 'vault file', file: 'key file'};
