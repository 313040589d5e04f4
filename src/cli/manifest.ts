import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '@oclif/core/config';
import {packageFolder, packageJson} from '../program.js';

/** A command as oclif.manifest.json describes it; its class is loaded only to run it. */
type ManifestCommand = Pick<
  Config['commands'][number],
  'id' | 'aliases' | 'hiddenAliases' | 'summary' | 'hidden' | 'strict' | 'flags' | 'args'
>;

/** Reads the commands, by their IDs (`threads:token`). */
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

/** Lists every command under its ID and its aliases. An ID goes before an alias of another command. */
export function indexCommands(commands: Record<string, Partial<ManifestCommand>>): CommandIndex {
  const entries = Object.entries(commands).map(([id, {args, strict}]) => [id, {id, args, strict}] as const);
  const aliases = Object.entries(commands).flatMap(([id, {aliases = [], hiddenAliases = [], args, strict}]) =>
    [...aliases, ...hiddenAliases].map(alias => [alias.replaceAll(' ', ':'), {id, args, strict}] as const),
  );
  return Object.fromEntries([...aliases, ...entries]) as CommandIndex;
}

/** Lists what commands are grouped under (`threads`), described in package.json. */
export function readTopics(): {name: string; description?: string}[] {
  return Object.entries(packageJson.oclif.topics).map(([name, {description}]) => ({name, description}));
}
