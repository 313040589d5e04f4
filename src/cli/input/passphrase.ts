import {type Passphrases, passphraseVariables} from '../../config/passphrase-variables.js';
import {VaultError} from '../../errors.js';
import {say} from '../output/terminal.js';
import {ask, isInteractive} from './prompt.js';

/** How often a person is asked for a passphrase. */
const TRIES = 3;

/** Reads passphrases from the variables, or else asks for one; on a terminal, again after a wrong one. */
export function passphrasesFrom(env: NodeJS.ProcessEnv): Passphrases {
  const variables = passphraseVariables(env);
  const typed: string[] = [];
  const askForOne = async () => {
    typed.unshift(await ask('Vault passphrase:', {hidden: true}));
    return typed[0]!;
  };
  return {
    async known() {
      const known = [...(await variables.known()), ...typed];
      if (known.length > 0 || !isInteractive(env)) return known;
      return [await askForOne()];
    },

    async another() {
      if (typed.length === 0 || typed.length >= TRIES) return undefined;
      say('The passphrase is wrong. Try again.');
      return askForOne();
    },

    async forNewKey() {
      const known = await variables.forNewKey();
      if (known !== undefined || !isInteractive(env)) return known;
      const chosen = await ask('New vault passphrase:', {hidden: true});
      if (chosen !== (await ask('Repeat the passphrase:', {hidden: true}))) {
        throw new VaultError('USAGE', 'The two passphrases differ. Nothing was changed.');
      }
      typed.unshift(chosen);
      return chosen;
    },
  };
}
