import {expect} from 'chai';
import {codeIn} from '../../../src/oauth/code.js';
import {cpuTime} from '../../support/cpu-time.js';
import {failure} from './support.js';

const CODE = 'AQBfake-code_0123';

describe('copied authorization code', () => {
  for (const text of [
    CODE,
    `${CODE}#_`,
    `${CODE}#`,
    ` ${CODE}#_\n`,
    `"${CODE}"`,
    `https://example.test/callback?code=${CODE}`,
    `https://example.test/callback?code=${CODE}&state=x#_`,
    `<https://localhost:3456/callback?state=x&code=${CODE}#_>`,
  ])
    it(`is found in ${JSON.stringify(text)}`, () => expect(codeIn(text)).to.equal(CODE));

  for (const text of [
    '',
    '#_',
    'two words',
    'https://example.test/callback',
    'https://example.test/?code=',
    'https://[',
  ])
    it(`is not found in ${JSON.stringify(text)}, which is not repeated`, async () => {
      const error = await failure((async () => codeIn(text))());
      expect(error).to.include({code: 'USAGE', exitCode: 2});
      if (text.length > 3) expect(JSON.stringify(error)).not.to.include(text);
    });

  it('is missing if the login was refused', async () => {
    const attempt = async () => codeIn('https://example.test/callback?error=access_denied&state=x#_');
    expect(await failure(attempt())).to.include({code: 'AUTHORIZATION_REFUSED', exitCode: 4});
  });

  it('is searched for in linear time in a long run of blanks', () => {
    expect(cpuTime(() => expect(() => codeIn(`x${' '.repeat(131_072)}x`)).to.throw())).to.be.below(500);
  });
});
