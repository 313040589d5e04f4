import {stripVTControlCharacters} from 'node:util';
import Table from 'cli-table3';
import {coloured} from './terminal.js';

/** Text from elsewhere, without what could move the cursor or paint the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '');
}

const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
}; // biome-ignore format: the shape is the meaning

/**
 * Columns under a heading; no lines, so that it reads and copies well. Where the terminal is too narrow,
 * a block a row instead.
 */
export function table(heading: string[], rows: string[][]): string {
  const wide = columns(heading, rows);
  const width = Math.max(...wide.split('\n').map(line => stripVTControlCharacters(line).length));
  if (width <= (process.stdout.columns ?? Infinity)) return wide;
  return rows.map(row => facts(row.map((value, index) => [heading[index]!, value]))).join('\n');
}

function columns(heading: string[], rows: string[][]): string {
  const output = new Table({
    head: heading.map(each => coloured('bold', each)),
    chars: NO_LINES,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 0},
  });
  output.push(...rows);
  return `${trimmed(output.toString())}\n`;
}

/** Name and value, one a line. */
export function facts(rows: [name: string, value: string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${coloured('dim', name.padEnd(width))}  ${value}\n`).join('');
}

const trimmed = (text: string) => text.replaceAll(/[ \t]+$/gm, '');
