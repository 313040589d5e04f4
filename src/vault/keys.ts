import {VaultError} from '../errors.js';
import {bin} from '../name.js';
import {sweepTemporaries, writeDurably} from './durable-write.js';
import {ensureFolder, readGuarded, storageError} from './guarded-file.js';
import {type Key, newKey} from './key.js';

/** Where a key may be kept. `auto` chooses once, when the first key is made. */
export type KeyStoreName = 'keychain' | 'file';
export const KEY_STORE_CHOICES = ['auto', 'keychain', 'file'] as const;
export type KeyStoreChoice = (typeof KEY_STORE_CHOICES)[number];

/** A place that keeps keys by their id. Writing a key never replaces another. */
export interface KeyStore {
  readonly name: KeyStoreName;
  read(id: string): Promise<Key | undefined>;
  write(key: Key): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What `vault.json` holds: which key encrypts, where it is kept, since when. Nothing secret. */
export interface KeyDescription {
  id: string;
  store: KeyStoreName;
  created_at: string;
}

export interface KeysOptions {
  home: string;
  /** `vault.json`. */
  path: string;
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
 */
export class Keys {
  private found: Key | undefined;

  constructor(private readonly options: KeysOptions) {}

  /** What `vault.json` says; undefined before the first key. Asks no key store. Throws CONFIG_INVALID, RECORD_NEWER. */
  async describe(): Promise<KeyDescription | undefined> {
    const {path} = this.options;
    const bytes = await readGuarded(path);
    if (!bytes) return undefined;
    let vault: {version?: unknown; key?: KeyDescription};
    try {
      vault = JSON.parse(bytes.toString('utf8'));
    } catch {
      throw badVaultFile(path);
    }
    if (typeof vault?.version === 'number' && vault.version > 1) {
      throw new VaultError('RECORD_NEWER', `${path} was written by a newer version of ${bin}.`, [
        'Upgrade: npm install -g agora-vault@latest',
      ]);
    }
    const {key} = vault ?? {};
    if (vault?.version !== 1 || typeof key?.id !== 'string' || !(key.store in this.options.stores)) {
      throw badVaultFile(path);
    }
    return key;
  }

  /** The key that encrypts. Throws KEY_GONE, KEY_WRONG and what the key store throws. */
  async current(): Promise<Key> {
    if (this.found) return this.found;
    const description = await this.describe();
    if (!description) throw keyGone(`${this.options.path}, which names the key, is not there`);
    const key = await this.options.stores[description.store].read(description.id);
    if (!key) throw keyGone(`The key is no longer in the ${storeInWords[description.store]}`);
    if (key.id !== description.id) {
      throw new VaultError(
        'KEY_WRONG',
        `The ${storeInWords[description.store]} holds another key than the one that encrypted the records.`,
        ['Restore the right key from a backup. Nothing was changed.'],
      );
    }
    this.found = key;
    return key;
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
    await ensureFolder(this.options.home);
    await sweepTemporaries(this.options.home);
    const key = newKey();
    const store = await this.keep(key);
    const description: KeyDescription = {id: key.id, store, created_at: new Date().toISOString()};
    await writeDurably(
      this.options.path,
      `${JSON.stringify({version: 1, key: description}, null, 2)}\n`,
    ).catch(error => {
      throw storageError(error, 'write', this.options.path);
    });
    this.found = key;
    return key;
  }

  private async keep(key: Key): Promise<KeyStoreName> {
    const {choice, stores, warn} = this.options;
    if (choice !== 'file') {
      try {
        return await keepIn(stores.keychain, key);
      } catch (error) {
        const definitelyNone = error instanceof VaultError && error.code === 'KEYCHAIN_ABSENT';
        if (choice === 'keychain' || !definitelyNone) throw error;
      }
    }
    warn(
      'There is no keychain in use: the key is kept in a file beside the records. ' +
        'That protects against a copied tokens folder and nothing more.',
    );
    return keepIn(stores.file, key);
  }
}

async function keepIn(store: KeyStore, key: Key): Promise<KeyStoreName> {
  await store.write(key);
  if ((await store.read(key.id))?.id === key.id) return store.name;
  throw new VaultError(
    'KEYCHAIN_FAILED',
    `The ${storeInWords[store.name]} did not give back the key just stored.`,
    ['Nothing was stored. Check the keychain with its own application.'],
  );
}

const storeInWords = {keychain: 'OS keychain', file: 'key file'};

/** Told from "no key yet" so that a key which is only unreachable is never replaced. */
export function keyGone(what: string): VaultError {
  return new VaultError('KEY_GONE', `${what}, so the stored credentials cannot be opened.`, [
    'Restore it from a backup; the records are untouched.',
    `Or give them up: ${bin} utils tokens remove, then ${bin} threads authorize`,
  ]);
}

function badVaultFile(path: string): VaultError {
  return new VaultError(
    'CONFIG_INVALID',
    `${path} cannot be understood. It names the key, so nothing is guessed.`,
    ['Restore it from a backup.'],
  );
}
