import {createInterface, type Interface} from 'node:readline';
import {VaultError} from '../../errors.js';
import {openLineEditor} from './line-editor.js';

/** In characters: far more than any post may have. */
const MAXIMUM_TEXT = 100_000;

/**
 * Standard input by lines, for a secret given as `-` and for addresses pasted after it. On a terminal it
 * uses readline's line editor, since the terminal's own cuts lines at 4096 characters.
 */
export class StandardInput {
  private reader: Interface | undefined;
  private iterator: AsyncIterator<string> | undefined;

  /** The lines still to come; reading some of them leaves the rest. */
  readonly lines: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({next: () => this.next()}),
  };

  async firstLine(): Promise<string | undefined> {
    const {value, done} = await this.next();
    return done ? undefined : value;
  }

  /** Reads all of it, with lines ending in `\n`. Throws USAGE for a text over the maximum. */
  async text(): Promise<string> {
    let text = '';
    for await (const line of this.lines) {
      text += `${line}\n`;
      if (text.length > MAXIMUM_TEXT)
        throw new VaultError('USAGE', `The text on standard input exceeds ${MAXIMUM_TEXT} characters.`);
    }
    return text;
  }

  close(): void {
    this.reader?.close();
    process.stdin.unref?.();
  }

  private open(): Interface {
    if (this.reader) return this.reader;
    const reader = process.stdin.isTTY ? this.openTerminal() : createInterface({input: process.stdin});
    this.reader = reader;
    this.iterator = reader[Symbol.asyncIterator]();
    return reader;
  }

  private openTerminal(): Interface {
    const editor = openLineEditor({
      output: process.stderr,
      onInterrupt: () => process.emit('SIGINT'),
      onContinue: () => editor.prompt(true),
    });
    return editor;
  }

  private next(): Promise<IteratorResult<string>> {
    this.open();
    return this.iterator!.next();
  }
}
