import {createInterface, type Interface} from 'node:readline';
import {VaultError} from '../../errors.js';

/** Characters. */
const MAXIMUM_TEXT = 100_000;

/**
 * Standard input by lines, for a secret given as `-` and for pasted addresses after it. On a terminal
 * the line editor is used: the terminal's own would cut a long address at 4096 characters.
 */
export class StandardInput {
  private reader: Interface | undefined;
  private iterator: AsyncIterator<string> | undefined;

  /** The lines that are still to come; taking some leaves the rest. */
  readonly lines: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({next: () => this.next()}),
  };

  async firstLine(): Promise<string | undefined> {
    const {value, done} = await this.next();
    return done ? undefined : value;
  }

  /** All of it, lines ended by `\n`. Throws USAGE for what is far more than anybody writes. */
  async text(): Promise<string> {
    let text = '';
    for await (const line of this.lines) {
      text += `${line}\n`;
      if (text.length > MAXIMUM_TEXT)
        throw new VaultError('USAGE', 'There is far too much text on standard input.');
    }
    return text;
  }

  close(): void {
    this.reader?.close();
    process.stdin.unref?.();
  }

  private open(): Interface {
    if (this.reader) return this.reader;
    this.reader = createInterface({
      input: process.stdin,
      ...(process.stdin.isTTY && {output: process.stderr, terminal: true, historySize: 0, prompt: ''}),
    });
    // The line editor takes Ctrl-C from the terminal; hand it on.
    this.reader.on('SIGINT', () => process.emit('SIGINT'));
    this.iterator = this.reader[Symbol.asyncIterator]();
    return this.reader;
  }

  private next(): Promise<IteratorResult<string>> {
    this.open();
    return this.iterator!.next();
  }
}
