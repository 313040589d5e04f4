import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '@oclif/core/config';
import {packageFolder, packageJson} from '../program.js';

/** A command as oclif.manifest.json describes it; it is loaded only to be run. */
type ManifestCommand = Pick<
  Config['commands'][number],
  'id' | 'summary' | 'hidden' | 'strict' | 'flags' | 'args'
>;

/** The commands by their ids (`threads:token`). */
export function readCommands(): Record<string, ManifestCommand> {
  return JSON.parse(readFileSync(join(packageFolder, 'oclif.manifest.json'), 'utf8')).commands;
}

/** What is needed to tell which command is meant, by the commands' ids. */
export type CommandIndex = Record<string, {args?: object; strict?: boolean | undefined}>;

/** scripts/bundle.js puts it here: to parse the whole manifest takes a twentieth of a short command's time. */
declare const COMMAND_INDEX: string | undefined;

export function commandIndex(): CommandIndex {
  return typeof COMMAND_INDEX === 'undefined' ? readCommands() : JSON.parse(COMMAND_INDEX);
}

/** What stands above commands (`threads`), described in package.json. */
export function readTopics(): {name: string; description?: string}[] {
  return Object.entries(packageJson.oclif.topics).map(([name, {description}]) => ({name, description}));
}
