import {interrupted} from './cli/output/interruption.js';
import {reportError} from './cli/output/report-error.js';
import {finish} from './cli/output/stdout.js';
import {dispatch} from './dispatch.js';
import {toolVariable} from './program.js';

/**
 * The command as users start it. `withheld`: what was taken out of the environment, since it makes oclif print the
 * arguments and node the requests; node has read its own by then, so it is started again.
 */
export async function start(argv: string[], withheld: {DEBUG?: string; NODE_DEBUG?: string}): Promise<void> {
  for (const [name, value] of Object.entries(withheld)) {
    // The command that `exec` runs gets them back.
    if (value && argv[0] === 'exec') process.env[toolVariable(`EXEC_${name}`)] = value;
  }
  if (!withheld.NODE_DEBUG) return main(argv);
  process.stderr.write('NODE_DEBUG is ignored: it would print tokens.\n');
  // NODE_DEBUG=child_process would print the environment that is handed on.
  process.stderr.write = () => true;
  const {exitLike, runCommand} = await import('./cli/exec/run-command.js');
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  exitLike(await runCommand(again, process.env));
}

/** Runs the command line and ends the process with the contract's exit code. */
export async function main(argv: string[]): Promise<void> {
  const end = argv.indexOf('--'); // What follows belongs to the command that `exec` runs.
  const json = argv.slice(0, end < 0 ? undefined : end).includes('--json');
  // Every step on the way can be cut off without loss, so one handler serves all commands.
  process.once('SIGINT', () => process.exit(reportError(interrupted(), json)));
  // What is thrown where nobody waits for it: node would print the error with its every property.
  process.once('uncaughtException', error => process.exit(reportError(error, json)));
  try {
    await dispatch(argv);
  } catch (error) {
    const {isUnknownCommand, unknownCommand} = await import('./cli/unknown-command.js');
    process.exitCode = reportError(isUnknownCommand(error) ? unknownCommand(argv) : error, json);
  }
  finish();
}
