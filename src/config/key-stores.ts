import {VaultError} from '../errors.js';
import {type Environment, toolVariable} from '../program.js';

/** Where a key may be, the strongest store first. */
export const KEY_STORES = ['keychain', 'passphrase', 'file'] as const;
export type KeyStoreName = (typeof KEY_STORES)[number];

/** What a person may choose. `auto` decides once, when the first key is made. */
export const KEY_STORE_CHOICES = ['auto', ...KEY_STORES] as const;
export type KeyStoreChoice = (typeof KEY_STORE_CHOICES)[number];

/** Reports whether a store protects a key less than the other one. */
export function isWeaker(store: KeyStoreName, than: KeyStoreName): boolean {
  return KEY_STORES.indexOf(store) > KEY_STORES.indexOf(than);
}

/**
 * Returns the choice of the flag, else of `TOOL_KEY_STORE`, else of the preferences. The preferences cannot
 * choose the weakest store, because anyone who can write to the home can change them. Throws CONFIG_INVALID.
 */
export async function chooseKeyStore(
  flag: string | undefined,
  env: Environment,
  preferred: () => Promise<KeyStoreChoice>,
): Promise<KeyStoreChoice> {
  if (flag !== undefined) return parseChoice(flag, 'keyStore');
  if (env[VARIABLE]) return requiredKeyStore(env);
  const choice = parseChoice(await preferred(), 'keyStore');
  return choice === 'file' ? 'auto' : choice;
}

/** Returns the choice of `TOOL_KEY_STORE`, which applies to every command. Throws CONFIG_INVALID. */
export function requiredKeyStore(env: Environment): KeyStoreChoice {
  return parseChoice(env[VARIABLE] || 'auto', VARIABLE);
}

const VARIABLE = toolVariable('KEY_STORE');

function parseChoice(choice: string, source: string): KeyStoreChoice {
  if ((KEY_STORE_CHOICES as readonly string[]).includes(choice)) return choice as KeyStoreChoice;
  throw new VaultError('CONFIG_INVALID', `${source} does not name a key store.`, [
    `Use one of: ${KEY_STORE_CHOICES.join(', ')}`,
  ]);
}
