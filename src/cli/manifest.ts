import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '@oclif/core/config';
import {packageFolder, packageJson} from '../program.js';

/** A command as oclif.manifest.json describes it; its class is loaded only to run it. */
type ManifestCommand = Pick<
  Config['commands'][number],
  'id' | 'aliases' | 'hiddenAliases' | 'summary' | 'hidden' | 'strict' | 'flags' | 'args'
> & {deprecateAliases?: boolean; state?: string};

/** Reads the commands, by their IDs (`utils:tokens:list`). */
export function readCommands(): Record<string, ManifestCommand> {
  return JSON.parse(readFileSync(join(packageFolder, 'oclif.manifest.json'), 'utf8')).commands;
}

/** What it takes to find a command, by every name that it has. */
export type CommandIndex = Record<string, Pick<ManifestCommand, 'id' | 'strict'> & {args?: object}>;

/** Set by scripts/bundle.js, because parsing the manifest takes a twentieth of a short command's time. */
declare const COMMAND_INDEX: string | undefined;

export function commandIndex(): CommandIndex {
  return typeof COMMAND_INDEX === 'undefined' ? indexCommands(readCommands()) : JSON.parse(COMMAND_INDEX);
}

/**
 * Lists the commands by ID and alias. An ID goes before another command's alias. A command that warns of being deprecated
 * is left to oclif.
 */
export function indexCommands(commands: Record<string, Partial<ManifestCommand>>): CommandIndex {
  const current = Object.entries(commands).filter(
    ([, {deprecateAliases, state}]) => !deprecateAliases && state !== 'deprecated',
  );
  const byId = current.map(([id, {args, strict}]) => [id, {id, args, strict}] as const);
  const byAlias = current.flatMap(([id, {aliases = [], hiddenAliases = [], args, strict}]) =>
    [...aliases, ...hiddenAliases].map(alias => [alias.replaceAll(' ', ':'), {id, args, strict}] as const),
  );
  return Object.fromEntries([...byAlias, ...byId]) as CommandIndex;
}

/** Lists what commands are grouped under (`utils`), described in package.json. */
export function readTopics(): {name: string; description?: string}[] {
  return Object.entries(packageJson.oclif.topics).map(([name, {description}]) => ({name, description}));
}
