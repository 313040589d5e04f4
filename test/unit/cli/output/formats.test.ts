import {execFile, execFileSync} from 'node:child_process';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {parse} from 'dotenv';
import {FORMATS, type Format, quoteShell, variablesOf} from '../../../../src/cli/output/formats.js';
import type {Credential} from '../../../../src/credential.js';
import {aCredential} from '../../../support/credential.js';
import {withFolder} from '../../../support/folder.js';
import {failure} from '../../../support/outcome.js';
import {secretsIn} from '../../../support/secrets.js';

const CREDENTIAL = aCredential();
const SECRETS = {app_secret: CREDENTIAL.app_secret!, refresh_token: CREDENTIAL.refresh_token};

/** The variables of a credential as an object. */
const variables = (credential: Credential) => Object.fromEntries(variablesOf(credential));
const refusal = (format: Format, credential: Credential) =>
  failure((async () => FORMATS[format](credential))());

/** Values that no service issues today, but that could break quoting. */
const ODD = [
  'plain',
  'with blank',
  ' blanks around ',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: meant for a shell
  '$HOME ${HOME} $(id) `id`',
  '#not a comment',
  'a #b',
  'a=b==',
  'a\\nb\\\\c',
  '"quoted"',
  '*?[]{}~!;&|<>()',
  '-rf',
  'ü 🪲 \u2028',
  '%s %d \\t',
  "it's",
  "'",
  "''",
  "a'b'c",
];
const BACKSLASH_AND_QUOTE = ["it's $HOME", 'it\'s "quoted"', "it's a \\", "it's `id`"];
const SEVERAL_LINES = ['two\nlines', 'two\r\nlines', 'END_OF_SECRETS\nrm -rf /'];

describe('format env', () => {
  it('has the variables that the tool reads, without the unknown ones', () => {
    expect(parse(FORMATS.env(CREDENTIAL))).to.deep.equal({
      THREADS_APP_ID: '1234567890',
      THREADS_APP_SECRET: SECRETS.app_secret,
      THREADS_REFRESH_TOKEN: SECRETS.refresh_token,
      THREADS_USER_ID: '26139168152370559',
      THREADS_TOKEN_EXPIRES_AT: '2026-03-02T00:00:00.000Z',
    });
    const sparse = aCredential({app_id: null, app_secret: null, user_id: null, expires_at: null});
    expect(Object.keys(parse(FORMATS.env(sparse)))).to.deep.equal(['THREADS_REFRESH_TOKEN']);
  });

  for (const value of ODD)
    it(`is read back unchanged by dotenv: ${JSON.stringify(value)}`, () => {
      const credential = aCredential({app_secret: value, refresh_token: `${value}x`});
      expect(parse(FORMATS.env(credential))).to.deep.equal(variables(credential));
    });

  for (const value of [...BACKSLASH_AND_QUOTE, ...SEVERAL_LINES])
    it(`fails where readers differ: ${JSON.stringify(value)}`, async () => {
      const outcome = await refusal('env', aCredential({app_secret: value}));
      expect(outcome).to.include({code: 'USAGE', exitCode: 2});
      expect(outcome.message).to.include('THREADS_APP_SECRET').and.not.include(value);
      expect(outcome.suggestions.join()).to.include('json');
    });

  it('is one line per variable, ending in a newline', () => {
    expect(FORMATS.env(CREDENTIAL)).to.match(/^(THREADS_\w+='[^'\n]*'\n){5}$/);
  });
});

describe('format shell', () => {
  /** Returns the variables of a shell after it has evaluated the text. */
  function evaluated(shell: string, text: string): Record<string, string> {
    // Without SHLVL, bash takes this for a remote login and reads its start-up file.
    const env = {PATH: process.env.PATH, SHLVL: '2'};
    const output = execFileSync(shell, ['-c', 'eval "$(cat)"; env -0'], {input: text, env}).toString();
    const entries = output.split('\0').map(entry => [entry.split('=', 1)[0]!, entry.replace(/^[^=]*=/, '')]);
    return Object.fromEntries(entries.filter(([name]) => name!.startsWith('THREADS_')));
  }

  for (const shell of ['sh', 'bash'])
    it(`is read back unchanged by ${shell}, whatever the values hold`, () => {
      for (const value of [...ODD, ...BACKSLASH_AND_QUOTE, ...SEVERAL_LINES, 'ends in \\', 'ends in \n']) {
        const credential = aCredential({app_secret: value, refresh_token: `x${value}`});
        expect(evaluated(shell, FORMATS.shell(credential)), JSON.stringify(value)).to.deep.equal(
          variables(credential),
        );
      }
    });

  it('executes nothing in the values', () =>
    withFolder(async folder => {
      const touch = `touch ${join(folder, 'file')}`;
      for (const value of [
        `$(${touch})`,
        `\`${touch}\``,
        `'; ${touch}; '`,
        `'$(${touch})'`,
        `\\'; ${touch} #`,
      ])
        evaluated('sh', FORMATS.shell(aCredential({app_secret: value})));
      expect((await failureOf(readFile(join(folder, 'file')))).code).to.equal('ENOENT');
    }));

  it('quotes a value as one word', () => {
    const words = execFileSync('sh', ['-c', `printf '[%s]' ${quoteShell("a 'b' c")}`]).toString();
    expect(words).to.equal("[a 'b' c]");
  });
});

const failureOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => expect.fail('should fail'),
    (error: NodeJS.ErrnoException) => error,
  );

