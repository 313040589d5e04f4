import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

/** Starts a TypeScript file as a process and sends it a first message. */
export function startProcess(file: URL, message: object): ChildProcess {
  const child = fork(fileURLToPath(file), {execArgv: ['--import=tsx']});
  child.send(message);
  return child;
}

/** Waits for the process to exit; rejects unless it exits with 0. */
export async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The process ended with ${code}.`);
}
