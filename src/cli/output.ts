import {fstatSync, writeSync} from 'node:fs';

let stream: NodeJS.WriteStream | undefined;
const {get: makeStream} = Object.getOwnPropertyDescriptor(process, 'stdout')!;

// Loading node's stream for a pipe takes a fifth of the time that node needs to start: only who asks has it.
Object.defineProperty(process, 'stdout', {
  configurable: true,
  enumerable: true,
  get() {
    if (stream) return stream;
    stream = makeStream!.call(process) as NodeJS.WriteStream;
    // A reader that has gone, such as `head`, is no fault.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    return stream;
  },
});

/** Data on stdout. What goes to a file or into a pipe is written when this returns. */
export function print(text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0 && isPlain()) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return;
    if (code !== 'EAGAIN') throw error; // Else a pipe that does not wait for its reader: the stream does.
  }
  if (rest.length > 0) process.stdout.write(rest);
}

/** A file or a pipe that nothing else of this process writes to. Windows has its own rules. */
function isPlain(): boolean {
  if (stream || process.platform === 'win32') return false;
  const stats = fstatSync(1);
  return stats.isFile() || stats.isFIFO() || stats.isSocket();
}

/** Ends the process once all that was printed is written; a connection that is still open does not hold it up. */
export function finish(): void {
  if (stream) stream.write('', () => process.exit());
  else process.exit();
}
