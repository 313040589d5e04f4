import {interrupted} from './cli/output/interruption.js';
import {reportError} from './cli/output/report-error.js';
import {finish} from './cli/output/stdout.js';
import {dispatch} from './dispatch.js';
import {VaultError} from './errors.js';
import {bin, toolVariable} from './program.js';

/** Options that make Node write requests, memory or keys of the connection to a file, or open them to a debugger. */
const REVEALING =
  /--(?:trace-event|trace-tls|tls-keylog|inspect|debug|cpu-prof|heap-?prof|heapsnapshot|prof\b|perf-|log-|print-|abort-on)/;
const isRevealing = (options: string) => REVEALING.test(options.replaceAll('_', '-'));

/**
 * Starts the command as users run it. bin/run.js took `withheld` out of the environment, because it makes oclif print
 * arguments and Node print requests. Node has read NODE_DEBUG and its options by then, so the command is started again
 * without those that reveal secrets.
 */
export async function start(argv: string[], withheld: {DEBUG?: string; NODE_DEBUG?: string}): Promise<void> {
  const {NODE_OPTIONS} = process.env;
  const options = isRevealing(process.execArgv.join(' ')) ? [] : process.execArgv;
  const ignored = [
    ...(withheld.NODE_DEBUG ? ['NODE_DEBUG'] : []),
    ...(NODE_OPTIONS && isRevealing(NODE_OPTIONS) ? ['NODE_OPTIONS'] : []),
    ...(options === process.execArgv ? [] : ["Node's options"]),
  ];
  if (ignored.includes('NODE_OPTIONS')) delete process.env.NODE_OPTIONS;
  const given = {...withheld, ...(ignored.includes('NODE_OPTIONS') && {NODE_OPTIONS})};
  for (const [name, value] of Object.entries(given)) {
    // `exec` gives them back to the command that it runs.
    if (value && argv[0] === 'exec') process.env[toolVariable(`EXEC_${name}`)] = value;
  }
  if (ignored.length === 0) return main(argv);

  await closeInspector();
  for (const name of ignored) process.stderr.write(`${name} is ignored: it would print or write tokens.\n`);
  // NODE_DEBUG=child_process would print the whole environment of the new process.
  process.stderr.write = () => true;
  const {exitLike, runCommand} = await import('./cli/exec/run-command.js');
  exitLike(await runCommand([process.execPath, ...options, ...process.argv.slice(1)], process.env));
}

async function closeInspector(): Promise<void> {
  const {close, url} = await import('node:inspector');
  if (url()) close();
}

/** Runs the command line and ends the process with the documented exit code. */
export async function main(argv: string[]): Promise<void> {
  const end = argv.indexOf('--'); // What follows is for the command that `exec` runs.
  const json =
    argv.slice(0, end < 0 ? undefined : end).includes('--json') ||
    process.env[toolVariable('CONTENT_TYPE')]?.toLowerCase() === 'json';
  // No step loses data when it is interrupted, so one handler serves all commands.
  process.once('SIGINT', () => process.exit(reportError(interrupted(), json)));
  // Node itself would print an uncaught error with all its properties, and one of them may hold a secret.
  process.once('uncaughtException', error => process.exit(reportError(error, json)));
  // Nothing is left to wait for, although the command is not done. That must not look like a success.
  const stall = () => process.exit(reportError(stalled(), json));
  process.once('beforeExit', stall);
  try {
    await dispatch(argv);
  } catch (error) {
    const {isUnknownCommand, unknownCommand} = await import('./cli/unknown-command.js');
    const code = reportError(isUnknownCommand(error) ? unknownCommand(argv) : error, json);
    // A hook or a plugin's command may choose another: `this.error('…', {exit: 9})`.
    const {oclif} = error as {oclif?: {exit?: unknown}};
    process.exitCode = typeof oclif?.exit === 'number' ? oclif.exit : code;
  }
  process.off('beforeExit', stall);
  finish();
}

function stalled(): VaultError {
  return new VaultError(
    'INTERNAL',
    `Internal error in ${bin}: the command ended before it was done. This is a bug; please report it.`,
    ['Include the command that you ran, without any secret.'],
  );
}
