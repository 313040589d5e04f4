import {expect} from 'chai';
import {parse} from 'dotenv';
import {parseDotenv, parseVariables, setVariable} from '../../../src/files/dotenv.js';
import {attempt, MARKER, type Target} from '../target.js';

const NAME = 'TOKEN';
const VALUE = 'THAAnew_0123';

/** Characters. The package dotenv takes quadratic time, so it is not asked about longer texts. */
const COMPARED = 4096;

/** Reads with the package dotenv. It assigns each name, so a variable named `__proto__` has no effect there. */
const byDotenv = (text: string) => ({...parse(text)});
const withoutProto = (variables: Record<string, string>) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => name !== '__proto__'));

/** A .env file: read as dotenv reads it, and edited in one place or not at all. */
export const dotenv: Target = {
  name: 'dotenv',
  files: ['files/dotenv.ts'],
  seeds: [
    `A=1\n\nexport B = "two\\nlines" # comment\r\nC='it''s'\nTOKEN=${MARKER}\n`,
    'A: `x\ny`\rD=\nTOKEN="old"',
    // Each took quadratic time when repeated.
    ...['\n', 'A=1\r\n', "\u2028'x"],
  ],
  pieces: [
    ...[
      '=',
      ': ',
      '#',
      '\n',
      '\r\n',
      '\r',
      ' ',
      '\t',
      '"',
      "'",
      '`',
      '\\',
      "\\'",
      '\\n',
      'export ',
      '__proto__=1',
    ],
    ...['TOKEN=', 'TOKEN', 'A', '\u2028', '\u00a0', '\ufeff', '$', 'constructor=', MARKER],
  ],
  async run(input) {
    const text = input.toString('utf8');
    const variables = parseVariables(text);
    expect(Object.getPrototypeOf(variables)).to.equal(Object.prototype);
    if (text.length <= COMPARED) expect(withoutProto(variables)).to.deep.equal(byDotenv(text));

    let last = 0;
    for (const {start, end} of parseDotenv(text)) {
      expect(last <= start && start <= end && end <= text.length).to.equal(true);
      last = end;
    }

    const after = await attempt(() => setVariable(text, NAME, VALUE), 'USAGE');
    if (after === undefined) return;
    expect(parseVariables(after)).to.deep.equal({...variables, [NAME]: VALUE});
    expect(setVariable(after, NAME, VALUE)).to.equal(after);
    if (after.length <= COMPARED) expect(byDotenv(after)).to.deep.equal({...byDotenv(text), [NAME]: VALUE});
  },
};
