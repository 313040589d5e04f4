import type {Home} from '../../config/home.js';
import type {KeyStoreChoice} from '../../config/key-stores.js';
import type {Passphrases} from '../../config/passphrase-variables.js';
import {KeyFile} from './key-file.js';
import {Keychain} from './keychain.js';
import {Keys} from './keys.js';
import {PassphraseStore} from './passphrase-store.js';
import {VaultFile} from './vault-file.js';

export interface KeysOptions {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Where the first key is stored. After that, `vault.json` decides. */
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
  return new Keys({
    file,
    stores: {
      keychain: new Keychain({env, timeout: keychainTimeout, onSlow}),
      passphrase: new PassphraseStore(file, passphrases),
      file: new KeyFile(home.keyFile),
    },
    choice: keyStore,
    warn,
  });
}
