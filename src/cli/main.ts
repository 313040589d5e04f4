import {flush} from '@oclif/core/flush';
import {run} from '@oclif/core/run';
import {interrupted} from './interruption.js';
import {reportError} from './report-error.js';

/** Runs the command line and ends the process with the contract's exit code. */
export async function main(argv: string[], root: string): Promise<void> {
  const end = argv.indexOf('--'); // What follows belongs to the command that `exec` runs.
  const json = argv.slice(0, end < 0 ? undefined : end).includes('--json');
  // Every step on the way can be cut off without loss, so one handler serves all commands.
  process.once('SIGINT', () => process.exit(reportError(interrupted(), json)));
  // What is thrown where nobody waits for it: node would print the error with its every property.
  process.once('uncaughtException', error => process.exit(reportError(error, json)));
  try {
    await run(argv, root);
    await flush();
  } catch (error) {
    const {isUnknownCommand, unknownCommand} = await import('./unknown-command.js');
    process.exitCode = reportError(isUnknownCommand(error) ? await unknownCommand(argv, root) : error, json);
  }
  // An idle connection or a terminal that is still open must not hold a script up.
  process.stdout.write('', () => process.exit());
}
