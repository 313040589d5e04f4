import {expect} from 'chai';
import {CREDENTIAL_FIELDS, parseIdentifier} from '../../src/credential.js';
import {aCredential} from '../support/credential.js';
import {failure} from '../support/outcome.js';

describe('identifier', () => {
  for (const text of [
    'a',
    'Z',
    '0',
    '_',
    '-',
    'my.account',
    'a..b',
    'ends.',
    '-rf',
    '_x',
    'CON',
    'x'.repeat(64),
  ])
    it(`may be ${text.slice(0, 20)}`, () => {
      expect(parseIdentifier(text)).to.equal(text);
    });

  for (const text of [
    '',
    '.',
    '..',
    '.hidden',
    'x'.repeat(65),
    'a/b',
    'a\\b',
    '../a',
    'a b',
    'a\n',
    '\na',
    'a\0',
    'ä',
    'a:b',
    'a*',
    '%2e',
    '@a',
  ])
    it(`may not be ${JSON.stringify(text).slice(0, 20)}`, async () => {
      const outcome = await failure((async () => parseIdentifier(text))());
      expect(outcome).to.include({code: 'IDENTIFIER_INVALID', exitCode: 2});
    });
});

describe('credential', () => {
  it('lists its fields in order', () => {
    expect(Object.keys(aCredential())).to.deep.equal([...CREDENTIAL_FIELDS]);
  });
});
