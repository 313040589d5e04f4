import {looksSecret} from '../../credential.js';
import type {WrittenEnvFile} from '../../credentials/env-file.js';
import {VaultError} from '../../errors.js';
import {reportWarning} from './report-error.js';

/** Which variable of a `.env` file is the token's. */
export const tokenVariableFlag = {
  summary: 'The variable of the .env file that holds the token.',
  description: 'By default THREADS_REFRESH_TOKEN, or THREADS_ACCESS_TOKEN where the file has only that.',
  helpValue: 'NAME',
} as const;

/** The variable's name, if it is one. Throws USAGE, and does not repeat it: it may be a secret. */
export function parseVariable(text: string | undefined): string | undefined {
  if (text === undefined || (/^[A-Za-z_]\w*$/.test(text) && !looksSecret(text))) return text;
  throw new VaultError('USAGE', 'That is not a variable’s name.', [
    'Use letters, digits and underscores, such as THREADS_REFRESH_TOKEN.',
  ]);
}

/** Warns where others may read the file, and returns what was done to it, in words. */
export function reportEnvFile({file, variable, changed, readable_by_others}: WrittenEnvFile): string {
  if (readable_by_others) {
    const quoted = file.replaceAll("'", "'\\''");
    reportWarning(
      `${file} can be read by other users of this machine. Is that meant? Else: chmod go= '${quoted}'`,
    );
  }
  return changed ? `Written to ${file} as ${variable}` : `${file} holds it already, as ${variable}`;
}
