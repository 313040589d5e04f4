import {VaultError} from '../errors.js';
import {type Environment, toolVariable} from '../program.js';

/** Where a key may be. */
export const KEY_STORES = ['keychain', 'passphrase', 'file'] as const;
export type KeyStoreName = (typeof KEY_STORES)[number];

/** What a person may choose. `auto` decides once, when the first key is made. */
export const KEY_STORE_CHOICES = ['auto', ...KEY_STORES] as const;
export type KeyStoreChoice = (typeof KEY_STORE_CHOICES)[number];

/** Returns the choice of the flag, else of `TOOL_KEY_STORE`, else of the preferences. Throws CONFIG_INVALID. */
export async function chooseKeyStore(
  flag: string | undefined,
  env: Environment,
  preferred: () => Promise<KeyStoreChoice>,
): Promise<KeyStoreChoice> {
  const variable = toolVariable('KEY_STORE');
  const choice = flag ?? env[variable] ?? (await preferred());
  if ((KEY_STORE_CHOICES as readonly string[]).includes(choice)) return choice as KeyStoreChoice;
  throw new VaultError(
    'CONFIG_INVALID',
    `${flag === undefined ? variable : 'keyStore'} is not a key store.`,
    [`Use one of: ${KEY_STORE_CHOICES.join(', ')}`],
  );
}
