import {VaultError} from '../errors.js';
import {bin} from '../program.js';
import {readCommands, readTopics} from './manifest.js';
import {nearest} from './nearest.js';

/** Reports whether oclif found no command and no `command_not_found` hook took care of it. */
export function isUnknownCommand(error: unknown): boolean {
  return error instanceof Error && 'oclif' in error && / not found\.?$/.test(error.message);
}

/** Explains that there is no such command, and suggests the one that was probably meant. */
export function unknownCommand(argv: readonly string[]): VaultError {
  const words = commandWords(argv);
  const names = [
    ...Object.values(readCommands())
      .filter(each => !each.hidden)
      .map(each => each.id),
    ...readTopics().map(each => each.name),
  ].map(name => name.replaceAll(':', ' '));
  const meant = meantBy(words, names);
  return new VaultError('USAGE', `Unknown command${isHarmless(words) ? `: ${words.join(' ')}` : '.'}`, [
    ...(meant ? [`Did you mean: ${bin} ${meant}`] : []),
    `See all commands: ${bin} --help`,
  ]);
}

/** The words before the first flag, without those that ask for help. */
function commandWords(argv: readonly string[]): string[] {
  const asked = argv.filter(word => !['help', '--help', '-h'].includes(word));
  const flag = asked.findIndex(word => word.startsWith('-'));
  return flag < 0 ? asked : asked.slice(0, flag);
}

/** Reports whether the words can be repeated: tokens, app secrets and passphrases do not look like this. */
function isHarmless(words: readonly string[]): boolean {
  return words.length > 0 && words.length <= 3 && words.every(word => /^[a-z][a-z:-]{0,19}$/.test(word));
}

/** Compares all words, then only the last one: `list` for `utils tokens list`. */
function meantBy(words: readonly string[], names: readonly string[]): string | undefined {
  const lastOf = (name: string) => name.split(' ').at(-1)!;
  const last = nearest(words.at(-1) ?? '', names.map(lastOf));
  return nearest(words.join(' '), names) ?? names.find(name => lastOf(name) === last);
}
