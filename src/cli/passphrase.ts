import {readFile} from 'node:fs/promises';
import {VaultError} from '../errors.js';
import {variable} from '../name.js';
import type {Passphrases} from '../vault/passphrase.js';
import {ask, isInteractive} from './prompt.js';

/**
 * Passphrases from `TOOL_VAULT_PASSPHRASE` or the file that `TOOL_VAULT_PASSPHRASE_FILE` names, else
 * from the person, who is asked once a command. `TOOL_VAULT_NEW_PASSPHRASE` (or `…_FILE`) is for a change.
 */
export function passphrasesFrom(env: NodeJS.ProcessEnv): Passphrases {
  let typed: string | undefined;
  const given = () => readVariable('VAULT_PASSPHRASE', env);
  const givenNew = () => readVariable('VAULT_NEW_PASSPHRASE', env);
  return {
    async known() {
      const known = [await given(), await givenNew(), typed].filter(each => each !== undefined);
      if (known.length > 0 || !isInteractive(env)) return known;
      typed = await ask('Vault passphrase:', {hidden: true});
      return [typed];
    },

    async forNewKey() {
      const known = (await givenNew()) ?? (await given());
      if (known !== undefined || !isInteractive(env)) return known;
      const chosen = await ask('New vault passphrase:', {hidden: true});
      if (chosen !== (await ask('Once more:', {hidden: true}))) {
        throw new VaultError('USAGE', 'The two passphrases differ; nothing was changed.');
      }
      typed = chosen;
      return chosen;
    },
  };
}

async function readVariable(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = env[variable(name)];
  if (text) return text;
  const path = env[variable(`${name}_FILE`)];
  if (!path) return undefined;
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new VaultError(
      'PASSPHRASE_MISSING',
      `The file that ${variable(`${name}_FILE`)} names cannot be read.`,
      [`The system says: ${error.code}`],
    );
  });
  return content.replace(/\r?\n$/, '') || undefined;
}
