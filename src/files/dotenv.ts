import {VaultError} from '../errors.js';

/** An assignment in a `.env` file. The value, including its quotes, is `text.slice(start, end)`. */
export interface Assignment {
  name: string;
  value: string;
  start: number;
  end: number;
}

const quoted = (quote: string) => `\\s*${quote}(?:\\\\${quote}|[^${quote}])*${quote}`;
const VALUE = [quoted("'"), quoted('"'), quoted('`'), '[^#\\n]+'].join('|');
/**
 * What dotenv accepts as an assignment: `export`, `=` or `: `, three kinds of quotes, a trailing comment. dotenv also
 * skips blank lines before it, which changes nothing but takes quadratic time.
 */
const ASSIGNMENT = new RegExp(
  `^[^\\S\\n\\u2028\\u2029]*(?:export\\s+)?(?<name>[\\w.-]+)(?<sign>\\s*=\\s*?|:\\s+?)(?<value>${VALUE})?\\s*(?:#.*)?$`,
  'dgm',
);

/** Returns the assignments in a `.env` file in order, read as the npm package dotenv reads them. */
export function parseDotenv(text: string): Assignment[] {
  // dotenv reads every line ending as \n, but the offsets are those in the original text.
  const endings = [...text.matchAll(/\r\n/g)].map(({index}, before) => index - before);
  let passed = 0; // Offsets are converted in ascending order.
  const toOriginal = (offset: number) => {
    while (endings[passed]! < offset) passed++;
    return offset + passed;
  };
  return [...text.replaceAll(/\r\n?/g, '\n').matchAll(ASSIGNMENT)].map(({groups, indices}) => {
    const raw = groups!.value ?? '';
    const [offset] = indices!.groups!.value ?? [indices!.groups!.sign![1]];
    const start = raw.trim() ? offset + raw.length - raw.trimStart().length : offset;
    return {
      name: groups!.name!,
      value: unquote(raw.trim()),
      start: toOriginal(start),
      end: toOriginal(start + raw.trim().length),
    };
  });
}

/** Returns the variables in a `.env` file. If a name occurs more than once, the last value applies. */
export function parseVariables(text: string): Record<string, string> {
  return Object.fromEntries(parseDotenv(text).map(({name, value}) => [name, value]));
}

function unquote(raw: string): string {
  const value = removeQuotes(raw);
  return raw.startsWith('"') ? value.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : value;
}

/** Does the same as dotenv's `replace(/^(['"`])([\s\S]*)\1$/gm, '$2')`, but in linear time. */
function removeQuotes(raw: string): string {
  const closing = new Map([...raw.matchAll(/['"`]$/gm)].map(({0: quote, index}) => [quote, index]));
  let value = '';
  let end = 0;
  for (const {0: quote, index} of raw.matchAll(/^['"`]/gm)) {
    const last = closing.get(quote) ?? 0;
    if (index < end || last <= index) continue;
    value += raw.slice(end, index) + raw.slice(index + 1, last);
    end = last + 1;
  }
  return value + raw.slice(end);
}

/**
 * Sets a variable where its value applies, or appends a line for it. Leaves every other character unchanged.
 * Throws USAGE if the edit would change how another line is read.
 */
export function setVariable(text: string, name: string, value: string): string {
  const before = parseDotenv(text);
  const old = before.findLast(assignment => assignment.name === name);
  const after = old
    ? text.slice(0, old.start) + quoteLike(text.slice(old.start, old.end), name, value) + text.slice(old.end)
    : appendLine(text, `${name}=${quoteDotenv(name, value)}`);
  const expected = before.map(each => (each === old ? {name, value} : each));
  if (!old) expected.push({name, value});
  if (!parsesTo(after, expected)) throw cannotEdit(name);
  return after;
}

/** Adds a line with the line ending of the text. Ends with one only if the text did. */
function appendLine(text: string, line: string): string {
  const ending = /\r?\n/.exec(text)?.[0] ?? '\n';
  return text === '' || text.endsWith('\n') ? `${text}${line}${ending}` : `${text}${ending}${line}`;
}

function parsesTo(text: string, expected: {name: string; value: string}[]): boolean {
  const parsed = parseDotenv(text);
  return (
    parsed.length === expected.length &&
    expected.every(({name, value}, index) => parsed[index]!.name === name && parsed[index]!.value === value)
  );
}

/** Quotes a value like the old one if possible: some parsers, such as Docker's, do not support quotes. */
function quoteLike(old: string, name: string, value: string): string {
  const isBare = old !== '' && !/^['"`]/.test(old);
  if (isBare && /^[\w.:-]+$/.test(value)) return value;
  return old.startsWith('"') && canDoubleQuote(value) ? `"${value}"` : quoteDotenv(name, value);
}

/**
 * Quotes a value so that all parsers read it alike. They take single-quoted text literally, but differ on
 * backslashes, dollar signs and line breaks in double quotes. Throws USAGE for a value that fits neither.
 */
export function quoteDotenv(name: string, value: string): string {
  // In godotenv and dotenv, a backslash before the closing quote escapes it.
  if (!/['\r\n\0]|\\$/.test(value)) return `'${value}'`;
  if (canDoubleQuote(value)) return `"${value}"`;
  throw cannotWriteValue(name, 'a .env file that every parser reads alike');
}

const canDoubleQuote = (value: string) => !/["\\$`\r\n\0]/.test(value);

export function cannotWriteValue(name: string, where: string): VaultError {
  return new VaultError('USAGE', `${name} contains characters that cannot be written to ${where}.`, [
    'Use --format json.',
  ]);
}

function cannotEdit(name: string): VaultError {
  return new VaultError(
    'USAGE',
    `Could not set ${name}: that would change how another line of the file is read. Nothing was changed.`,
    ['Look for a line with no value or with an unclosed quote, fix it, and run the command again.'],
  );
}
