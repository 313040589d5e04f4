import {fstatSync, writeSync} from 'node:fs';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/storage-error.js';

let stream: NodeJS.WriteStream | undefined;

/**
 * Returns Node's stream for stdout. Opening it for a pipe takes a fifth of the time that Node needs to start, so it is
 * opened only if something needs it. Whatever writes to `process.stdout` has to call this first: `finish` waits for it.
 */
export function openStdout(): NodeJS.WriteStream {
  if (stream) return stream;
  stream = process.stdout;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!isGone(error)) throw notWritten(error); // `main` reports it as an uncaught exception.
  });
  return stream;
}

/** Prints data on stdout. A file or a pipe has it when this returns. Throws OUTPUT_FAILED. */
export function print(text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0 && isPlain()) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (isGone(failure)) return;
    // A full pipe that does not block: the stream waits for its reader.
    if (failure.code !== 'EAGAIN') throw notWritten(failure);
  }
  if (rest.length > 0) openStdout().write(rest);
}

/** Reports whether stdout is a file or a pipe that nothing else in this process writes to. Windows has its own rules. */
function isPlain(): boolean {
  return !stream && process.platform !== 'win32' && !fstatSync(1).isCharacterDevice();
}

function notWritten(error: NodeJS.ErrnoException): VaultError {
  const {message} = storageError(error, 'write', 'to standard output');
  return new VaultError(
    'OUTPUT_FAILED',
    `${message} The command succeeded, but its output could not be written.`,
    ['Free some space and show the result again; do not repeat the action.'],
  );
}

/**
 * Ends the process once everything printed is written, without waiting for open connections.
 * If writing fails, the stream's error ends it.
 */
export function finish(): void {
  if (!stream) process.exit();
  stream.write('', error => {
    if (!error || isGone(stream!.errored)) process.exit();
  });
}

/** Reports whether the reader has gone, as `head` does, which is no failure. */
const isGone = (error: NodeJS.ErrnoException | null) => error?.code === 'EPIPE';
