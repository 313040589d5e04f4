import {stripVTControlCharacters} from 'node:util';
import {toVaultError, VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {commandIndex} from '../manifest.js';
import {nearest} from '../nearest.js';
import {annotate, isGitHubActions} from './annotation.js';
import {repeatable} from './mask.js';
import {formatJson} from './sanitize.js';
import {openStdout} from './stdout.js';
import {say, sayLabeled} from './terminal.js';

/** A parse error of oclif, recognized by its fields, since oclif does not export its classes. */
interface ParseError extends Error {
  flags?: string[];
  args?: string[] | {name: string; options?: string[]}[];
  parse?: {input?: {context?: {id?: string}; flags?: Record<string, unknown>}};
}

/**
 * Reports an error, as text on stderr or, with `json`, as a document on stdout, and returns the exit code.
 * Foreign errors are reworded, since they may hold a secret. In GitHub Actions the text is an annotation,
 * which is written with `json` too.
 */
export function reportError(error: unknown, json: boolean): number {
  if (isExit(error)) return error.oclif.exit;
  const known = isParseError(error) ? usageError(error) : toVaultError(error);
  const isPrinted = json && known.code !== 'OUTPUT_FAILED';
  if (isPrinted) openStdout().write(`${formatJson({error: known})}\n`);
  if (isGitHubActions(process.env)) {
    annotate('error', `${bin}: ${known.code}`, [known.message, ...known.suggestions]);
  } else if (!isPrinted) {
    // Ctrl-C was intended, so it is not called an error.
    if (known.code === 'INTERRUPTED') say(known.message);
    else sayLabeled('red', 'Error:', known.message);
    say(...known.suggestions.map(each => `  ${each}`));
  }
  return known.exitCode;
}

export function reportWarning(message: string): void {
  if (isGitHubActions(process.env)) annotate('warning', bin, [message]);
  else sayLabeled('yellow', 'Warning:', message);
}

/** Reports some failures among many: one line each, then what to do next, without repeating advice. */
export function reportFailures(failures: readonly {identifier: string; error: VaultError}[]): void {
  for (const {identifier, error} of failures) reportWarning(`${identifier}: ${error.message}`);
  const advice = new Map(failures.map(({error: {suggestions}}) => [suggestions.join('\n'), suggestions]));
  for (const suggestions of advice.values()) say(...suggestions.map(each => `  ${each}`));
}

function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && !(error instanceof VaultError) && 'oclif' in error;
}

/** Rewords a parse error, since oclif repeats what was typed, which may be a secret in the wrong place. */
function usageError(error: ParseError): VaultError {
  const help = `See: ${helpCommand(error)}`;
  if (error.flags) return unknownFlag(error.flags, error, help);
  if (error.args) return new VaultError('USAGE', describeArguments(error.args), [help]);
  const [first = ''] = stripVTControlCharacters(error.message).split(/\nSee more help/);
  return new VaultError('USAGE', `${reword(first)}.`, [help]);
}

function unknownFlag(flags: string[], {parse}: ParseError, help: string): VaultError {
  const typed = flags.map(flag => flag.replace(/=.*$/s, ''));
  const names = typed.filter(flag => /^(--[a-z]+(-([a-z]+|\d))*|-[A-Za-z])$/.test(flag));
  const known = Object.keys(parse?.input?.flags ?? {}).map(name => `--${name}`);
  const meant = typed.flatMap(flag => nearest(flag, known) ?? []);
  return new VaultError('USAGE', names.length > 0 ? `Unknown flag: ${names.join(', ')}` : 'Unknown flag.', [
    ...(meant.length > 0 ? [`Did you mean: ${meant.join(', ')}`] : []),
    help,
  ]);
}

/** Says which arguments are missing, or else which are too many. */
function describeArguments(args: NonNullable<ParseError['args']>): string {
  const [first] = args;
  if (typeof first === 'object') {
    const {name, options = []} = first;
    const choices = options.join(', ').replace(/, ([^,]*)$/, ' or $1');
    return `<${name}> is required${choices ? `: ${choices}` : '.'}`;
  }
  const typed = first?.replace(/^(--[a-z-]+)=.*$/s, '$1');
  const shown = typed && repeatable(typed);
  return shown ? `Unexpected argument: ${shown}` : 'Unexpected argument.';
}

/** Rewords oclif's messages about flags, and drops the values in them. */
function reword(message: string): string {
  return message
    .replace(/^The following errors? occurred:\s*/, '')
    .replaceAll(/Missing required flag ([a-z\d-]+)/g, '--$1 is required')
    .replaceAll(
      /(--[a-z\d-]+)(?:=.*?)? cannot also be provided when using (--[a-z\d-]+)/gs,
      '$1 cannot be combined with $2',
    )
    .replace(/^Expected (--[a-z\d-]+)=.* to be one of: /s, '$1 must be one of: ')
    .replace(/^Expected .* to be one of: /s, 'The argument must be one of: ')
    .replace(/^Flag (--[a-z\d-]+) expects one of these values: /, '$1 must be one of: ')
    .replace(/^Flag (--[a-z\d-]+) expects a value/, '$1 needs a value')
    .replace(/^Flag (--[a-z\d-]+) can only be specified once/, '$1 can be given only once')
    .replace(/^Parsing (--[a-z\d-]+)\s+Expected (.*?) but received: .*$/s, '$1 must be $2')
    .replaceAll(/All of the following must be provided when using (--[a-z\d-]+):/g, '$1 needs')
    .replaceAll(/Exactly one of the following must be provided: (.*)/g, 'Give exactly one of $1')
    .replaceAll(/\s*\n\s*/g, '; ')
    .trim()
    .replace(/\.$/, '');
}

/** Returns the command line that prints help for the command in use, or for all if none is known. */
function helpCommand({parse}: ParseError): string {
  const words = `${process.argv.slice(2).join(':')}:`;
  const id = parse?.input?.context?.id ?? Object.keys(commandIndex()).find(id => words.startsWith(`${id}:`));
  return [bin, ...(id?.split(':') ?? []), '--help'].join(' ');
}

function isExit(error: unknown): error is {oclif: {exit: number}} {
  return (error as {code?: string})?.code === 'EEXIT';
}
