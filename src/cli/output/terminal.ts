import {stripVTControlCharacters, styleText} from 'node:util';
import {bin} from '../../program.js';

type Color = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** Colour for a person's terminal only (no-color.org), unless FORCE_COLOR asks for it elsewhere too. */
export function colored(colour: Color, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  // styleText's own check is of stdout, whatever the stream.
  return supportsColor(stream) ? styleText(colour, text, {validateStream: false}) : text;
}

function supportsColor(stream: NodeJS.WriteStream): boolean {
  const {NO_COLOR, FORCE_COLOR} = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY && stream.hasColors();
}

/** A word to the person: on stderr, broken between words where the terminal ends. */
export function say(text: string): void {
  removeBar();
  const width = process.stderr.isTTY ? process.stderr.columns : undefined;
  process.stderr.write(`${width ? wrapText(text, width) : text}\n`);
}

const BAR = 30;
let barIsShown = false;

/**
 * A bar on stderr that shows how far something is, until all is done or something is said. For a person at
 * a terminal only; nothing in CI, where a log keeps every step of it.
 */
export function showProgress(done: number, total: number): void {
  const {stderr} = process;
  if (!stderr.isTTY || process.env.CI) return;
  removeBar();
  if (done === total) return;
  const filled = Math.floor((BAR * done) / total);
  const bar = `[${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${done} of ${total}`;
  barIsShown = bar.length < stderr.columns; // What wraps is not removed by removing a line.
  if (barIsShown) stderr.write(bar);
}

function removeBar(): void {
  if (!barIsShown) return;
  process.stderr.cursorTo(0);
  process.stderr.clearLine(1);
  barIsShown = false;
}

/** Characters that are seen; colours are not. */
export function widthOf(text: string): number {
  return text.includes('\u001b') ? stripVTControlCharacters(text).length : text.length;
}

/** A command at the end of a line: whole, it can be copied. */
const COMMAND = new RegExp(`(?<=: )${bin} .*$`);

/** Lines of at most `width` characters; what is longer in one word or command stays whole. */
export function wrapText(text: string, width: number): string {
  return text
    .split('\n')
    .map(line => {
      const indent = /^ */.exec(line)![0];
      const [command = ''] = COMMAND.exec(line) ?? [];
      const text = line.slice(0, line.length - command.length).trim();
      const words = [...text.split(' '), ...(command ? [command] : [])];
      const lines = [''];
      for (const word of words) {
        const last = lines.at(-1)!;
        if (last && widthOf(`${indent}${last} ${word}`) > width) lines.push(word);
        else lines[lines.length - 1] = last ? `${last} ${word}` : word;
      }
      return lines.map(each => indent + each).join('\n');
    })
    .join('\n');
}
