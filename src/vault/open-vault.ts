import type {Home} from '../home.js';
import {FileStore} from './file-store.js';
import {KeyFile} from './key-file.js';
import {Keychain} from './keychain.js';
import {type KeyStoreChoice, Keys} from './keys.js';
import {Vault} from './vault.js';

export interface VaultOptions {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Where the first key is put; later `vault.json` decides. */
  keyStore: KeyStoreChoice;
  /** Seconds that one keychain call may take. */
  keychainTimeout: number;
  warn: (message: string) => void;
}

/** The vault in a home folder. Opening touches nothing: files, keychain and locks are used when needed. */
export function openVault({home, env, keyStore, keychainTimeout, warn}: VaultOptions): Vault {
  const keychain = new Keychain({
    env,
    timeout: keychainTimeout,
    onSlow: () => warn('Waiting for the keychain: there may be a password prompt on the screen.'),
  });
  const stores = {keychain, file: new KeyFile(home.keyFile)};
  const keys = new Keys({home: home.folder, path: home.vaultFile, stores, choice: keyStore, warn});
  return new Vault(new FileStore(home.tokens), keys);
}
