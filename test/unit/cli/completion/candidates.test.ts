import {expect} from 'chai';
import {completionCandidates, type Known} from '../../../../src/cli/completion/candidates.js';

const flag = (name: string, more: object = {}) => ({
  name,
  type: 'option',
  summary: `About ${name}.`,
  ...more,
});
const known = {
  commands: [
    {id: 'doctor', summary: 'Find problems.', flags: {}, args: {}},
    {id: 'complete', hidden: true, flags: {}, args: {}},
    {
      id: 'threads:token',
      summary: 'A token.',
      args: {},
      flags: {
        identifier: flag('identifier', {char: 'i'}),
        json: flag('json', {type: 'boolean'}),
        browser: flag('browser', {type: 'boolean', allowNo: true}),
        only: flag('only', {multiple: true}),
        secret: flag('secret', {hidden: true}),
      },
    },
    {
      id: 'utils:tokens:show',
      summary: 'Show one.',
      args: {},
      flags: {
        platform: flag('platform', {char: 'p'}),
        identifier: flag('identifier', {char: 'i'}),
        field: flag('field'),
        format: flag('format', {options: ['env', 'json']}),
      },
    },
    {id: 'utils:tokens:set-env', flags: {variable: flag('variable')}, args: {file: {}}},
    {id: 'completion', flags: {}, args: {shell: {options: ['bash', 'zsh']}}},
  ],
  topics: [{name: 'threads', description: 'The service.'}, {name: 'utils'}, {name: 'utils:tokens'}],
  identifiers: async (platform: string | undefined) => (platform === 'other' ? ['zoe'] : ['alice', 'bob']),
  fields: ['app_id', 'refresh_token', 'refreshed_at'],
  platforms: ['threads'],
} as unknown as Known;

const values = async (...words: string[]) =>
  (await completionCandidates(words, known)).map(({value}) => value);

describe('completing a command line', () => {
  it('offers topics and commands with their descriptions, except hidden ones', async () => {
    expect(await completionCandidates([''], known)).to.deep.include({value: 'threads', text: 'The service.'});
    expect(await values('')).to.have.members(['threads', 'utils', 'doctor', 'completion']);
    expect(await values('do')).to.deep.equal(['doctor']);
    expect(await values('utils', '')).to.deep.equal(['tokens']);
    expect(await values('utils', 'tokens', 'sh')).to.deep.equal(['show']);
  });

  it('leaves file names to the shell', async () => {
    expect(await values('utils', 'tokens', 'set-env', '')).to.deep.equal([]);
    expect(await values('utils', 'tokens', 'set-env', '--')).to.deep.equal(['--variable']);
  });

  it('offers each flag once, unless it may be repeated', async () => {
    expect(await values('threads', 'token', '--')).to.have.members([
      '--identifier',
      '--json',
      '--browser',
      '--no-browser',
      '--only',
    ]);
    const left = await values('threads', 'token', '-i', 'bob', '--only', 'x', '--no-browser', '');
    expect(left).to.have.members(['--json', '--only']);
  });

  it('offers the values of a flag', async () => {
    expect(await values('utils', 'tokens', 'show', '--format', '')).to.deep.equal(['env', 'json']);
    expect(await values('utils', 'tokens', 'show', '--field', 'refresh')).to.deep.equal([
      'refresh_token',
      'refreshed_at',
    ]);
    expect(await values('utils', 'tokens', 'show', '-p', '')).to.deep.equal(['threads']);
  });

  it('offers the stored names, only of the platform if one is given', async () => {
    expect(await values('threads', 'token', '-i', '')).to.deep.equal(['alice', 'bob']);
    expect(await values('utils', 'tokens', 'show', '-p', 'other', '--identifier', '')).to.deep.equal(['zoe']);
  });

  it('completes after an equals sign, whole or split as bash passes it', async () => {
    expect(await values('utils', 'tokens', 'show', '--format=e')).to.deep.equal(['--format=env']);
    expect(await values('utils', 'tokens', 'show', '--format', '=', 'e')).to.deep.equal(['env']);
    expect(await values('utils', 'tokens', 'show', '--format', '=')).to.deep.equal(['env', 'json']);
  });

  it('offers the choices of an argument', async () => {
    expect(await values('completion', '')).to.deep.equal(['bash', 'zsh']);
  });

  it('leaves everything else to the shell', async () => {
    expect(await values('threads', 'token', '--only', '')).to.deep.equal([]);
    expect(await values('threads', 'token', '--', '')).to.deep.equal([]);
    expect(await values('no', 'such', 'command')).to.deep.equal([]);
  });
});
