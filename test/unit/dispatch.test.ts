import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {normalizeArgv} from '@oclif/core/help';
import {helpAddition} from '@oclif/core/run';
import {expect} from 'chai';
import fc from 'fast-check';
import {findCommand} from '../../src/dispatch.js';
import {packageFolder} from '../../src/program.js';

const manifest = JSON.parse(readFileSync(join(packageFolder, 'oclif.manifest.json'), 'utf8'));
const HELP = ['-h'];

type Commands = Parameters<typeof findCommand>[1];

/** What oclif makes of the words. */
function byOclif(argv: string[], commands: Commands): {id: string; argv: string[]} | undefined {
  const find = (id: string) => (Object.hasOwn(commands, id) ? commands[id] : undefined);
  const config = {
    topicSeparator: ' ',
    isSingleCommandCLI: false,
    pjson: {oclif: {additionalHelpFlags: HELP}},
    commandIDs: Object.keys(commands),
    findCommand: find,
  } as never;
  if (helpAddition(argv, config)) return undefined;
  const [id, ...rest] = normalizeArgv(config, [...argv]);
  return find(id!) && {id: id!, argv: rest};
}

describe('dispatch: the command that the words name', () => {
  const made: Commands = {
    run: {strict: false},
    'a:b': {},
    'a:b:c': {args: {}},
    'a:take': {args: {text: {}}},
    'a:take:more': {},
    alone: {},
  };
  const words = [
    ...new Set(Object.keys({...made, ...manifest.commands}).flatMap(id => [id, ...id.split(':')])),
  ];
  const word = fc.oneof(
    {weight: 6, arbitrary: fc.constantFrom(...words)},
    {weight: 2, arbitrary: fc.constantFrom('x', 'a=b', 'a:b=c', '-', 'constructor', '__proto__')},
    {weight: 2, arbitrary: fc.constantFrom('--flag', '-f', '--flag=value', '--json', '-v', '--version')},
    {weight: 1, arbitrary: fc.constantFrom('--help', '-h', '--')},
  );

  for (const [whose, commands] of [
    ['of the manifest', manifest.commands],
    ['of all kinds', made],
  ] as const) {
    it(`is the one that oclif finds, with the same words left for it, among commands ${whose}`, () => {
      let found = 0;
      fc.assert(
        fc.property(fc.array(word, {maxLength: 6}), argv => {
          const expected = byOclif(argv, commands);
          if (expected) found++;
          expect(findCommand(argv, commands, HELP)).to.deep.equal(expected);
        }),
        {numRuns: 5000},
      );
      expect(found).to.be.greaterThan(50);
    });
  }

  it('is the one of each id, by spaces and by colons', () => {
    for (const id of Object.keys(manifest.commands)) {
      const expected = {id, argv: ['--json', 'x']};
      expect(findCommand([...id.split(':'), '--json', 'x'], manifest.commands, HELP)).to.deep.equal(expected);
      expect(findCommand([id, '--json', 'x'], manifest.commands, HELP)).to.deep.equal(expected);
    }
  });

  it('has no other name, which only oclif would know', () => {
    for (const {aliases, hiddenAliases} of Object.values<Record<string, string[]>>(manifest.commands)) {
      expect([...aliases!, ...hiddenAliases!]).to.deep.equal([]);
    }
  });
});
