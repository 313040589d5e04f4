import {spawnSync} from 'node:child_process';
import {expect} from 'chai';
import fc from 'fast-check';
import {FORMATS, quoteShell, variablesOf} from '../../../src/cli/output/formats.js';
import type {Credential} from '../../../src/credential.js';
import {aCredential} from '../../support/credential.js';
import {needsPosix} from '../../support/needs.js';
import {awkwardText} from './awkward-text.js';
import {errorOf, properties} from './properties.js';

/** Texts without a NUL, which no variable and no argument can contain. */
const texts = awkwardText.filter(text => !text.includes('\0'));
const credentials = fc
  .record({app_id: texts, app_secret: texts, refresh_token: texts, user_id: texts, expires_at: texts})
  .map(aCredential);
const VALUES_EACH = 50;

/** Runs a script in the system's POSIX shell, and returns its output split at NULs. */
function shell(script: string, input = ''): string[] {
  const {status, stdout, stderr} = spawnSync('sh', input ? ['-c', script] : [], {
    input: input || script,
    env: {PATH: process.env.PATH},
    encoding: 'utf8',
  });
  expect({status, stderr}).to.deep.equal({status: 0, stderr: ''});
  return stdout.split('\0').slice(0, -1);
}

const values = (credential: Credential) => variablesOf(credential).map(([, value]) => value);

describe('properties of shell quoting', () => {
  before(function () {
    needsPosix(this);
  });
  const {holds} = properties('shell quoting (sh)');

  it(
    'a quoted value is one word with the same bytes',
    holds(
      fc.array(texts, {minLength: VALUES_EACH, maxLength: VALUES_EACH}),
      words => {
        expect(shell(`printf '%s\\0' ${words.map(quoteShell).join(' ')}\n`)).to.deep.equal(words);
      },
      {runs: 100, casesEach: VALUES_EACH},
    ),
  );

  it(
    'the shell format, evaluated, sets every variable to the same bytes',
    holds(
      credentials,
      credential => {
        const names = variablesOf(credential).map(([name]) => `"$${name}"`);
        // Reads the variables in a child process, since they must be exported.
        const script = `eval "$(cat)"; exec sh -c 'printf "%s\\0" ${names.join(' ').replaceAll("'", '')}'`;
        expect(shell(script, FORMATS.shell(credential))).to.deep.equal(values(credential));
      },
      {runs: 300, casesEach: 5},
    ),
  );

  it(
    'the script for GitHub passes the .env lines to gh unchanged',
    holds(
      credentials,
      async credential => {
        let script = '';
        const error = await errorOf(() => {
          script = FORMATS.github(credential);
        });
        if (error) return void expect(error.code).to.equal('USAGE');
        const [args, input] = shell(`gh() { printf '%s\\0' "$*"; cat; printf '\\0'; }\n${script}`);
        expect(args).to.equal('secret set -f -');
        expect(input).to.equal(FORMATS.env(credential));
      },
      {runs: 300, casesEach: 5},
    ),
  );

  it(
    'the script for GitLab passes each value to glab on standard input, never as an argument',
    holds(
      credentials,
      credential => {
        const glab = `glab() { printf '%s\\0' "$*"; cat; printf '\\0'; }`;
        const calls = shell(`${glab}\n${FORMATS.gitlab(credential)}`);
        const expected = variablesOf(credential).flatMap(([name, value]) => [
          `variable update ${name}${/SECRET|REFRESH_TOKEN/.test(name) ? ' --masked' : ''}`,
          value,
        ]);
        expect(calls).to.deep.equal(expected);
      },
      {runs: 300, casesEach: 5},
    ),
  );
});
