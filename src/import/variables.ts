import {readEnvironment, tokenVariables} from '../config/variables.js';
import {looksSecret, UNNAMED} from '../credential.js';
import {VaultError} from '../errors.js';
import {parseVariables} from '../files/dotenv.js';
import type {Candidate, ImportSource} from './candidate.js';

/**
 * Reads the credential in the text of a `.env` file: the token in the variable named, else in one of the
 * platform's variables. Throws VARIABLE_MISSING, and USAGE for an invalid value.
 */
export async function readVariables({
  text,
  source,
  platform,
  apiUrl,
  variable,
}: ImportSource & {variable?: string | undefined}): Promise<Candidate[]> {
  const env = parseVariables(text);
  const tokenNames = variable === undefined ? tokenVariables(platform.name) : [variable];
  const credential = await readEnvironment({platform: platform.name, env, apiUrl, tokenNames});
  if (!credential) throw noToken(source, tokenNames, env);
  return [{source, credential: {...credential, identifier: UNNAMED}}];
}

function noToken(source: string, names: string[], variables: Record<string, string>): VaultError {
  const likely = Object.keys(variables).find(name => looksSecret(variables[name]!.trim()));
  return new VaultError('VARIABLE_MISSING', `${source} holds no token in ${names.join(' or ')}.`, [
    `Name the variable that holds the token: --variable ${likely ?? 'NAME'}`,
  ]);
}
