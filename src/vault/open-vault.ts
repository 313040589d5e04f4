import type {Home} from '../home.js';
import {FileStore} from './file-store.js';
import {KeyFile} from './key-file.js';
import {Keychain} from './keychain.js';
import {type KeyStoreChoice, Keys} from './keys.js';
import {LOCK_TIMEOUT} from './lock.js';
import {PassphraseStore, type Passphrases} from './passphrase.js';
import {Vault} from './vault.js';
import {VaultFile} from './vault-file.js';

export interface VaultOptions {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Where the first key is put; later `vault.json` decides. */
  keyStore: KeyStoreChoice;
  /** Seconds that one keychain call may take. */
  keychainTimeout: number;
  passphrases: Passphrases;
  /** Seconds to wait for another process. */
  lockTimeout?: number;
  warn: (message: string) => void;
}

/** The vault in a home folder. Opening touches nothing: files, keychain and locks are used when needed. */
export function openVault({
  home,
  env,
  keyStore,
  keychainTimeout,
  passphrases,
  lockTimeout = LOCK_TIMEOUT,
  warn,
}: VaultOptions): Vault {
  const keychain = new Keychain({
    env,
    timeout: keychainTimeout,
    onSlow: () => warn('Waiting for the keychain: there may be a password prompt on the screen.'),
  });
  const file = new VaultFile(home.vaultFile);
  const stores = {
    keychain,
    passphrase: new PassphraseStore(file, passphrases),
    file: new KeyFile(home.keyFile),
  };
  return new Vault(
    new FileStore(home.tokens),
    new Keys({file, stores, choice: keyStore, warn}),
    home.tokens,
    lockTimeout,
  );
}
