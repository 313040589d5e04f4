import {findHome, type Home} from '../config/home.js';
import {passphraseVariables} from '../config/passphrase-variables.js';
import {readPreferences} from '../config/preferences.js';
import {type Credential, type CredentialRef, parseIdentifier, parsePlatform} from '../credential.js';
import {type CredentialFields, credentialFromFields} from '../credentials/fields.js';
import {type ListedCredential, listCredentials} from '../credentials/list.js';
import {toVaultError, VaultError} from '../errors.js';
import {findService} from '../platforms/service.js';
import {threads} from '../platforms/threads/threads.js';
import {type Environment, toolVariable} from '../program.js';
import type {KeyStoreChoice} from '../vault/keys/keys.js';
import {chooseKeyStore, openLocalVault as openRecords} from '../vault/open.js';
import type {Vault as Records} from '../vault/vault.js';

export interface OpenVaultOptions {
  /** The folder; by default `TOOL_HOME`, else `~/.tool`. */
  home?: string | undefined;
  /** The variables to go by; by default `process.env`. */
  env?: Environment | undefined;
  /** Where the first key is put; by default `TOOL_KEY_STORE`, else what `config.json` says, else `auto`. */
  keyStore?: KeyStoreChoice | undefined;
  /** Gets what a person should know, in words, such as that there is no keychain. By default nobody does. */
  onWarning?: ((message: string) => void) | undefined;
}

/** The fields that shall be stored (those that are left out are unknown); `undefined`: leave it as it is. */
export type CredentialChange = (
  current: Credential | undefined,
) => CredentialFields | undefined | Promise<CredentialFields | undefined>;

/** The stored credentials of this user. Safe to use from many processes at the same time. */
export interface Vault {
  /**
   * What is stored, sorted by name. Needs no key and holds nothing secret; a record that cannot be read
   * is an entry with its error.
   */
  list(): Promise<ListedCredential[]>;

  /** One credential, decrypted, as it stands; `undefined` where there is none. Refreshes nothing. */
  read(ref: CredentialRef): Promise<Credential | undefined>;

  /**
   * Adds or changes one credential, under a lock that all processes share: `change` gets what is stored
   * now. Returns what is stored afterwards, which is on the disk, synced, and was read back. Whatever
   * `change` throws comes out as it is, and nothing is changed.
   */
  update(ref: CredentialRef, change: CredentialChange): Promise<Credential | undefined>;

  /** Removes one from this machine, readable or not. Its token stays valid at the service until its date. */
  remove(ref: CredentialRef): Promise<void>;
}

/** What stands behind a vault, out of the reach of whoever prints it: keys are in there. */
interface VaultInternals {
  records: Records;
  home: Home;
  env: Environment;
}
const internals = new WeakMap<Vault, VaultInternals>();

export async function openVault({
  home: folder,
  env = process.env,
  keyStore,
  onWarning = () => {},
}: OpenVaultOptions = {}): Promise<Vault> {
  return wrapErrors(async () => {
    const home = findHome(folder === undefined ? env : {[toolVariable('HOME')]: folder});
    const records = openRecords({
      home,
      env,
      keyStore: await chooseKeyStore(keyStore, env, async () => (await readPreferences(home)).keyStore),
      passphrases: passphraseVariables(env),
      warn: onWarning,
    });
    const vault: Vault = {
      list: () =>
        wrapErrors(
          async () => (await listCredentials(records, await readPreferences(home), [threads])).credentials,
        ),
      read: ref => wrapErrors(async () => records.read(parseRef(ref))),
      update: (ref, change) => update(records, ref, change, env),
      remove: ref => wrapErrors(async () => records.remove(parseRef(ref))),
    };
    internals.set(vault, {records, home, env});
    return vault;
  });
}

/** Throws USAGE for a vault that openVault did not open. */
export function openedVault(vault: Vault): VaultInternals {
  const opened = internals.get(vault);
  if (opened) return opened;
  throw new VaultError('USAGE', 'That is not a vault.', ['Give what openVault() returned.']);
}

/** Runs what a user of the library asked for: whatever it throws is a VaultError. */
export async function wrapErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toVaultError(error);
  }
}

async function update(
  records: Records,
  ref: CredentialRef,
  change: CredentialChange,
  env: Environment,
): Promise<Credential | undefined> {
  let theirs: {error: unknown} | undefined;
  const changed = wrapErrors(async () => {
    const {apiUrl} = findService(threads, env);
    return records.update(parseRef(ref), async current => {
      const fields = await Promise.resolve(current)
        .then(change)
        .catch(error => {
          theirs = {error};
          throw error;
        });
      return fields && credentialFromFields(ref, fields, apiUrl);
    });
  });
  return changed.catch(error => {
    throw theirs ? theirs.error : error;
  });
}

/** Also for those who have no compiler to tell them. */
function parseRef(ref: CredentialRef): CredentialRef {
  const {platform, identifier} = ref ?? {};
  return {platform: parsePlatform(platform), identifier: parseIdentifier(identifier)};
}
