import {VaultError} from '../errors.js';
import {readPrivateFileSync} from '../files/private-file.js';
import {storageError} from '../files/storage-error.js';
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
  const content = readSecretFile(path, fileVariable);
  return content.replace(/\r?\n$/, '') || undefined;
}

/**
 * Reads a private file. Names the variable, not the path: somebody may have set it to the passphrase itself.
 * Throws FILE_UNSAFE, and PASSPHRASE_MISSING if it cannot be read.
 */
function readSecretFile(path: string, variable: string): string {
  const as = {title: `the file named in ${variable}`, word: `"$${variable}"`};
  try {
    const bytes = readPrivateFileSync(path, {as});
    if (!bytes) throw storageError(Object.assign(new Error(), {code: 'ENOENT'}), 'read', as.title);
    return bytes.toString('utf8');
  } catch (error) {
    const {code, message, suggestions} = error as VaultError;
    const sentence = message.replace(/^the/, 'The');
    throw new VaultError(code === 'FILE_UNSAFE' ? code : 'PASSPHRASE_MISSING', sentence, suggestions);
  }
}
