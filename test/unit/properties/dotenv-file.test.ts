import {expect} from 'chai';
import {parse} from 'dotenv';
import fc from 'fast-check';
import {parseDotenv, setVariable} from '../../../src/files/dotenv.js';
import {awkwardText} from './awkward-text.js';
import {errorOf, properties} from './properties.js';

const NAME = 'THREADS_REFRESH_TOKEN';
const TOKENS = ['THAAnew_0123-456', "THAA'quote", 'THAA "$x"', 'two words'];

const names = fc.constantFrom(
  NAME,
  'A',
  'B_2',
  'with.dot',
  'with-dash',
  'export',
  'THREADS_TOKEN_EXPIRES_AT',
);
const blanks = fc.constantFrom('', '', ' ', '\t', '  ', '\u00a0');
const endings = fc.constantFrom('\n', '\n', '\r\n', '\r\n', '\r', '\n\n', '\n  \n');
const quote = fc.constantFrom("'", '"', '`');
const value = fc.oneof(
  fc.stringMatching(/^[\w:/.-]{0,12}$/),
  awkwardText,
  fc.tuple(quote, awkwardText).map(([mark, text]) => `${mark}${text}${mark}`),
  fc
    .tuple(quote, fc.array(fc.stringMatching(/^[\w= '#]{0,9}$/), {maxLength: 4}), endings)
    .map(([mark, lines, ending]) => `${mark}${lines.join(ending)}${mark}`),
);
const comment = fc.oneof(
  fc.constant(''),
  awkwardText.map(text => `#${text.replaceAll(/[\r\n]/g, '')}`),
);
const assignment = fc
  .tuple(
    blanks,
    fc.constantFrom('', '', 'export ', 'export\t'),
    names,
    fc.constantFrom('=', '=', ' = ', ': ', ':'),
    value,
    blanks,
    comment,
  )
  .map(parts => parts.join(''));
const line = fc.oneof(
  {weight: 6, arbitrary: assignment},
  {weight: 1, arbitrary: comment},
  {weight: 1, arbitrary: awkwardText},
  {weight: 1, arbitrary: names},
);

/** A `.env` file as people, editors and careless programs leave it. */
const files = fc
  .tuple(fc.constantFrom('', '', '\ufeff'), fc.array(fc.tuple(line, endings), {maxLength: 10}), fc.boolean())
  .map(([mark, lines, isEnded]) => {
    const text = mark + lines.flat().join('');
    return isEnded ? text : text.replace(/[\r\n]+$/, '');
  });

/** Reads with dotenv; the copy is a plain object, whatever dotenv returns. */
const read = (text: string) => ({...parse(text)});

describe('properties of editing a .env file', () => {
  const {holds, note} = properties('.env file');

  it(
    'reads a file in the same way as dotenv',
    holds(
      fc.oneof(files, awkwardText),
      text => {
        expect(Object.fromEntries(parseDotenv(text).map(({name, value}) => [name, value]))).to.deep.equal(
          read(text),
        );
      },
      {runs: 10_000},
    ),
  );

  it('changes only the value that is set, or refuses the file', async () => {
    let written = 0;
    await holds(
      fc.tuple(files, fc.constantFrom(...TOKENS)),
      async ([text, token]) => {
        let after = '';
        const error = await errorOf(() => {
          after = setVariable(text, NAME, token);
        });
        if (error) return void expect(error.code).to.equal('USAGE');
        written++;
        expect(read(after)).to.deep.equal({...read(text), [NAME]: token});
        expect(differsInOneValue(after, text)).to.equal(true);
        expect(setVariable(after, NAME, token)).to.equal(after);
      },
      {runs: 5000},
    )();
    expect(written).to.be.greaterThan(4500);
    note(`${written.toLocaleString('en')} files changed`);
  });
});

/** Reports whether the two differ only in the value of `NAME`, or a new line for it at the end. */
function differsInOneValue(after: string, before: string): boolean {
  const old = parseDotenv(before).findLast(({name}) => name === NAME);
  const now = parseDotenv(after).findLast(({name}) => name === NAME)!;
  if (old)
    return (
      after.slice(0, now.start) === before.slice(0, old.start) &&
      after.slice(now.end) === before.slice(old.end)
    );
  return after.startsWith(before) && /^(?:\r?\n)?\w+=[^\r\n]+(?:\r?\n)?$/.test(after.slice(before.length));
}
