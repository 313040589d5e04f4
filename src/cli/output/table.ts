import {stripVTControlCharacters} from 'node:util';
import {colored, widthOf} from './terminal.js';

/** Text from elsewhere, without what could move the cursor or paint the terminal. */
export function stripControlCharacters(text: string): string {
  if (/^[ -~]*$/.test(text)) return text; // Most is, and a list has ten thousand of them.
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '');
}

/**
 * Columns under a heading; no lines, so that it reads and copies well. Where the terminal is too narrow,
 * a block a row instead.
 */
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

/** Name and value, one a line. */
export function keyValues(rows: [name: string, value: string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${colored('dim', name.padEnd(width))}  ${value}\n`).join('');
}
