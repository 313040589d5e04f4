import type {Home} from '../../config/home.js';
import type {KeyStoreChoice} from '../../config/key-stores.js';
import type {Passphrases} from '../../config/passphrase-variables.js';
import {KeychainAnchor} from './anchor.js';
import {KeyFile} from './key-file.js';
import {Keychain} from './keychain.js';
import {Keys} from './keys.js';
import {PassphraseStore} from './passphrase-store.js';
import {VaultFile} from './vault-file.js';

export interface KeysOptions {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Where the first key is stored, and the weakest store to accept after that. */
  keyStore: KeyStoreChoice;
  /** Seconds that one keychain call may take. */
  keychainTimeout: number;
  passphrases: Passphrases;
  warn: (message: string) => void;
}

/** Connects the keys of a home to their stores. Touches nothing until a key is needed. */
export function openKeys({home, env, keyStore, keychainTimeout, passphrases, warn}: KeysOptions): Keys {
  const file = new VaultFile(home.vaultFile);
  const onSlow = () => warn('Waiting for the keychain. There may be a password prompt on your screen.');
  const keychain = new Keychain({env, timeout: keychainTimeout, onSlow});
  return new Keys({
    file,
    stores: {
      keychain,
      passphrase: new PassphraseStore(file, passphrases),
      file: new KeyFile(home.keyFile),
    },
    anchor: new KeychainAnchor(keychain, home.folder),
    choice: keyStore,
    warn,
  });
}
