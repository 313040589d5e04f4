import {join} from 'node:path';
import {readSeconds} from '../config/variables.js';
import {type KeysOptions, openKeys} from './keys/open.js';
import {FileLocks, LOCK_TIMEOUT, LOCKS_FOLDER} from './locks/file-lock.js';
import {FileStore} from './records/file-store.js';
import {Vault} from './vault.js';

/** 30 s: time for a person to type the password of the keychain. */
const KEYCHAIN_TIMEOUT = 30;

export interface VaultOptions extends Omit<KeysOptions, 'keychainTimeout'> {
  /** Seconds that one keychain call may take. Default: `TOOL_KEYCHAIN_TIMEOUT`, else 30. */
  keychainTimeout?: number;
  /** Seconds to wait for another process. Default: `TOOL_LOCK_TIMEOUT`, else 90. */
  lockTimeout?: number;
}

/** Opens the vault in a home folder. Touches neither files nor keychain until it is used. Throws CONFIG_INVALID. */
export function openLocalVault({keychainTimeout, lockTimeout, ...options}: VaultOptions): Vault {
  const {home, env} = options;
  return new Vault({
    records: new FileStore(home.tokens),
    keys: openKeys({
      ...options,
      keychainTimeout: keychainTimeout ?? readSeconds('KEYCHAIN_TIMEOUT', KEYCHAIN_TIMEOUT, env),
    }),
    locks: new FileLocks(
      join(home.tokens, LOCKS_FOLDER),
      lockTimeout ?? readSeconds('LOCK_TIMEOUT', LOCK_TIMEOUT, env),
    ),
  });
}
