import {styleText} from 'node:util';
import {sanitize} from './sanitize.js';
import {type Color, supportsColor} from './terminal.js';

/** The text of a cell, or the text and the color that it has on a terminal. */
export type Cell = string | {text: string; color: Color};

/** Formats columns under a heading, or one block per row if the terminal is too narrow for columns. */
export function formatTable(heading: string[], rows: Cell[][]): string {
  const cells = [heading.map((text): Cell => ({text, color: 'bold'})), ...rows].map(row => row.map(shown));
  const widths = heading.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]!.text.length), 0),
  );
  const width = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  if (width > (process.stdout.columns ?? Infinity))
    return rows.map(row => keyValues(row.map((value, column) => [heading[column]!, value]))).join('\n');
  const isColored = supportsColor(process.stdout);
  const line = (row: Shown[]) =>
    row
      .map(
        ({text, color}, column) => paint(text, color, isColored) + ' '.repeat(widths[column]! - text.length),
      )
      .join(GAP)
      .trimEnd();
  return cells.map(row => `${line(row)}\n`).join('');
}

const GAP = '  ';

/** Formats names and values, one pair per line. */
export function keyValues(rows: [name: string, value: Cell][]): string {
  const pairs = rows.map(([name, value]) => ({name: sanitize(name), ...shown(value)}));
  const width = Math.max(...pairs.map(({name}) => name.length));
  const isColored = supportsColor(process.stdout);
  return pairs
    .map(
      ({name, text, color}) =>
        `${paint(name.padEnd(width), 'dim', isColored)}  ${paint(text, color, isColored)}\n`,
    )
    .join('');
}

interface Shown {
  text: string;
  color?: Color;
}

function shown(cell: Cell): Shown {
  return typeof cell === 'string' ? {text: sanitize(cell)} : {...cell, text: sanitize(cell.text)};
}

function paint(text: string, color: Color | undefined, isColored: boolean): string {
  return isColored && color ? styleText(color, text, {validateStream: false}) : text;
}
