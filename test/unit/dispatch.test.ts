import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import fc from 'fast-check';
import {indexCommands} from '../../src/cli/manifest.js';
import {findCommand} from '../../src/dispatch.js';
import {packageFolder} from '../../src/program.js';
import {byOclif, HELP, MADE_COMMANDS} from '../support/by-oclif.js';

const manifest = JSON.parse(readFileSync(join(packageFolder, 'oclif.manifest.json'), 'utf8'));
describe('dispatch: the command that the words name', () => {
  const words = [
    ...new Set(
      Object.keys({...MADE_COMMANDS, ...manifest.commands})
        .concat(
          Object.values(MADE_COMMANDS).flatMap(({aliases = [], hiddenAliases = []}) => [
            ...aliases,
            ...hiddenAliases,
          ]),
        )
        .flatMap(name => [name, ...name.split(/[: ]/)]),
    ),
  ];
  const word = fc.oneof(
    {weight: 6, arbitrary: fc.constantFrom(...words)},
    {weight: 2, arbitrary: fc.constantFrom('x', 'a=b', 'a:b=c', '-', 'constructor', '__proto__')},
    {weight: 2, arbitrary: fc.constantFrom('--flag', '-f', '--flag=value', '--json', '-v', '--version')},
    {weight: 1, arbitrary: fc.constantFrom('--help', '-h', '--')},
  );

  for (const [whose, commands] of [
    ['of the manifest', manifest.commands],
    ['of all kinds', MADE_COMMANDS],
  ] as const) {
    it(`is the one that oclif finds, with the same words left for it, among commands ${whose}`, () => {
      let found = 0;
      fc.assert(
        fc.property(fc.array(word, {maxLength: 6}), argv => {
          const expected = byOclif(argv, commands);
          if (expected) found++;
          expect(findCommand(argv, indexCommands(commands), HELP)).to.deep.equal(expected);
        }),
        {numRuns: 5000},
      );
      expect(found).to.be.greaterThan(50);
    });
  }

  it('is the one of each id, by spaces and by colons', () => {
    for (const id of Object.keys(manifest.commands)) {
      const expected = {id, argv: ['--json', 'x']};
      const index = indexCommands(manifest.commands);
      expect(findCommand([...id.split(':'), '--json', 'x'], index, HELP)).to.deep.equal(expected);
      expect(findCommand([id, '--json', 'x'], index, HELP)).to.deep.equal(expected);
    }
  });

  it('is found by its aliases, with spaces and with colons', () => {
    const index = indexCommands(MADE_COMMANDS);
    for (const words of [['only'], ['a', 'only'], ['a:only'], ['run', 'only']]) {
      expect(findCommand([...words, '--json'], index, HELP)).to.deep.equal({id: 'alone', argv: ['--json']});
    }
    expect(findCommand(['a', 'hidden', 'x'], index, HELP)).to.deep.equal({id: 'named:twice', argv: ['x']});
  });

  it('is left to oclif if it warns of being deprecated', () => {
    const index = indexCommands({
      old: {state: 'deprecated'},
      renamed: {aliases: ['former'], deprecateAliases: true},
      tried: {state: 'beta'},
    });
    expect(Object.keys(index)).to.deep.equal(['tried']);
  });
});
