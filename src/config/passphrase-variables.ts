import {readFile} from 'node:fs/promises';
import {VaultError} from '../errors.js';
import {toolVariable} from '../program.js';

/** Where a passphrase comes from. */
export interface Passphrases {
  /** Returns every passphrase that may open a key, the likeliest first. */
  known(): Promise<string[]>;
  /** Returns the passphrase for a new key; `undefined` when nobody can be asked. */
  forNewKey(): Promise<string | undefined>;
}

/**
 * Passphrases from `TOOL_VAULT_PASSPHRASE` or the file that `TOOL_VAULT_PASSPHRASE_FILE` names;
 * `TOOL_VAULT_NEW_PASSPHRASE` (or `…_FILE`) is for a change. Nobody is asked.
 */
export function passphraseVariables(env: NodeJS.ProcessEnv): Passphrases {
  const given = () => readVariable('VAULT_PASSPHRASE', env);
  const givenNew = () => readVariable('VAULT_NEW_PASSPHRASE', env);
  return {
    known: async () => [await given(), await givenNew()].filter(each => each !== undefined),
    forNewKey: async () => (await givenNew()) ?? (await given()),
  };
}

async function readVariable(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = env[toolVariable(name)];
  if (text) return text;
  const path = env[toolVariable(`${name}_FILE`)];
  if (!path) return undefined;
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new VaultError(
      'PASSPHRASE_MISSING',
      `The file that ${toolVariable(`${name}_FILE`)} names cannot be read.`,
      [`The system says: ${error.code}`],
    );
  });
  return content.replace(/\r?\n$/, '') || undefined;
}
