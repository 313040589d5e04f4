import {type ChildProcess, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {looksSecret} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {readStat} from './process-stat.js';

/** How a command ended, as its parent sees it: with a code, or by a signal. */
export type Ending = {code: number; signal: null} | {code: null; signal: NodeJS.Signals};

/** Ctrl-C, Ctrl-\, Ctrl-Z and a new window size: a terminal sends these to its whole foreground group. */
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

/** These would dump our own core, and with it the secrets in our memory. */
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
 * Runs a command in our place as far as a parent process can: it gets our standard streams, our terminal
 * and the signals sent to us. docs/decisions.md says why it is a child. SIGKILL cannot be forwarded: the
 * command then continues without us.
 *
 * @param env the whole environment of the command; its `PATH` is searched
 * @throws COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export async function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ending> {
  const [file = '', ...args] = command;
  if (file === '') throw commandNotStarted(file, 'ENOENT');
  let child: ChildProcess | undefined;
  const forwardSignal = (signal: NodeJS.Signals) => {
    if (!FROM_TERMINAL.includes(signal) || !isInForeground()) child?.kill(signal);
  };
  // Installed before the command starts, so that no signal is missed, and kept while we clean up after it.
  // Other listeners are removed: they would end us before the command.
  for (const signal of FORWARDED) process.removeAllListeners(signal).on(signal, forwardSignal);
  mirrorStops(() => child, forwardSignal);

  return new Promise<Ending>((resolve, reject) => {
    const started = spawn(file, args, {env, stdio: 'inherit'});
    child = started;
    // Once it runs, an error means that we may not send it a signal (sudo).
    started.on('error', error => started.pid ?? reject(error));
    started.once('exit', (code, signal) => resolve({code, signal} as Ending));
  }).catch(error => {
    throw commandNotStarted(file, error.code);
  });
}

/**
 * Stops this process once the command has stopped, not before: after Ctrl-Z an editor restores the screen
 * first. Only Linux tells that it has stopped; elsewhere Ctrl-Z stops both at once.
 */
function mirrorStops(
  child: () => ChildProcess | undefined,
  forwardSignal: (signal: NodeJS.Signals) => void,
): void {
  if (!readStat(process.pid)) return;
  const stat = () => readStat(child()?.pid ?? 0);
  process.on('SIGTSTP', forwardSignal);
  process.on('SIGCHLD', () => {
    const {state, terminal} = stat() ?? {};
    if (state !== 'T' || terminal === '0') return;
    process.removeListener('SIGTSTP', forwardSignal);
    process.kill(process.pid, 'SIGTSTP'); // Returns after fg or bg in the shell.
    process.on('SIGTSTP', forwardSignal);
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

/** Reports whether we are in a terminal's foreground, where its signals reach the command too. */
function isInForeground(): boolean {
  const stat = readStat(process.pid);
  return stat ? stat.group === stat.foreground : Boolean(process.stdin.isTTY);
}

function commandNotStarted(file: string, reason: string | undefined): VaultError {
  const name = looksSecret(file) ? 'The command' : `The command ${file}`;
  if (reason === 'ENOENT') {
    return new VaultError('COMMAND_NOT_FOUND', `${name} was not found.`, [
      'Check that it is installed and in PATH; for a script, also check the program in its first line (#!).',
      `Pipes, variables and shell built-ins need a shell: ${bin} exec -- sh -c '...'`,
    ]);
  }
  const reasons: Record<string, string> = {
    EACCES: 'it is not executable',
    ENOEXEC: 'it is not built for this system',
    E2BIG: 'its arguments and environment are too long',
  };
  return new VaultError(
    'COMMAND_NOT_EXECUTABLE',
    `${name} could not be started: ${reasons[reason ?? ''] ?? `system error ${reason ?? '(unknown)'}`}.`,
    reason === 'EACCES' ? ['If the file is yours: chmod +x FILE'] : [],
  );
}
