import {stripVTControlCharacters, styleText} from 'node:util';
import {bin} from '../../program.js';
import {clearProgress} from './progress.js';
import {sanitize} from './sanitize.js';

export type Color = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** Colors text on a terminal only (no-color.org), unless FORCE_COLOR asks for color elsewhere too. */
export function colored(color: Color, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  // styleText itself would check stdout, whatever the stream.
  return supportsColor(stream) ? styleText(color, text, {validateStream: false}) : text;
}

/** Reports whether colors show on a stream. */
export function supportsColor(stream: NodeJS.WriteStream): boolean {
  const {NO_COLOR, FORCE_COLOR} = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY && stream.hasColors();
}

/** Prints lines for the user to stderr, wrapped between words to the width of the terminal. */
export function say(...lines: string[]): void {
  writeLines(lines.map(sanitize));
}

/** As `say`, for one line that begins with a colored label. */
export function sayLabeled(color: Color, label: string, text: string): void {
  writeLines([`${colored(color, label, process.stderr)} ${sanitize(text)}`]);
}

function writeLines(lines: string[]): void {
  clearProgress();
  const width = process.stderr.isTTY ? process.stderr.columns : undefined;
  process.stderr.write(lines.map(line => `${width ? wrapText(line, width) : line}\n`).join(''));
}

/** Counts the visible characters. */
function widthOf(text: string): number {
  return text.includes('\u001b') ? stripVTControlCharacters(text).length : text.length;
}

/** A command at the end of a line, which stays whole so that it can be copied. */
const COMMAND = new RegExp(`(?<=: )${bin} .*$`);

/** Wraps text into lines of at most `width` characters; a longer word or command stays whole. */
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
