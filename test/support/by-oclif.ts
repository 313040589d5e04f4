import {normalizeArgv} from '@oclif/core/help';
import {helpAddition} from '@oclif/core/run';
import type {indexCommands} from '../../src/cli/manifest.js';

export const HELP = ['-h'];

export type Commands = Parameters<typeof indexCommands>[0];

/** Commands of kinds that the manifest lacks: a topic that is a command as well, arguments that look like commands. */
export const MADE_COMMANDS: Record<string, NonNullable<Commands[string]>> = {
  run: {strict: false},
  'a:b': {},
  'a:b:c': {args: {}},
  'a:take': {args: {text: {name: 'text'}}},
  'a:take:more': {},
  alone: {aliases: ['only', 'a only', 'run:only']},
  'named:twice': {hiddenAliases: ['hidden', 'a:hidden'], args: {text: {name: 'text'}}},
};

/** What oclif makes of the words. It knows an alias as a command that loads the class of the real one. */
export function byOclif(argv: string[], commands: Commands): {id: string; argv: string[]} | undefined {
  const names = new Map(
    Object.entries(commands).flatMap(([id, {aliases = [], hiddenAliases = []}]) =>
      [...aliases, ...hiddenAliases].map(alias => [alias.replaceAll(' ', ':'), id] as const),
    ),
  );
  for (const id of Object.keys(commands)) names.set(id, id);
  const find = (name: string) => commands[names.get(name) ?? ''];
  const config = {
    topicSeparator: ' ',
    isSingleCommandCLI: false,
    pjson: {oclif: {additionalHelpFlags: HELP}},
    commandIDs: [...names.keys()],
    findCommand: find,
  } as never;
  if (helpAddition(argv, config)) return undefined;
  const [id, ...rest] = normalizeArgv(config, [...argv]);
  return find(id!) && {id: names.get(id!)!, argv: rest};
}
