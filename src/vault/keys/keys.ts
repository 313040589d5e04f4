import {isWeaker, type KeyStoreChoice, type KeyStoreName} from '../../config/key-stores.js';
import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import type {Anchor} from './anchor.js';
import {endorse, isEndorsed, type Key, newKey} from './key.js';
import {keyGone} from './key-gone.js';
import type {KeyStore} from './store.js';
import type {KeyDescription, VaultDescription, VaultFile} from './vault-file.js';

/** Loads the keys that `vault.json` names. */
export interface NamedKeys {
  /**
   * Returns the key that encrypts, after checking that more than `vault.json` says so. Throws KEY_GONE, KEY_WRONG,
   * KEY_STORE_WEAK and what the key store throws.
   */
  encrypting(): Promise<Key>;
  /** Returns the key with this id if the vault has it: the current key or, during a rotation, the previous one. */
  byId(id: string): Promise<Key | undefined>;
}

export interface KeysOptions {
  file: VaultFile;
  stores: Record<KeyStoreName, KeyStore>;
  anchor: Anchor;
  /** Where a first key is stored. Unless it is `auto`, a key in a weaker store is refused. */
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
 * 5. A key encrypts only if more than `vault.json` vouches for it: during a rotation the old key, and otherwise the
 *    keychain's anchor, where there is one. Whoever can write `vault.json` has neither.
 * 6. A store that was chosen by name is a minimum: a key in a weaker one is refused.
 */
export class Keys implements NamedKeys {
  private readonly loaded = new Map<string, Key>();
  /** The keys that were checked last, and what was found. */
  private proof: {of: string; isWeak: boolean} | undefined;
  private isWarned = false;

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

  /** Returns the current key. Throws KEY_GONE, KEY_WRONG, KEY_STORE_WEAK and what the key store throws. */
  async current(): Promise<Key> {
    return this.loadCurrent((await this.options.file.read()).key);
  }

  async encrypting(): Promise<Key> {
    return (await this.named()).encrypting();
  }

  async byId(id: string): Promise<Key | undefined> {
    return (await this.named()).byId(id);
  }

  /** Reads `vault.json` once. The result stays valid while the key lock is held. */
  async named(): Promise<NamedKeys> {
    const {key, previous} = await this.options.file.read();
    const encrypting = async () => {
      const current = await this.loadCurrent(key);
      await this.prove(key!, previous);
      return current;
    };
    const byId = async (id: string) => {
      if (!key) return this.loadCurrent(key);
      const description = [key, previous].find(each => each?.id === id);
      return description && this.load(description);
    };
    return {encrypting, byId};
  }

  /**
   * Checks what `encrypting` checks, and warns as a write does. Changes nothing, not even the anchor, and reads a
   * key only during a rotation.
   */
  async check(): Promise<void> {
    const {key, previous} = await this.options.file.read();
    if (!key) return;
    this.checkStore(key);
    await this.prove(key, previous, {anchors: false});
    if (this.proof?.isWeak) this.warnOfFile();
  }

  /**
   * Reports whether the key that encrypts is there to stay; if not, `ensure` makes one. A key that no record needs
   * gives way to one in a stronger store.
   */
  async isReady(recordExists: () => Promise<boolean>): Promise<boolean> {
    try {
      await this.encrypting();
    } catch (error) {
      const isReplaceable =
        error instanceof VaultError && ['KEY_GONE', 'KEY_STORE_WEAK'].includes(error.code);
      if (!isReplaceable || (await recordExists())) throw error;
      return false;
    }
    if (!this.proof!.isWeak) return true;
    if (!(await recordExists())) return false;
    this.warnOfFile();
    return true;
  }

  /**
   * Returns the key that encrypts, and creates the first one. The caller holds the key lock.
   * `recordExists` reports whether the vault has any record.
   */
  async ensure(recordExists: () => Promise<boolean>): Promise<Key> {
    if (await this.isReady(recordExists)) return this.encrypting();
    const {file, stores, anchor} = this.options;
    await file.prepare();
    const key = newKey();
    const store = await this.storeFirstKey(key);
    const description = describeNewKey(key, store);
    await anchor.remove(); // One that is left of an earlier home would contradict the new key.
    const {key: old, previous, ...rest} = await file.read();
    await this.nameKey({...rest, key: description});
    if (store === 'keychain') await anchor.write(description).catch(ignoreVaultError);
    for (const each of [old, previous]) {
      if (each) await stores[each.store].remove(each.id).catch(ignoreVaultError);
    }
    return this.encrypting();
  }

  /**
   * Stores a new key, in the same store or in `to`, and names it in addition to the old one. Resumes a rotation
   * that is in progress. The caller holds the key lock. Throws USAGE if the rotation in progress moves the key
   * to a store other than `to`.
   */
  async startRotation(to: KeyStoreName | undefined): Promise<{resumed: boolean}> {
    const {file, stores} = this.options;
    const oldKey = await this.encrypting();
    const {key: old, previous} = await file.read();
    if (previous) {
      if (to === undefined || to === old!.store) return {resumed: true};
      throw new VaultError(
        'USAGE',
        `A key rotation to the key store ${old!.store} is in progress and must be finished first.`,
        [`Finish it: ${bin} utils vault rotate-key`],
      );
    }
    if (to === undefined && this.proof!.isWeak) this.warnOfFile();
    const key = newKey();
    const description = describeNewKey(key, await storeAndReadBack(stores[to ?? old!.store], key));
    await this.nameKey({
      ...(await file.read()),
      key: {...description, endorsement: endorse(oldKey, description)},
      previous: {...old!, endorsement: endorse(key, old!)},
    });
    return {resumed: false};
  }

