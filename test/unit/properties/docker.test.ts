import fc from 'fast-check';
import {variablesOf} from '../../../src/cli/output/formats.js';
import {aCredential} from '../../support/credential.js';
import {awkwardText} from './awkward-text.js';
import {properties} from './properties.js';
import {readBack} from './read-back.js';

/**
 * Follows the rules of `docker run --env-file` (docker/cli, opts/file.go): leading blanks are removed, a line
 * that starts with `#` is a comment, the name ends at the first `=`, and the value is the rest of the line.
 */
function parseAsDocker(text: string): [string, string][] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, index) => (index === 0 ? line.replace(/^\ufeff/, '') : line))
    .map(line => line.replace(/\r$/, '').replace(/^\s+/u, ''))
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const at = line.indexOf('=');
      const name = line.slice(0, at);
      if (at < 1 || /[ \t]/.test(name)) throw new Error('poorly formatted environment');
      return [name, line.slice(at + 1)];
    });
}

/** Texts without a NUL, which no environment variable can contain. */
const texts = awkwardText.filter(text => !text.includes('\0'));
const credentials = fc
  .record({app_id: texts, app_secret: texts, refresh_token: texts, user_id: texts, expires_at: texts})
  .map(aCredential);

describe('properties of the Docker format', () => {
  it(
    'is read back as the same bytes, or is not written at all',
    readBack(properties('Docker format'), credentials, 'docker', 'docker', parseAsDocker, variablesOf),
  );
});
