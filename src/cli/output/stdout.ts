import {writeSync} from 'node:fs';
import {isatty} from 'node:tty';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/private-file.js';
import {reportError} from './report-error.js';

let stream: NodeJS.WriteStream | undefined;
const {get: makeStream} = Object.getOwnPropertyDescriptor(process, 'stdout')!;

// Loading node's stream for a pipe takes a fifth of the time that node needs to start: only who asks has it.
Object.defineProperty(process, 'stdout', {
  configurable: true,
  enumerable: true,
  get() {
    if (stream) return stream;
    stream = makeStream!.call(process) as NodeJS.WriteStream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isGone(error)) process.exit(reportError(notWritten(error), false));
    });
    return stream;
  },
});

/** Data on stdout. What goes to a file or into a pipe is written when this returns. Throws OUTPUT_FAILED. */
export function print(text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0 && isPlain()) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (isGone(failure)) return;
    if (failure.code !== 'EAGAIN') throw notWritten(failure); // Else a pipe that does not wait for its reader: the stream does.
  }
  if (rest.length > 0) process.stdout.write(rest);
}

/** No terminal, and nothing else of this process writes to it. Windows has its own rules. */
function isPlain(): boolean {
  return !stream && process.platform !== 'win32' && !isatty(1);
}

function notWritten(error: NodeJS.ErrnoException): VaultError {
  const {message} = storageError(error, 'write', 'to standard output');
  return new VaultError(
    'OUTPUT_FAILED',
    `${message} What was to be printed is lost; what was done is done.`,
    ['Find room for it. Then ask again for what was to be printed, rather than do it again.'],
  );
}

/**
 * Ends the process once all that was printed is written; a connection that is still open does not hold it up.
 * Where writing failed, the stream's error ends it.
 */
export function finish(): void {
  if (!stream) process.exit();
  stream.write('', error => {
    if (!error || isGone(stream!.errored)) process.exit();
  });
}

/** A reader that has gone, such as `head`, is no fault. */
const isGone = (error: NodeJS.ErrnoException | null) => error?.code === 'EPIPE';
