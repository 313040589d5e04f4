import {type ChildProcess, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {looksSecret} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {readStat} from './process-stat.js';

/** How a command ended, as its parent sees it: with a code, or by a signal. */
export type Ending = {code: number; signal: null} | {code: null; signal: NodeJS.Signals};

/** Ctrl-C, Ctrl-\, Ctrl-Z and a new window size: a terminal sends them to all in its foreground. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH'];

const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGQUIT',
  'SIGWINCH',
  'SIGTERM',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGABRT',
  'SIGPIPE',
];

/** These would leave a core dump of ours, and with it the secrets in our memory. */
const DUMPING: ReadonlySet<string> = new Set([
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
]);

/**
 * Runs a command in our place, as far as a parent can: it has our standard streams, our terminal and
 * the signals that are sent to us. Why as a parent: docs/decisions.md. A SIGKILL cannot be handed on:
 * the command then goes on without us.
 *
 * @param env the whole environment of the command; its `PATH` is searched
 * @throws COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export async function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ending> {
  const [file = '', ...args] = command;
  if (file === '') throw commandNotStarted(file, 'ENOENT');
  let child: ChildProcess | undefined;
  const handOn = (signal: NodeJS.Signals) => {
    if (!FROM_TERMINAL.includes(signal) || !isInForeground()) child?.kill(signal);
  };
  // From before the command is there, so that nothing is missed, to the end: what comes while we tidy up
  // after it is too late for both. Whatever else listened would end us before the command.
  for (const signal of FORWARDED) process.removeAllListeners(signal).on(signal, handOn);
  mirrorStops(() => child, handOn);

  return new Promise<Ending>((resolve, reject) => {
    const started = spawn(file, args, {env, stdio: 'inherit'});
    child = started;
    // Once it runs, an error is a signal that may not be sent to it (sudo).
    started.on('error', error => started.pid ?? reject(error));
    started.once('exit', (code, signal) => resolve({code, signal} as Ending));
  }).catch(error => {
    throw commandNotStarted(file, error.code);
  });
}

/**
 * Stops when the command has stopped, and not before: after Ctrl-Z an editor puts the screen in order
 * first. Elsewhere than on Linux nobody tells that it has, so there Ctrl-Z stops both at once.
 */
function mirrorStops(child: () => ChildProcess | undefined, handOn: (signal: NodeJS.Signals) => void): void {
  if (!readStat(process.pid)) return;
  const stat = () => readStat(child()?.pid ?? 0);
  process.on('SIGTSTP', handOn);
  process.on('SIGCHLD', () => {
    const {state, terminal} = stat() ?? {};
    if (state !== 'T' || terminal === '0') return;
    process.removeListener('SIGTSTP', handOn);
    process.kill(process.pid, 'SIGTSTP'); // Here we stand until the shell's fg or bg.
    process.on('SIGTSTP', handOn);
  });
  process.on('SIGCONT', () => {
    if (stat()?.state === 'T') child()?.kill('SIGCONT');
  });
}

/** Ends this process as the command ended, so that a shell or a supervisor sees no difference. */
export function exitLike({code, signal}: Ending): never {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  if (!DUMPING.has(signal)) process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}

/** Are we in a terminal's foreground? Then what it sends reaches the command as well. */
function isInForeground(): boolean {
  const stat = readStat(process.pid);
  return stat ? stat.group === stat.foreground : Boolean(process.stdin.isTTY);
}

function commandNotStarted(file: string, reason: string | undefined): VaultError {
  const name = looksSecret(file) ? 'The command' : `The command ${file}`;
  if (reason === 'ENOENT') {
    return new VaultError('COMMAND_NOT_FOUND', `${name} was not found.`, [
      'Is it installed, and in PATH? For a script: is the program in its first line (#!) there?',
      `Pipes, variables and a shell’s own words need a shell: ${bin} exec -- sh -c '…'`,
    ]);
  }
  const words: Record<string, string> = {
    EACCES: 'this user may not run it, or it is no program',
    ENOEXEC: 'it is no program of this system',
    E2BIG: 'its arguments and its environment are too long',
  };
  return new VaultError(
    'COMMAND_NOT_EXECUTABLE',
    `${name} could not be started: ${words[reason ?? ''] ?? `the system says ${reason ?? 'no'}`}.`,
    reason === 'EACCES' ? ['For a file of yours: chmod +x FILE'] : [],
  );
}
