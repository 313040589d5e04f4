import {readEnvironment, tokenVariables} from '../config/variables.js';
import {VaultError} from '../errors.js';
import {parseVariables} from '../files/dotenv.js';
import type {Platform} from '../platforms/platform.js';
import type {Candidate} from './candidate.js';

/**
 * The credential in a `.env` file's text, such as ThreadsPipe's: its token under the variable named, else
 * under one of ours, the rest under our names. Throws VARIABLE_MISSING, and USAGE for a value that is none.
 */
export async function readVariables(
  text: string,
  source: string,
  platform: Platform,
  apiUrl: string,
  variable: string | undefined,
): Promise<Candidate[]> {
  const variables = parseVariables(text);
  const names = variable === undefined ? tokenVariables(platform.name) : [variable];
  const credential = await readEnvironment(platform.name, variables, apiUrl, names);
  if (!credential) throw noToken(source, names, variables);
  return [{source, credential: {...credential, identifier: ''}}];
}

function noToken(source: string, names: string[], variables: Record<string, string>): VaultError {
  const likely = Object.keys(variables).filter(name => /^TH[\w-]{30,}$/.test(variables[name]!.trim()));
  return new VaultError('VARIABLE_MISSING', `There is no ${names.join(' or ')} with a token in ${source}.`, [
    `Say which variable holds the token: --variable ${likely[0] ?? 'NAME'}`,
  ]);
}
