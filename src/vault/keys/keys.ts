import type {KeyStoreChoice, KeyStoreName} from '../../config/key-stores.js';
import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {type Key, newKey} from './key.js';
import {keyGone} from './key-gone.js';
import type {KeyStore} from './store.js';
import type {KeyDescription, VaultDescription, VaultFile} from './vault-file.js';

/** The keys that `vault.json` names. */
export interface NamedKeys {
  /** The one that encrypts. Throws KEY_GONE, KEY_WRONG and what the key store throws. */
  current(): Promise<Key>;
  /** The one with this id, if the vault has it: the current one, or during a rotation the one before. */
  byId(id: string): Promise<Key | undefined>;
}

export interface KeysOptions {
  file: VaultFile;
  stores: Record<KeyStoreName, KeyStore>;
  choice: KeyStoreChoice;
  warn: (message: string) => void;
}

/**
 * The vault's key: found by what `vault.json` says, made when there is none and nothing needs another.
 *
 * - No key is made while a record exists: it would be a second key beside the one that encrypted it.
 * - A new key is stored, read back and compared before `vault.json` names it.
 * - `auto` takes the keychain where that succeeds, and the file only where there is definitely no
 *   keychain. A locked or silent keychain is an error, never a downgrade.
 * - In a rotation both keys are named until no record needs the old one; it is removed last.
 */
export class Keys implements NamedKeys {
  private readonly found = new Map<string, Key>();

  constructor(private readonly options: KeysOptions) {}

  /** What `vault.json` says; undefined before the first key. Asks no key store. Throws CONFIG_INVALID, RECORD_NEWER. */
  async describe(): Promise<KeyDescription | undefined> {
    return (await this.options.file.read()).key;
  }

  /** Reports whether `vault.json` names the key with this id. With no key named, any may be the right one. */
  async isNamed(id: string): Promise<boolean> {
    const {key, previous} = await this.options.file.read();
    return !key || id === key.id || id === previous?.id;
  }

  /** Returns the key that a rotation is replacing; `undefined` when there is no rotation. */
  async describePrevious(): Promise<KeyDescription | undefined> {
    return (await this.options.file.read()).previous;
  }

  async current(): Promise<Key> {
    return (await this.named()).current();
  }

  async byId(id: string): Promise<Key | undefined> {
    return (await this.named()).byId(id);
  }

  /** As `vault.json` names them now, read once: they stay so for as long as the key lock is held. */
  async named(): Promise<NamedKeys> {
    const {key, previous} = await this.options.file.read();
    const current = async () => {
      if (!key) throw keyGone(`${this.options.file.path}, which names the key, is not there`);
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
   * The key that encrypts, made first where there is none. Call it under the key lock.
   * `recordExists` tells whether any record stands in the vault.
   */
  async ensure(recordExists: () => Promise<boolean>): Promise<Key> {
    try {
      return await this.current();
    } catch (error) {
      const gone = error instanceof VaultError && error.code === 'KEY_GONE';
      if (!gone || (await recordExists())) throw error;
    }
    await this.options.file.prepare();
    const key = newKey();
    const store = await this.storeFirstKey(key);
    await this.nameKey({...(await this.options.file.read()), key: describeNewKey(key, store)});
    return this.current();
  }

  /**
   * Proves a new key, in the same store or in another, and names it beside the old one. Where a rotation
   * is under way already, it is taken up again. Call it under the key lock. Throws USAGE when that one
   * leads to another store than `to`.
   */
  async startRotation(to: KeyStoreName | undefined): Promise<{resumed: boolean}> {
    const {file, stores} = this.options;
    await this.current();
    const {key: old, previous} = await file.read();
    if (previous) {
      if (to === undefined || to === old!.store) return {resumed: true};
      throw new VaultError(
        'USAGE',
        `A rotation to the key store ${old!.store} is under way and comes first.`,
        [`Finish it: ${bin} utils vault rotate-key`],
      );
    }
    const key = newKey();
    const store = await storeAndReadBack(stores[to ?? old!.store], key);
    await this.nameKey({...(await file.read()), key: describeNewKey(key, store), previous: old!});
    return {resumed: false};
  }

  /** Removes the old key, once no record needs it. */
  async finishRotation(): Promise<void> {
    const {file, stores} = this.options;
    const {previous} = await file.read();
    if (!previous) return;
    await stores[previous.store].remove(previous.id);
    const {previous: _removed, ...rest} = await file.read();
    await file.write(rest);
  }

  /** Where `vault.json` cannot be written, the key just made for it is not left behind in its store. */
  private async nameKey(description: VaultDescription & {key: KeyDescription}): Promise<void> {
    const {file, stores} = this.options;
    const {id, store} = description.key;
    try {
      await file.write(description);
    } catch (error) {
      // The failure may have come after the write: a key that is named is kept.
      const named = await file.read().catch(() => description);
      if (named.key?.id !== id) await stores[store].remove(id).catch(() => {});
      throw error;
    }
  }

  private async load({id, store}: KeyDescription): Promise<Key> {
    const known = this.found.get(id);
    if (known) return known;
    const key = await this.options.stores[store].read(id);
    if (!key) throw keyGone(`The key is no longer in the ${STORE_TITLES[store]}`);
    if (key.id !== id) {
      throw new VaultError(
        'KEY_WRONG',
        `The ${STORE_TITLES[store]} holds another key than the one that encrypted the records.`,
        ['Restore the right key from a backup. Nothing was changed.'],
      );
    }
    this.found.set(id, key);
    return key;
  }

  private async storeFirstKey(key: Key): Promise<KeyStoreName> {
    const {choice, stores, warn} = this.options;
    if (choice === 'passphrase') return storeAndReadBack(stores.passphrase, key);
    if (choice !== 'file') {
      try {
        return await storeAndReadBack(stores.keychain, key);
      } catch (error) {
        const definitelyNone = error instanceof VaultError && error.code === 'KEYCHAIN_ABSENT';
        if (choice === 'keychain' || !definitelyNone) throw error;
      }
    }
    warn(
      'There is no keychain in use: the key is kept in a file beside the records. ' +
        'That protects against a copied tokens folder and nothing more.',
    );
    return storeAndReadBack(stores.file, key);
  }
}

async function storeAndReadBack(store: KeyStore, key: Key): Promise<KeyStoreName> {
  await store.write(key);
  if ((await store.read(key.id))?.id === key.id) return store.name;
  throw new VaultError(
    'KEYCHAIN_FAILED',
    `The ${STORE_TITLES[store.name]} did not give back the key just stored.`,
    ['Nothing was changed. Check it with its own application.'],
  );
}

function describeNewKey({id}: Key, store: KeyStoreName): KeyDescription {
  return {id, store, created_at: new Date().toISOString()};
}

const STORE_TITLES = {keychain: 'OS keychain', passphrase: 'vault file', file: 'key file'};