describe('format docker', () => {
  for (const value of [...ODD, ...BACKSLASH_AND_QUOTE, 'ends in \\'])
    it(`is the exact value after the first =: ${JSON.stringify(value)}`, () => {
      const credential = aCredential({app_secret: value});
      const lines = FORMATS.docker(credential).trimEnd().split('\n');
      const read = lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
      expect(Object.fromEntries(read)).to.deep.equal(variables(credential));
    });

  for (const value of SEVERAL_LINES)
    it(`fails for ${JSON.stringify(value)}`, async () => {
      const outcome = await refusal('docker', aCredential({refresh_token: value}));
      expect(outcome.code).to.equal('USAGE');
      expect(outcome.message).to.include('THREADS_REFRESH_TOKEN').and.not.include(value);
    });
});

describe('format json', () => {
  it('is the whole credential, whatever the values hold', () => {
    for (const app_secret of [...ODD, ...BACKSLASH_AND_QUOTE, ...SEVERAL_LINES]) {
      const credential = aCredential({app_secret});
      expect(JSON.parse(FORMATS.json(credential))).to.deep.equal(credential);
    }
    expect(FORMATS.json(CREDENTIAL)).to.match(/\}\n$/);
  });
});

/** Runs a script with this program in PATH, which records its arguments and its input. */
async function runWith(program: string, body: string, script: string) {
  return withFolder(async folder => {
    const path = join(folder, program);
    await writeFile(
      path,
      `#!/bin/sh
       echo "$@" >>"${folder}/arguments"
       { cat; echo; } >"${folder}/input-$1-$2-$3" || exit 1
       cat /proc/[0-9]*/cmdline >>"${folder}/processes" 2>/dev/null
       ${body}\n`,
    );
    await chmod(path, 0o755);
    await writeFile(join(folder, 'script'), script);
    const env = {PATH: `${folder}${delimiter}${process.env.PATH}`};
    await promisify(execFile)('sh', [join(folder, 'script')], {env, cwd: folder});
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    return {
      calls: (await read('arguments')).trim().split('\n'),
      processes: await read('processes'),
      input: async (...names: string[]) =>
        (await Promise.all(names.map(read))).map(text => text.slice(0, -1)),
    };
  });
}

describe('format github', () => {
  it('passes everything on standard input, in one call', () =>
    withFolder(async folder => {
      const values = {app_secret: 'fake $HOME `id` \\n "x" #', refresh_token: "THAAfake-it's-0123456789"};
      const credential = aCredential(values);
      const kept = join(folder, 'input');
      const {calls, processes} = await runWith(
        'gh',
        `cp input-secret-set--f ${kept}`,
        FORMATS.github(credential),
      );
      expect(calls).to.deep.equal(['secret set -f -']);
      expect(parse(await readFile(kept))).to.deep.equal(variables(credential));
      expect(secretsIn(processes, values)).to.deep.equal([]);
    }));

  it('fails if a secret could end the input', async () => {
    expect((await refusal('github', aCredential({app_secret: 'x\nEND_OF_SECRETS\nid'}))).code).to.equal(
      'USAGE',
    );
  });
});

describe('format gitlab', () => {
  const values = {app_secret: 'fake $HOME `id` \\n "x" #', refresh_token: "THAAfake-it's-\\-0123456789"};
  const credential = aCredential(values);
  const NAMES = Object.keys(variables(credential));
  const given = (calls: string[], method: string) =>
    calls.filter(call => call.startsWith(`variable ${method}`)).map(call => call.split(' ')[2]);

  it('updates existing variables, with values on standard input', () =>
    withFolder(async folder => {
      const {calls, processes} = await runWith(
        'glab',
        `cp "input-$1-$2-$3" "${folder}/$3"`,
        FORMATS.gitlab(credential),
      );
      expect(given(calls, 'update')).to.deep.equal(NAMES);
      expect(given(calls, 'set')).to.deep.equal([]);
      for (const [name, value] of variablesOf(credential))
        expect(await readFile(join(folder, name), 'utf8')).to.equal(`${value}\n`);
      expect(secretsIn(processes + calls, values)).to.deep.equal([]);
    }));

  it('creates missing variables, with values on standard input', () =>
    withFolder(async folder => {
      const {calls, processes} = await runWith(
        'glab',
        `[ "$2" = set ] || exit 1; cp "input-$1-$2-$3" "${folder}/$3"`,
        FORMATS.gitlab(credential),
      );
      expect(given(calls, 'set')).to.deep.equal(NAMES);
      for (const [name, value] of variablesOf(credential))
        expect(await readFile(join(folder, name), 'utf8')).to.equal(`${value}\n`);
      expect(secretsIn(processes + calls, values)).to.deep.equal([]);
    }));

  it('masks the secrets', async () => {
    const {calls} = await runWith('glab', 'exit 0', FORMATS.gitlab(credential));
    const maskedOnes = calls.filter(call => call.includes('--masked')).map(call => call.split(' ')[2]);
    expect(maskedOnes).to.deep.equal(['THREADS_APP_SECRET', 'THREADS_REFRESH_TOKEN']);
  });
});
