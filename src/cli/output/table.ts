import {stripVTControlCharacters} from 'node:util';
import {colored, widthOf} from './terminal.js';

/** Removes from foreign text what could move the cursor or recolor the terminal. */
export function stripControlCharacters(text: string): string {
  if (/^[ -~]*$/.test(text)) return text; // Nearly all text is plain, and a list may have ten thousand.
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '');
}

/** Formats columns under a heading, or one block per row if the terminal is too narrow for columns. */
export function formatTable(heading: string[], rows: string[][]): string {
  const widths = heading.map((name, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column]!)), name.length),
  );
  const width = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  if (width > (process.stdout.columns ?? Infinity))
    return rows.map(row => keyValues(row.map((value, column) => [heading[column]!, value]))).join('\n');
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell + ' '.repeat(widths[column]! - widthOf(cell)))
      .join(GAP)
      .trimEnd();
  return [heading.map(name => colored('bold', name)), ...rows].map(cells => `${line(cells)}\n`).join('');
}

const GAP = '  ';

/** Formats names and values, one pair per line. */
export function keyValues(rows: [name: string, value: string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${colored('dim', name.padEnd(width))}  ${value}\n`).join('');
}
