import type {Home} from '../../../../src/config/home.js';
import type {KeyStoreChoice, KeyStoreName} from '../../../../src/config/key-stores.js';
import {type ErrorCode, VaultError} from '../../../../src/errors.js';
import type {Anchor, AnchoredKey} from '../../../../src/vault/keys/anchor.js';
import type {Key} from '../../../../src/vault/keys/key.js';
import {Keys} from '../../../../src/vault/keys/keys.js';
import type {KeyStore} from '../../../../src/vault/keys/store.js';
import {VaultFile} from '../../../../src/vault/keys/vault-file.js';

/** Stores keys in memory and counts the calls. */
export class MemoryKeyStore implements KeyStore {
  readonly keys = new Map<string, Key>();
  calls = 0;

  constructor(readonly name: KeyStoreName) {}

  async read(id: string): Promise<Key | undefined> {
    this.calls++;
    return this.keys.get(id);
  }

  async write(key: Key): Promise<void> {
    this.calls++;
    this.keys.set(key.id, key);
  }

  async remove(id: string): Promise<void> {
    this.calls++;
    this.keys.delete(id);
  }
}

/** Accepts keys but does not return any. */
export class ForgetfulKeyStore extends MemoryKeyStore {
  override async read(): Promise<undefined> {
    this.calls++;
  }
}

/** Fails every call. */
export class FailingKeyStore extends MemoryKeyStore {
  constructor(
    name: KeyStoreName,
    private readonly code: ErrorCode,
  ) {
    super(name);
  }

  override async read(): Promise<never> {
    return this.write();
  }

  override async write(): Promise<never> {
    this.calls++;
    throw new VaultError(this.code, 'The key store failed.');
  }
}

/** An anchor in memory. Until `answers` is set, the keychain does not answer. */
export class MemoryAnchor implements Anchor {
  readonly place = 'vault:test';
  anchored: AnchoredKey | null = null;

  constructor(public answers = false) {}

  async read(): Promise<AnchoredKey | null | undefined> {
    return this.answers ? this.anchored : undefined;
  }

  async write({id, store}: AnchoredKey): Promise<void> {
    if (this.answers) this.anchored = {id, store};
  }

  async remove(): Promise<void> {
    if (this.answers) this.anchored = null;
  }
}

/** Opens the keys of a home, as each command does. Key stores that are not given are empty. */
export function keysIn(
  home: Home,
  stores: Partial<Record<KeyStoreName, KeyStore>>,
  {
    choice = 'auto' as KeyStoreChoice,
    anchor = new MemoryAnchor() as Anchor,
    warn = (_message: string) => {},
  } = {},
): Keys {
  const all = {
    keychain: new MemoryKeyStore('keychain'),
    passphrase: new MemoryKeyStore('passphrase'),
    file: new MemoryKeyStore('file'),
    ...stores,
  };
  return new Keys({file: new VaultFile(home.vaultFile), stores: all, anchor, choice, warn});
}
