import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {parse} from '@oclif/core/parser';
import {expect} from 'chai';
import {type Invocation, invocationsIn, invocationsInPage, readWords} from '../support/invocations.js';
import {ROOT} from '../support/world.js';

const manifest = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8'));
const {oclif} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const IDS: string[] = Object.keys(manifest.commands);
const PREFIXES = new Set(
  IDS.flatMap(id => id.split(':').map((_, index, words) => words.slice(0, index + 1).join(' '))),
);
const isKnown = (word: string) => PREFIXES.has(word) || ['--help', '--version', 'help'].includes(word);

/** Made by the build from the commands; their examples are looked at themselves. */
const GENERATED = 'commands.md';
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md') && name !== GENERATED)
    .map(name => `docs/${name}`),
];
const invocationsOf = (page: string) =>
  invocationsInPage(readFileSync(join(ROOT, page), 'utf8'), oclif.bin, isKnown);

/** Why the command would not take it; undefined where it would. */
async function complaint({words, inText}: Invocation): Promise<string | undefined> {
  if (words[0]?.startsWith('-')) return isKnown(words[0]) ? undefined : 'there is no such flag';
  const length = words.findLastIndex((_, index) => PREFIXES.has(words.slice(0, index + 1).join(' '))) + 1;
  const id = words.slice(0, length).join(':');
  const rest = words.slice(length);
  if (!IDS.includes(id)) {
    const isTopic = length > 0 && rest.every(word => word === '…' || word === '--help');
    return isTopic ? undefined : 'there is no such command';
  }
  if (rest.includes('--help') || (inText && rest.length === 0)) return undefined;

  const {default: command} = await import(`../../src/commands/${id.replaceAll(':', '/')}.js`);
  const flags: Command.Class['flags'] = {json: Flags.boolean(), ...command.baseFlags, ...command.flags};
  const end = rest.indexOf('--');
  const own = end < 0 ? rest : rest.slice(0, end);
  const isOpen = own.at(-1) === '…' && !takesValue(flags, own.at(-2));
  const argv = [...withoutPlaceholders(isOpen ? own.slice(0, -1) : own, flags), ...rest.slice(own.length)];
  return parse(argv, {flags, args: command.args, strict: command.strict, '--': command['--']}).then(
    () => undefined,
    (error: Error) =>
      isOpen && /Missing required/.test(error.message) ? undefined : error.message.split('\nSee more')[0],
  );
}

const flagOf = (flags: Command.Class['flags'], word = '') =>
  flags[word.replace(/^--(?:no-)?/, '')] ??
  Object.values(flags).find(({char}) => char !== undefined && word === `-${char}`);
const takesValue = (flags: Command.Class['flags'], word?: string) => flagOf(flags, word)?.type === 'option';

/** `--format FORMAT`, `--port "$PORT"`: any value that the flag takes does in their place. */
function withoutPlaceholders(words: string[], flags: Command.Class['flags']): string[] {
  return words.map((word, index) => {
    const flag = flagOf(flags, words[index - 1]);
    if (flag?.type !== 'option' || !/^[A-Z_|-]+$|…|\$/.test(word)) return word;
    return flag.options?.[0] ?? ('min' in flag || /^(port|timeout)$/.test(flag.name) ? '1' : word);
  });
}

describe('docs: calls of the command', () => {
  for (const page of PAGES) {
    it(`in ${page} are ones that it takes`, async () => {
      const wrong: string[] = [];
      for (const invocation of invocationsOf(page)) {
        const reason = await complaint(invocation);
        if (reason) wrong.push(`${oclif.bin} ${invocation.words.join(' ')}: ${reason}`);
      }
      expect(wrong).to.deep.equal([]);
    });
  }

  for (const id of IDS) {
    it(`in the examples of ${id.replaceAll(':', ' ')} are ones that it takes`, async () => {
      const {examples = []} = manifest.commands[id];
      for (const {command} of examples as {command: string}[]) {
        const line = command
          .replaceAll('<%= config.bin %>', oclif.bin)
          .replaceAll('<%= command.id %>', id.replaceAll(':', ' '));
        const invocations = invocationsIn(line, oclif.bin, isKnown);
        expect(invocations, line).not.to.deep.equal([]);
        for (const invocation of invocations) expect(await complaint(invocation), line).to.equal(undefined);
      }
    });
  }

  it('are found at all', () => {
    const blocks = (page: string) => invocationsOf(page).filter(({inText}) => !inText).length;
    const inText = (page: string) => invocationsOf(page).filter(each => each.inText).length;
    expect(blocks('docs/ci.md')).to.be.greaterThan(20);
    expect(blocks('docs/meta-setup.md')).to.be.greaterThan(8);
    expect(blocks('README.md')).to.be.greaterThan(1);
    expect(inText('README.md')).to.be.greaterThan(10);
  });

  it('name every command in README or the pages it links to', () => {
    const named = PAGES.flatMap(invocationsOf).map(({words}) => words.join(':'));
    const missing = IDS.filter(id => !manifest.commands[id].hidden).filter(
      id => !named.some(words => `${words}:`.startsWith(`${id}:`)),
    );
    expect(missing).to.deep.equal([]);
  });
});