  /** Removes the old key. Call it once no record needs that key. */
  async finishRotation(): Promise<void> {
    const {file, stores, anchor} = this.options;
    const {key, previous} = await file.read();
    if (!previous) return;
    // First, because without `previous` in vault.json an anchor that names the old key would contradict it.
    if (key!.store === 'keychain') await anchor.write(key!);
    else if (previous.store === 'keychain') await anchor.remove();
    await stores[previous.store].remove(previous.id);
    const {previous: _removed, key: _endorsed, ...rest} = await file.read();
    const {endorsement: _needless, ...description} = key!;
    await file.write({key: description, ...rest});
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

  /**
   * Checks that the key which `vault.json` names was put there by a holder of the old key, and that the anchor
   * agrees. `anchors`: whether to create a missing anchor.
   */
  private async prove(
    key: KeyDescription,
    previous: KeyDescription | undefined,
    {anchors = true} = {},
  ): Promise<void> {
    const of = JSON.stringify([key, previous]);
    if (this.proof?.of === of) return;
    const voucher = previous && (await this.checkEndorsement(key, previous));
    this.proof = {of, isWeak: await this.checkAnchor(key, voucher, anchors)};
  }

  /**
   * Returns the old key's description if the two keys vouch for each other. The new one has to, because otherwise a
   * planted old key could bring in records of its own. `undefined`: the old key is gone, as
   * before the last step of a rotation, so nothing that it encrypted can be written under the new one.
   */
  private async checkEndorsement(
    key: KeyDescription,
    previous: KeyDescription,
  ): Promise<KeyDescription | undefined> {
    // Earlier versions wrote no endorsement. Someone who can only write to the home cannot add a key to the other
    // two stores, and can read a key file anyway.
    const isFromEarlierVersion =
      key.endorsement === undefined && (key.store === 'file') === (previous.store === 'file');
    if (isFromEarlierVersion) return previous;
    const old = await this.loadUnlessGone(previous);
    if (!old) return undefined;
    if (isEndorsed(old, key) && isEndorsed(await this.load(key), previous)) return previous;
    throw new VaultError(
      'KEY_WRONG',
      `${this.options.file.path} names an old and a new key, and one does not vouch for the other. Nothing is encrypted.`,
      [
        `Restore ${this.options.file.path} from a backup: someone may have changed it.`,
        `If an earlier version of ${bin} was interrupted while it replaced the key, finish with that version.`,
      ],
    );
  }

  private async loadUnlessGone(description: KeyDescription): Promise<Key | undefined> {
    try {
      return await this.load(description);
    } catch (error) {
      if (error instanceof VaultError && error.code === 'KEY_GONE') return undefined;
      throw error;
    }
  }

  /** Compares the key, or the one that vouches for it, with the anchor. Returns whether the key is in a file although a keychain answers. */
  private async checkAnchor(
    key: KeyDescription,
    voucher: KeyDescription | undefined,
    mayCreate: boolean,
  ): Promise<boolean> {
    const {anchor, choice} = this.options;
    // macOS may ask for every item that is read, and a key that is in the keychain was not put there by others.
    if (key.store === 'keychain' ? process.platform === 'darwin' : choice === 'file') return false;
    const anchored = await anchor.read();
    if (anchored === undefined) return false;
    if (anchored === null) {
      if (key.store === 'keychain' && mayCreate) await anchor.write(key).catch(ignoreVaultError);
      return key.store === 'file';
    }
    const agrees = [key, voucher].some(each => each?.id === anchored.id && each.store === anchored.store);
    if (!agrees) throw keyNotAnchored(this.options.file.path, anchor.place);
    return key.store === 'file';
  }

  private checkStore({store}: KeyDescription): void {
    const {choice} = this.options;
    if (choice !== 'auto' && isWeaker(store, choice)) throw keyStoreWeak(store, choice);
  }

  private warnOfFile(): void {
    if (this.isWarned) return;
    this.isWarned = true;
    this.options.warn(
      `The key is in a file next to the records, although there is a keychain. To move it: ${bin} utils vault rotate-key --to keychain`,
    );
  }

  private async loadCurrent(key: KeyDescription | undefined): Promise<Key> {
    if (!key) throw keyGone(`${this.options.file.path}, which names the key, is missing`);
    return this.load(key);
  }

  private async load(description: KeyDescription): Promise<Key> {
    const {id, store} = description;
    this.checkStore(description);
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

function keyStoreWeak(store: KeyStoreName, choice: KeyStoreName): VaultError {
  return new VaultError(
    'KEY_STORE_WEAK',
    `The vault's key is in a weaker key store (${store}) than required (${choice}).`,
    [
      `If you put it there, move it: ${bin} utils vault rotate-key --to ${choice}`,
      'If you did not, someone may have changed the vault. Restore it from a backup.',
    ],
  );
}

function keyNotAnchored(path: string, place: string): VaultError {
  const remove = {
    darwin: `security delete-generic-password -s ${bin} -a ${place}`,
    win32: `cmdkey /delete:${bin}/${place}`,
  } as Partial<Record<NodeJS.Platform, string>>;
  return new VaultError(
    'KEY_WRONG',
    `${path} does not name the key that the keychain remembers for this vault. Nothing is encrypted with it.`,
    [
      `Restore ${path} from a backup: someone may have changed it.`,
      `If you replaced it yourself: ${remove[process.platform] ?? `secret-tool clear service ${bin} account ${place}`}`,
    ],
  );
}

/** For steps that the next command makes up for. */
function ignoreVaultError(error: unknown): void {
  if (!(error instanceof VaultError)) throw error;
}

function describeNewKey({id}: Key, store: KeyStoreName): KeyDescription {
  return {id, store, created_at: new Date().toISOString()};
}

const STORE_TITLES = {keychain: 'OS keychain', passphrase: 'vault file', file: 'key file'};
