import {looksSecret} from '../../credential.js';
import type {WrittenEnvFile} from '../../credentials/env-file.js';
import {VaultError} from '../../errors.js';
import {quoteShell} from './formats.js';
import {reportWarning} from './report-error.js';

/** Checks the name of a variable. Throws USAGE without repeating the name, which may be a secret. */
export function parseVariable(text: string | undefined): string | undefined {
  if (text === undefined || (/^[A-Za-z_]\w*$/.test(text) && !looksSecret(text))) return text;
  throw new VaultError('USAGE', '--variable must be the name of a variable.', [
    'Use letters, digits and underscores, such as LONG_LIVED_TOKEN.',
  ]);
}

/** Warns if others may read the file, and returns a phrase that says what was done to it. */
export function reportEnvFile({file, variable, changed, readable_by_others}: WrittenEnvFile): string {
  if (readable_by_others) {
    reportWarning(
      `Other users of this machine can read ${file}. Make it private: chmod go= ${quoteShell(file)}`,
    );
  }
  return changed ? `Written to ${file} as ${variable}` : `${file} already holds it as ${variable}`;
}
