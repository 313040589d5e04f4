import {VaultError} from '../errors.js';

/** One assignment of a `.env` file. Its value stands at `text.slice(start, end)`, quotes included. */
export interface Assignment {
  name: string;
  value: string;
  start: number;
  end: number;
}

const quoted = (quote: string) => `\\s*${quote}(?:\\\\${quote}|[^${quote}])*${quote}`;
const VALUE = [quoted("'"), quoted('"'), quoted('`'), '[^#\\n]+'].join('|');
/** What dotenv takes for an assignment: `export`, `=` or `: `, three kinds of quotes, a comment behind. */
const ASSIGNMENT = new RegExp(
  `^\\s*(?:export\\s+)?(?<name>[\\w.-]+)(?<sign>\\s*=\\s*?|:\\s+?)(?<value>${VALUE})?\\s*(?:#.*)?$`,
  'dgm',
);

/** The assignments of a `.env` file in order, as the npm package dotenv reads them; the last of a name counts. */
export function parseDotenv(text: string): Assignment[] {
  // dotenv reads every line ending as \n; the places are those in the text as it stands.
  const endings = [...text.matchAll(/\r\n/g)].map(({index}, before) => index - before);
  const place = (at: number) => at + endings.filter(ending => ending < at).length;
  return [...text.replaceAll(/\r\n?/g, '\n').matchAll(ASSIGNMENT)].map(({groups, indices}) => {
    const written = groups!.value ?? '';
    const [from] = indices!.groups!.value ?? [indices!.groups!.sign![1]];
    const start = written.trim() ? from + written.length - written.trimStart().length : from;
    return {
      name: groups!.name!,
      value: unquote(written.trim()),
      start: place(start),
      end: place(start + written.trim().length),
    };
  });
}

/** Its variables; of several of one name the last counts. */
export function parseVariables(text: string): Record<string, string> {
  return Object.fromEntries(parseDotenv(text).map(({name, value}) => [name, value]));
}

function unquote(written: string): string {
  const value = written.replaceAll(/^(['"`])([\s\S]*)\1$/gm, '$2');
  return written.startsWith('"') ? value.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : value;
}

/**
 * The text with this variable set where it counts, or in a line of its own at the end. Every other
 * character stays. Throws USAGE where that would change how another line is read.
 */
export function setVariable(text: string, name: string, value: string): string {
  const before = parseDotenv(text);
  const old = before.findLast(assignment => assignment.name === name);
  const after = old
    ? text.slice(0, old.start) + inStyleOf(text.slice(old.start, old.end), name, value) + text.slice(old.end)
    : withLine(text, `${name}=${quoteDotenv(name, value)}`);
  const expected = before.map(each => (each === old ? {name, value} : each));
  if (!old) expected.push({name, value});
  if (!readsAs(after, expected)) throw cannotEdit(name);
  return after;
}

function withLine(text: string, line: string): string {
  const ending = /\r?\n/.exec(text)?.[0] ?? '\n';
  return text === '' || text.endsWith('\n') ? `${text}${line}${ending}` : `${text}${ending}${line}`;
}

function readsAs(text: string, expected: {name: string; value: string}[]): boolean {
  const read = parseDotenv(text);
  return (
    read.length === expected.length &&
    expected.every(({name, value}, index) => read[index]!.name === name && read[index]!.value === value)
  );
}

/** As the old value is written, where the new one can be: some readers, such as docker’s, know no quotes. */
function inStyleOf(old: string, name: string, value: string): string {
  const isBare = old !== '' && !/^['"`]/.test(old);
  if (isBare && /^[\w.:-]+$/.test(value)) return value;
  return old.startsWith('"') && fitsDouble(value) ? `"${value}"` : quoteDotenv(name, value);
}

/**
 * Single quotes are taken to the letter by every reader; within double quotes readers differ on
 * backslash, dollar and line breaks, so a value that would need both has no common form. Throws USAGE.
 */
export function quoteDotenv(name: string, value: string): string {
  // A backslash before the closing quote escapes it, for godotenv and dotenv alike.
  if (!/['\r\n\0]|\\$/.test(value)) return `'${value}'`;
  if (fitsDouble(value)) return `"${value}"`;
  throw cannotWriteValue(name, 'a .env file that every reader understands alike');
}

const fitsDouble = (value: string) => !/["\\$`\r\n\0]/.test(value);

export function cannotWriteValue(name: string, where: string): VaultError {
  return new VaultError('USAGE', `${name} holds characters that cannot be written to ${where}.`, [
    'Use --format json.',
  ]);
}

function cannotEdit(name: string): VaultError {
  return new VaultError(
    'USAGE',
    `${name} cannot be set in this file without changing how another line of it is read. Nothing was changed.`,
    ['Look for a line without a value or with a quote left open, mend it, and run the command again.'],
  );
}