describe('docs: finding calls', () => {
  const found = (code: string) => invocationsIn(code, 'tool', isKnown).map(({words}) => words.join(' '));

  for (const [code, expected] of [
    ['tool threads token', ['threads token']],
    ['$ tool threads token', ['threads token']],
    ['  tool threads token  # and a comment', ['threads token']],
    ['tool threads authorize \\\n    --scope all', ['threads authorize --scope all']],
    ['token="$(tool threads token)"', ['threads token']],
    ['tool threads token | curl -K -', ['threads token']],
    ['tool utils tokens list > /dev/null 2>&1', ['utils tokens list']],
    ['tool utils tokens list 2> errors', ['utils tokens list']],
    ['tool threads status && tool doctor', ['threads status', 'doctor']],
    ['docker run --env-file <(tool utils tokens list) image', ['utils tokens list']],
    ['ExecStart=/usr/bin/env tool threads status', ['threads status']],
    ['      run: tool threads status', ['threads status']],
    ["tool threads authorize --scope 'a b'", ['threads authorize --scope a b']],
    ['17 4 * * 1  tool threads refresh --all', ['threads refresh --all']],
    ['tool thraeds token', ['thraeds token']],
    ['tool threads token; tool --version', ['threads token', '--version']],
    ['# the tool renews it', []],
    ['command -v tool node', []],
    ['secret-tool lookup service tool account ID', []],
    ['toolbox threads token', []],
  ] as const) {
    it(JSON.stringify(code), () => expect(found(code)).to.deep.equal(expected));
  }

  it('looks into blocks of shells and into code within the text, and nowhere else', () => {
    const page = [
      'In the text tool threads token is no call, and `tool doctor` is.',
      '```sh\ntool threads token\n```',
      '```js\n// tool threads status\n```',
      '- ```yaml\n  run: tool utils tokens list\n  ```',
    ].join('\n\n');
    expect(invocationsInPage(page, 'tool', isKnown)).to.deep.equal([
      {words: ['threads', 'token'], inText: false},
      {words: ['utils', 'tokens', 'list'], inText: false},
      {words: ['doctor'], inText: true},
    ]);
  });

  it('reads words as a shell does', () => {
    expect(readWords(` a 'b c' "d \\" e" f\\ g --h="$(i j)" k`)).to.deep.equal([
      'a',
      'b c',
      'd \\" e',
      'f g',
      '--h=$(i j)',
      'k',
    ]);
  });
});

describe('docs: judging calls', () => {
  for (const [line, reason] of [
    ['tool threads token', undefined],
    ['tool threads token --json', undefined],
    ['tool threads authorize --key-store STORE --timeout SECONDS', undefined],
    ['tool utils vault rotate-key --to …', undefined],
    ['tool utils tokens remove …', undefined],
    ['tool utils tokens --help', undefined],
    ['tool thraeds token', /no such command/],
    ['tool threads tokn', /no such command/],
    ['tool threads token --identifer NAME', /Nonexistent flag: --identifer/],
    ['tool threads token NAME', /Unexpected argument/],
    ['tool threads authorize --key-store cupboard', /to be one of/],
    ['tool threads authorize --timeout soon', /integer/],
    ['tool threads refresh --all --identifier NAME', /cannot also be provided/],
    ['tool threads token --identifier', /expects a value/],
    ['tool utils tokens remove --yes', /Missing required/],
    ['tool --verbose', /no such flag/],
  ] as const) {
    it(`${line}: ${reason ? 'refused' : 'taken'}`, async () => {
      const [invocation] = invocationsIn(line, 'tool', isKnown);
      const outcome = await complaint(invocation!);
      if (reason) expect(outcome).to.match(reason);
      else expect(outcome).to.equal(undefined);
    });
  }
});
