import {expect} from 'chai';
import {VaultError} from '../../../src/errors.js';
import {parseRedirect} from '../../../src/oauth/redirect.js';
import {cpuTime} from '../../support/cpu-time.js';

const redirectUri = 'https://localhost:3456/callback';
const state = 'the-right-state';
const right = `${redirectUri}?code=AQB-secret-code&state=${state}`;

function refusal(text: string): VaultError {
  try {
    parseRedirect(text, {redirectUri, state});
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('pasted redirect URL', () => {
  const accepted = {
    unchanged: right,
    'with the fragment that Meta appends': `${right}#_`,
    'between spaces': `  ${right}\r\n`,
    'in double quotes': `"${right}"`,
    'in single quotes': `'${right}#_'`,
    'in angle brackets': `<${right}>`,
    'with an upper-case host': right.replace('localhost', 'LOCALHOST'),
    'with additional parameters in another order': `${redirectUri}?iss=x&state=${state}&code=AQB-secret-code`,
  };
  for (const [form, text] of Object.entries(accepted)) {
    it(`is read ${form}`, () => {
      const {parameters} = parseRedirect(text, {redirectUri, state});
      expect(parameters.get('code')).to.equal('AQB-secret-code');
      expect(parameters.get('state')).to.equal(state);
    });
  }

  it('may contain an error', () => {
    const {parameters} = parseRedirect(`${redirectUri}?error=access_denied&state=${state}#_`, {
      redirectUri,
      state,
    });
    expect(parameters.get('error')).to.equal('access_denied');
  });

  it('may belong to a redirect URI with parameters of its own', () => {
    const own = {redirectUri: 'https://example.org/cb?app=1', state};
    expect(
      parseRedirect(`https://example.org/cb?app=1&code=c&state=${state}`, own).parameters.get('code'),
    ).to.equal('c');
  });

  const refused: Record<string, [string, RegExp]> = {
    'a code alone': ['AQB-secret-code#_', /not a complete URL.*code alone/i],
    'the parameters alone': [`code=AQB-secret-code&state=${state}`, /not a complete URL/],
    'an address without https://': [right.slice('https://'.length), /not a complete URL/],
    'a broken address': ['https://[secret-code', /not a complete URL/],
    'another host': [
      right.replace('localhost', 'example.org'),
      /a different address.*https:\/\/localhost:3456\/callback/,
    ],
    'another port': [right.replace('3456', '3457'), /a different address/],
    'http instead of https': [right.replace('https', 'http'), /a different address/],
    'another path': [right.replace('callback', 'callback/'), /a different address/],
    'the authorization request itself': [
      `https://threads.com/oauth/authorize?client_id=1&response_type=code&state=${state}&redirect_uri=x`,
      /starts the login, not the one that it ends on/,
    ],
    'no state': [`${redirectUri}?code=AQB-secret-code`, /no `state`/],
    'an empty state': [`${redirectUri}?code=AQB-secret-code&state=`, /no `state`/],
    'the state of another login': [`${redirectUri}?code=AQB-secret-code&state=other`, /another login/],
    'a refusal of another login': [`${redirectUri}?error=access_denied&state=other`, /another login/],
    'a refusal without state': [`${redirectUri}?error=access_denied`, /no `state`/],
    'no code': [`${redirectUri}?state=${state}`, /no authorization code/],
    'an empty code': [`${redirectUri}?state=${state}&code=`, /no authorization code/],
    'a code and an error': [`${right}&error=access_denied`, /both a code and an error/],
    'two codes': [`${right}&code=AQB-secret-code`, /more than once/],
    'two states': [`${right}&state=${state}`, /more than once/],
    'the answer in the fragment only': [`${redirectUri}#code=AQB-secret-code&state=${state}`, /no `state`/],
    'a megabyte of nothing': ['secret-code'.repeat(100_000), /not a complete URL/],
  };
  for (const [what, [text, words]] of Object.entries(refused)) {
    it(`is refused without repeating it: ${what}`, () => {
      const error = refusal(text);
      expect(error.code).to.equal('USAGE');
      expect(error.message).to.match(words);
      expect(error.suggestions.join()).to.include('Copy the whole address');
      expect(JSON.stringify(error) + error.stack).to.not.match(/secret-code|the-right-state/);
    });
  }

  it('takes linear time for a long run of blanks', () => {
    expect(cpuTime(() => refusal(`x${' '.repeat(131_072)}x`))).to.be.below(500);
  });
});
