import {type Passphrases, passphraseVariables} from '../../config/passphrase-variables.js';
import {VaultError} from '../../errors.js';
import {ask, isInteractive} from './prompt.js';

/** Reads passphrases from the variables, or else asks for one, once per command. */
export function passphrasesFrom(env: NodeJS.ProcessEnv): Passphrases {
  const variables = passphraseVariables(env);
  let typed: string | undefined;
  return {
    async known() {
      const known = [...(await variables.known()), ...(typed === undefined ? [] : [typed])];
      if (known.length > 0 || !isInteractive(env)) return known;
      typed = await ask('Vault passphrase:', {hidden: true, verbatim: true});
      return [typed];
    },

    async forNewKey() {
      const known = await variables.forNewKey();
      if (known !== undefined || !isInteractive(env)) return known;
      const chosen = await ask('New vault passphrase:', {hidden: true, verbatim: true});
      if (chosen !== (await ask('Repeat the passphrase:', {hidden: true, verbatim: true}))) {
        throw new VaultError('USAGE', 'The two passphrases differ. Nothing was changed.');
      }
      typed = chosen;
      return chosen;
    },
  };
}
