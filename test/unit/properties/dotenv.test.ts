import {expect} from 'chai';
import {parse} from 'dotenv';
import fc from 'fast-check';
import {FORMATS, type Format, variablesOf} from '../../../src/cli/output/formats.js';
import type {Credential} from '../../../src/credential.js';
import {aCredential} from '../../support/credential.js';
import {awkwardText} from './awkward-text.js';
import {parseAsGodotenv} from './godotenv.js';
import {errorOf, properties} from './properties.js';
import {readBack} from './read-back.js';

const credentials = fc
  .record({
    app_id: awkwardText,
    app_secret: awkwardText,
    refresh_token: awkwardText,
    user_id: awkwardText,
    expires_at: awkwardText,
  })
  .map(aCredential);

describe('properties of the .env format', () => {
  const suite = properties('.env format');
  const {holds} = suite;
  const asObject = (credential: Credential) => Object.fromEntries(variablesOf(credential));

  for (const [reader, read] of Object.entries({
    dotenv: parse,
    "dotenv's fast parser": (text: string) => parse(text, {fast: true}),
    'godotenv (`gh secret set -f -`)': parseAsGodotenv,
  }))
    it(
      `is read back by ${reader} as the same bytes, or is not written at all`,
      readBack(suite, credentials, 'env', reader, read, asObject),
    );

  it("is read by this test's parser as godotenv's own tests require", () => {
    for (const [line, value] of [
      ['OPTION=""', ''],
      [String.raw`OPTION='\n'`, String.raw`\n`],
      [String.raw`OPTION="\n"`, '\n'],
      [String.raw`OPTION='this is \'quoted\' here'`, String.raw`this is \'quoted\' here`],
      [String.raw`OPTION="escaped\"bar"`, 'escaped"bar'],
      [String.raw`OPTION="bar\\\n\ b\az"`, 'bar\\\n baz'],
      [String.raw`OPTION="foo\$BAR"`, 'foo$BAR'],
      ['FOO="test"\nOPTION="quote $FOO"', 'quote test'],
      ["OPTION='quote $FOO'", 'quote $FOO'],
      ['export OPTION="bar#baz" # comment', 'bar#baz'],
      ['  OPTION = "line 1\nline 2"', 'line 1\nline 2'],
    ] as const)
      expect(parseAsGodotenv(line).OPTION, line).to.equal(value);
    expect(() => parseAsGodotenv('lol$wut')).to.throw();
    expect(() => parseAsGodotenv(String.raw`OPTION='ends in a backslash\'`)).to.throw('unterminated');
  });

  it(
    'refuses a NUL, which no variable can contain, in every format for variables',
    holds(
      fc.tuple(
        fc.constantFrom<Format>('env', 'shell', 'docker', 'github', 'gitlab'),
        awkwardText,
        awkwardText,
      ),
      async ([format, before, after]) => {
        const credential = aCredential({refresh_token: `${before}\0${after}`});
        expect((await errorOf(() => FORMATS[format](credential)))?.code).to.equal('USAGE');
      },
    ),
  );

  it(
    'names the variable that cannot be written, but not its value',
    holds(
      awkwardText.filter(text => /[\r\n]/.test(text)),
      async text => {
        const error = await errorOf(() => FORMATS.env(aCredential({app_secret: `fake-secret-${text}`})));
        expect(error!.message).to.contain('THREADS_APP_SECRET');
        expect(JSON.stringify(error)).not.to.contain('fake-secret-');
      },
    ),
  );
});
