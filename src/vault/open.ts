import type {Home} from '../config/home.js';
import {VaultError} from '../errors.js';
import {toolVariable} from '../program.js';
import {KeyFile} from './keys/key-file.js';
import {Keychain} from './keys/keychain.js';
import {KEY_STORE_CHOICES, type KeyStoreChoice, Keys} from './keys/keys.js';
import {PassphraseStore, type Passphrases} from './keys/passphrase-store.js';
import {VaultFile} from './keys/vault-file.js';
import {LOCK_TIMEOUT} from './locks/file-lock.js';
import {FileStore} from './records/file-store.js';
import {Vault} from './vault.js';

export interface VaultOptions {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Where the first key is put; later `vault.json` decides. */
  keyStore: KeyStoreChoice;
  /** Seconds that one keychain call may take; by default `TOOL_KEYCHAIN_TIMEOUT`, else 30. */
  keychainTimeout?: number;
  passphrases: Passphrases;
  /** Seconds to wait for another process; by default `TOOL_LOCK_TIMEOUT`, else 90. */
  lockTimeout?: number;
  warn: (message: string) => void;
}

/**
 * The vault in a home folder. Opening touches nothing: files, keychain and locks are used when needed.
 * Throws CONFIG_INVALID.
 */
export function openLocalVault({
  home,
  env,
  keyStore,
  keychainTimeout = readSeconds('KEYCHAIN_TIMEOUT', 30, env),
  passphrases,
  lockTimeout = readSeconds('LOCK_TIMEOUT', LOCK_TIMEOUT, env),
  warn,
}: VaultOptions): Vault {
  const file = new VaultFile(home.vaultFile);
  // Made when used: each brings libraries of its own.
  const stores = {
    get keychain() {
      const onSlow = () => warn('Waiting for the keychain: there may be a password prompt on the screen.');
      return new Keychain({env, timeout: keychainTimeout, onSlow});
    },
    get passphrase() {
      return new PassphraseStore(file, passphrases);
    },
    get file() {
      return new KeyFile(home.keyFile);
    },
  };
  return new Vault(
    new FileStore(home.tokens),
    new Keys({file, stores, choice: keyStore, warn}),
    home.tokens,
    lockTimeout,
  );
}

/** Where the first key is put: as asked, else `TOOL_KEY_STORE`, else the preference. Throws CONFIG_INVALID. */
export async function chooseKeyStore(
  asked: string | undefined,
  env: NodeJS.ProcessEnv,
  preferred: () => Promise<KeyStoreChoice>,
): Promise<KeyStoreChoice> {
  const name = toolVariable('KEY_STORE');
  const choice = asked ?? env[name] ?? (await preferred());
  if ((KEY_STORE_CHOICES as readonly string[]).includes(choice)) return choice as KeyStoreChoice;
  throw new VaultError(
    'CONFIG_INVALID',
    `${asked === undefined ? name : 'That'} does not name a key store.`,
    [`Use one of: ${KEY_STORE_CHOICES.join(', ')}`],
  );
}

function readSeconds(name: string, standard: number, env: NodeJS.ProcessEnv): number {
  const text = env[toolVariable(name)];
  if (text === undefined || text === '') return standard;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new VaultError('CONFIG_INVALID', `${toolVariable(name)} is not a number of seconds (up to 3600).`);
}
