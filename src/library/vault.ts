import {findHome, type Home} from '../config/home.js';
import {chooseKeyStore, type KeyStoreChoice} from '../config/key-stores.js';
import {passphraseVariables} from '../config/passphrase-variables.js';
import {readPreferences} from '../config/preferences.js';
import {
  type Credential,
  type CredentialRef,
  parseIdentifier,
  parsePlatformName,
  type RecordName,
} from '../credential.js';
import {type CredentialFields, credentialFromFields} from '../credentials/fields.js';
import {type ListedCredential, listCredentials} from '../credentials/list.js';
import {toVaultError, VaultError} from '../errors.js';
import {defaultPlatform, findRenewalPolicy} from '../platforms/index.js';
import {findService} from '../platforms/service.js';
import {type Environment, toolVariable} from '../program.js';
import {openLocalVault} from '../vault/open.js';
import type {Vault as LocalVault} from '../vault/vault.js';

export interface OpenVaultOptions {
  /** The folder of the vault. Default: `TOOL_HOME`, else `~/.tool`. */
  home?: string | undefined;
  /** The environment variables to use. Default: `process.env`. */
  env?: Environment | undefined;
  /**
   * Where the first key is put. A key in a weaker store is refused. Default: `TOOL_KEY_STORE`, else as
   * `config.json` says, else `auto`.
   */
  keyStore?: KeyStoreChoice | undefined;
  /** Receives warnings as sentences, such as that there is no keychain. Default: they are dropped. */
  onWarning?: ((message: string) => void) | undefined;
}

/** Returns the fields to store (those left out become `null`), or `undefined` to leave the credential unchanged. */
export type CredentialChange = (
  current: Credential | undefined,
) => CredentialFields | undefined | Promise<CredentialFields | undefined>;

/** The stored credentials of this user. Safe to use from many processes at the same time. */
export interface Vault {
  /**
   * Lists what is stored, sorted by name. Needs no key and returns nothing secret; a record that cannot be
   * read is an entry with its error.
   */
  list(): Promise<ListedCredential[]>;

  /** Decrypts one credential; `undefined` when there is none. Refreshes nothing. */
  read(ref: CredentialRef): Promise<Credential | undefined>;

  /**
   * Adds or changes one credential, under a lock that all processes share. `change` receives the stored
   * credential. Returns the stored credential, which was synced to the disk and read back. What `change`
   * throws is thrown unchanged, and nothing is stored.
   */
  update(ref: CredentialRef, change: CredentialChange): Promise<Credential | undefined>;

  /** Removes one from this machine, readable or not. Its token stays valid at the service until it expires. */
  remove(ref: CredentialRef): Promise<void>;
}

/** Private fields, so that printing a vault prints no key. */
class LibraryVault implements Vault {
  readonly #vault: LocalVault;
  readonly #home: Home;
  readonly #env: Environment;

  constructor(vault: LocalVault, home: Home, env: Environment) {
    this.#vault = vault;
    this.#home = home;
    this.#env = env;
  }

  /** Throws USAGE for anything that openVault did not return. */
  static internalsOf(vault: Vault): {vault: LocalVault; home: Home; env: Environment} {
    if (vault instanceof LibraryVault) return {vault: vault.#vault, home: vault.#home, env: vault.#env};
    throw new VaultError('USAGE', 'That is not a vault.', ['Pass what openVault() returned.']);
  }

  list(): Promise<ListedCredential[]> {
    return wrapErrors(async () => {
      const preferences = await readPreferences(this.#home);
      const request = {vault: this.#vault, preferences, renewalOf: findRenewalPolicy};
      return (await listCredentials(request)).credentials;
    });
  }

  read(ref: CredentialRef): Promise<Credential | undefined> {
    return wrapErrors(async () => this.#vault.read(parseRef(ref)));
  }

  async update(ref: CredentialRef, change: CredentialChange): Promise<Credential | undefined> {
    let thrown: {error: unknown} | undefined;
    const runChange = async (current: Credential | undefined) => {
      try {
        return await change(current);
      } catch (error) {
        thrown = {error};
        throw error;
      }
    };
    try {
      return await wrapErrors(async () => {
        const name = parseRef(ref);
        const {apiUrl} = findService(defaultPlatform, this.#env);
        return this.#vault.update(name, async current => {
          const fields = await runChange(current);
          return fields && credentialFromFields(name, fields, apiUrl);
        });
      });
    } catch (error) {
      throw thrown ? thrown.error : error;
    }
  }

  remove(ref: CredentialRef): Promise<void> {
    return wrapErrors(async () => this.#vault.remove(parseRef(ref)));
  }
}

export const {internalsOf} = LibraryVault;

/**
 * Opens the vault that the command `tool` uses. Touches nothing until something is read or written, and never
 * asks a person: a vault with a passphrase takes it from `TOOL_VAULT_PASSPHRASE` or
 * `TOOL_VAULT_PASSPHRASE_FILE` in `env`.
 *
 * Every error is a `VaultError`, whose `code` says what is wrong. Throws CONFIG_INVALID. The methods of the
 * vault throw what concerns keychain and key (KEY_GONE, KEY_STORE_WEAK, KEYCHAIN_LOCKED, PASSPHRASE_MISSING
 * and their like), records (RECORD_DAMAGED, RECORD_NEWER and their like), FILE_UNSAFE, STORAGE_FAILED and
 * LOCK_TIMEOUT.
 *
 * @example List what is stored
 * ```ts
 * import {openVault} from 'agora-vault';
 *
 * const vault = await openVault();
 * for (const {identifier, status, expires_at} of await vault.list()) {
 *   console.log(identifier, status, expires_at);
 * }
 * ```
 *
 * @example Store a token that another program obtained
 * ```ts
 * import {openVault} from 'agora-vault';
 *
 * const vault = await openVault();
 * const ref = {platform: 'example', identifier: 'my.bot'};
 * await vault.update(ref, current => ({...current, refresh_token: process.env.BOT_TOKEN ?? ''}));
 * console.log((await vault.read(ref)) ? 'stored' : 'missing');
 * await vault.remove(ref);
 * ```
 */
export async function openVault(options: OpenVaultOptions = {}): Promise<Vault> {
  const {home: folder, env = process.env, keyStore, onWarning = () => {}} = options;
  return wrapErrors(async () => {
    const home = findHome(folder === undefined ? env : {[toolVariable('HOME')]: folder});
    const vault = openLocalVault({
      home,
      env,
      keyStore: await chooseKeyStore(keyStore, env, async () => (await readPreferences(home)).keyStore),
      passphrases: passphraseVariables(env),
      warn: onWarning,
    });
    return new LibraryVault(vault, home, env);
  });
}

/** Makes sure that whatever a user of the library catches is a VaultError. */
export async function wrapErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toVaultError(error);
  }
}

/** Checks at run time too, for callers without a compiler. */
function parseRef(ref: CredentialRef): RecordName {
  const {platform, identifier} = ref ?? {};
  return {platform: parsePlatformName(platform), identifier: parseIdentifier(identifier)};
}
