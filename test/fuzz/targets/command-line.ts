import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import {indexCommands} from '../../../src/cli/manifest.js';
import {findCommand} from '../../../src/dispatch.js';
import {packageFolder} from '../../../src/program.js';
import {byOclif, type Commands, HELP, MADE_COMMANDS} from '../../support/by-oclif.js';
import type {Target} from '../target.js';

const manifest = JSON.parse(readFileSync(join(packageFolder, 'oclif.manifest.json'), 'utf8')).commands;
const sets: Commands[] = [manifest, MADE_COMMANDS];
const ids = sets.flatMap(commands => Object.keys(commands));

/** A command line, one word a line: the command that it names is the one that oclif finds. */
export const commandLine: Target = {
  name: 'command-line',
  files: ['dispatch.ts', 'cli/manifest.ts'],
  seeds: ids.map(id => `${id.replaceAll(':', '\n')}\n--json\nx`),
  pieces: [
    ...ids.flatMap(id => [id, ...id.split(':')]),
    ...[
      '\n',
      ':',
      '=',
      'a=b',
      '-',
      '--',
      '-h',
      '--help',
      '--flag=value',
      '__proto__',
      'constructor',
      'only',
      'hidden',
    ],
  ],
  run(input) {
    // oclif takes quadratic time.
    const argv = input.toString('utf8').split('\n').slice(0, 50);
    for (const commands of sets) {
      const found = findCommand(argv, indexCommands(commands), HELP);
      // oclif skips empty words before a command; those are left to oclif itself.
      if (found || !argv.includes('')) expect(found).to.deep.equal(byOclif(argv, commands));
    }
  },
};
