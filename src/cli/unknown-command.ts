import {VaultError} from '../errors.js';
import {bin} from '../program.js';
import {readCommands, readTopics} from './manifest.js';
import {nearest} from './nearest.js';

export function isUnknownCommand(error: unknown): boolean {
  return error instanceof Error && 'oclif' in error && / not found\.?$/.test(error.message);
}

/** What was typed is not repeated, since it may be a secret; only a name of ours is suggested. */
export function unknownCommand(argv: readonly string[]): VaultError {
  const names = [
    ...Object.values(readCommands())
      .filter(each => !each.hidden)
      .map(each => each.id),
    ...readTopics().map(each => each.name),
  ].map(name => name.replaceAll(':', ' '));
  const meant = meantBy(argv, names);
  return new VaultError('USAGE', 'There is no such command.', [
    ...(meant ? [`Did you mean: ${bin} ${meant}`] : []),
    `All of them: ${bin} --help`,
  ]);
}

/** Compared as a whole up to the first flag, else by the last word alone: `token` for `threads token`. */
function meantBy(argv: readonly string[], names: readonly string[]): string | undefined {
  const asked = argv.filter(word => !['help', '--help', '-h'].includes(word));
  const flag = asked.findIndex(word => word.startsWith('-'));
  const words = flag < 0 ? asked : asked.slice(0, flag);
  const lastOf = (name: string) => name.split(' ').at(-1)!;
  const last = nearest(words.at(-1) ?? '', names.map(lastOf));
  return nearest(words.join(' '), names) ?? names.find(name => lastOf(name) === last);
}
