import {readFile} from 'node:fs/promises';
import {VaultError} from '../errors.js';
import {storageError} from '../files/private-file.js';
import {toolVariable} from '../program.js';

/** A source of passphrases. */
export interface Passphrases {
  /** Returns every passphrase that may unlock a key, the most likely first. */
  known(): Promise<string[]>;
  /** Asks for another passphrase after wrong ones; `undefined` if nobody can be asked, or not again. */
  another?(): Promise<string | undefined>;
  /** Returns the passphrase for a new key; `undefined` if there is none and nobody can be asked. */
  forNewKey(): Promise<string | undefined>;
}

/**
 * Reads passphrases from `TOOL_VAULT_PASSPHRASE` or the file named in `TOOL_VAULT_PASSPHRASE_FILE`. To change
 * the passphrase, `TOOL_VAULT_NEW_PASSPHRASE` (or `…_FILE`) holds the new one. Never prompts.
 */
export function passphraseVariables(env: NodeJS.ProcessEnv): Passphrases {
  const readCurrent = () => readVariable('VAULT_PASSPHRASE', env);
  const readNew = () => readVariable('VAULT_NEW_PASSPHRASE', env);
  return {
    known: async () => [await readCurrent(), await readNew()].filter(each => each !== undefined),
    forNewKey: async () => (await readNew()) ?? (await readCurrent()),
  };
}

async function readVariable(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const value = env[toolVariable(name)];
  if (value) return value;
  const fileVariable = toolVariable(`${name}_FILE`);
  const path = env[fileVariable];
  if (!path) return undefined;
  const content = await readFile(path, 'utf8').catch(error => {
    // Names the variable, not the path: somebody may have set it to the passphrase itself.
    const {message, suggestions} = storageError(error, 'read', `the file named in ${fileVariable}`);
    throw new VaultError('PASSPHRASE_MISSING', message, suggestions);
  });
  return content.replace(/\r?\n$/, '') || undefined;
}
