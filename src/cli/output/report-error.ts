import {stripVTControlCharacters} from 'node:util';
import {toVaultError, VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {nearest} from '../nearest.js';
import {annotate, isGitHubActions} from './annotation.js';
import {openStdout} from './stdout.js';
import {colored, say} from './terminal.js';

/** oclif's parse errors, by what they carry; its classes are not exported. */
interface ParseError extends Error {
  flags?: string[];
  args?: unknown[];
  parse?: {input?: {flags?: Record<string, unknown>}};
}

/**
 * Tells the person (stderr) or the script (stdout, with `json`) what went wrong, and returns the exit
 * code. Whatever is not ours is put into words of ours: a foreign error may hold a secret.
 * In GitHub Actions the words are an annotation, which the log shows as words; there is one with `json`, too.
 */
export function reportError(error: unknown, json: boolean): number {
  if (isExit(error)) return error.oclif.exit;
  const known = isParseError(error) ? usageError(error) : toVaultError(error);
  const isPrinted = json && known.code !== 'OUTPUT_FAILED';
  if (isPrinted) openStdout().write(`${JSON.stringify({error: known}, null, 2)}\n`);
  if (isGitHubActions(process.env)) {
    annotate('error', `${bin}: ${known.code}`, [known.message, ...known.suggestions].join('\n'));
  } else if (!isPrinted) {
    say(`${colored('red', 'Error:', process.stderr)} ${known.message}`);
    for (const suggestion of known.suggestions) say(`  ${suggestion}`);
  }
  return known.exitCode;
}

export function reportWarning(message: string): void {
  if (isGitHubActions(process.env)) annotate('warning', bin, message);
  else say(`${colored('yellow', 'Warning:', process.stderr)} ${message}`);
}

/** Failures among many: a line each, and below them what to do next, each piece of advice once. */
export function reportFailures(failures: readonly {identifier: string; error: VaultError}[]): void {
  for (const {identifier, error} of failures) reportWarning(`${identifier}: ${error.message}`);
  const advice = new Set(failures.map(({error}) => error.suggestions.map(each => `  ${each}`).join('\n')));
  for (const each of advice) if (each) say(each);
}

function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && !(error instanceof VaultError) && 'oclif' in error;
}

/** oclif repeats what was typed, and a secret typed in the wrong place is typed all the same. */
function usageError(error: ParseError): VaultError {
  const help = [`See: ${bin} --help, or the command with --help`];
  if (error.flags) {
    const typed = error.flags.map(flag => flag.replace(/=.*$/s, ''));
    const names = typed.filter(flag => /^(--[a-z]+(-[a-z]+)*|-[A-Za-z])$/.test(flag));
    const known = Object.keys(error.parse?.input?.flags ?? {}).map(name => `--${name}`);
    const meant = typed.flatMap(flag => nearest(flag, known) ?? []);
    return new VaultError('USAGE', `There is no flag ${names.join(', ') || 'of that name'} here.`, [
      ...(meant.length > 0 ? [`Did you mean: ${meant.join(', ')}`] : []),
      ...help,
    ]);
  }
  if (error.args && /^Unexpected/.test(error.message)) {
    return new VaultError('USAGE', 'There is an argument too many (a value without its flag?).', help);
  }
  const [first = ''] = stripVTControlCharacters(error.message).split(/\nSee more help/);
  const message = first
    .replace(/^The following errors? occurred:\s*/, '')
    .replaceAll(/(--[a-z-]+)=.*?(?= to be one of: | cannot also )/gs, '$1')
    .replace(/ but received: .*$/s, '')
    .replace(/^Parsing (--[a-z-]+)\s+Expected/, '$1: expected')
    .replace(/^Missing \d+ required args?:/, 'Missing:')
    .replace(/^All of the following must be provided when using (--[a-z-]+):/, '$1 needs')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return new VaultError('USAGE', message.endsWith('.') ? message : `${message}.`, help);
}

function isExit(error: unknown): error is {oclif: {exit: number}} {
  return (error as {code?: string})?.code === 'EEXIT';
}
