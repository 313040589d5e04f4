import {expect} from 'chai';
import {awaitAuthorization} from '../../../src/oauth/authorization-response.js';
import {codeIn} from '../../../src/oauth/code.js';
import {parseRedirect} from '../../../src/oauth/redirect.js';
import {attempt, checkError, MARKER, type Target} from '../target.js';

const STATE = 'a-state-of-ours';
const REDIRECT_URI = 'https://localhost:3456/callback';

/** What a person pastes: the address that the login ended on, or the code. */
export const pasted: Target = {
  name: 'pasted',
  files: ['oauth/redirect.ts', 'oauth/code.ts', 'oauth/authorization-response.ts', 'oauth/state.ts'],
  seeds: [
    `${REDIRECT_URI}?code=${MARKER}&state=${STATE}#_`,
    `"<${REDIRECT_URI}?error=access_denied&state=${STATE}>" `,
    `https://example.test/oauth/authorize?response_type=code&state=${STATE}`,
    `${MARKER}#_`,
    `\nfirst\n${REDIRECT_URI}?code=${MARKER}&state=another\n`,
  ],
  pieces: [
    ...[
      'https://',
      'http://',
      'localhost',
      ':3456',
      '/callback',
      '?',
      '&',
      '=',
      '#_',
      '#',
      ' ',
      '\n',
      '"',
      "'",
      '<',
    ],
    ...[
      '>',
      'code=',
      'error=',
      'state=',
      `state=${STATE}`,
      '%00',
      '%',
      '+',
      '\u00a0',
      '@',
      'response_type=',
      MARKER,
    ],
  ],
  async run(input) {
    const text = input.toString('utf8');
    const checkParameters = (parameters: URLSearchParams) => {
      expect(parameters.getAll('state')).to.deep.equal([STATE]);
      expect(parameters.has('code') !== parameters.has('error')).to.equal(true);
      expect(parameters.get('code') || parameters.get('error')).to.be.a('string').that.is.not.empty;
    };
    const redirect = await attempt(
      () => parseRedirect(text, {redirectUri: REDIRECT_URI, state: STATE}),
      'USAGE',
    );
    if (redirect) checkParameters(redirect.parameters);

    const code = await attempt(() => codeIn(text), 'USAGE', 'AUTHORIZATION_REFUSED');
    if (code !== undefined) expect(code).to.match(/^[\x21-\x7e]+$/);
    if (redirect?.parameters.has('code') && code !== undefined) {
      expect(code).to.equal(redirect.parameters.get('code'));
    }

    const lines = text.split('\n').slice(0, 100);
    let refused = 0;
    const answer = await attempt(
      () =>
        awaitAuthorization({
          pasted: (async function* () {
            yield* lines;
          })(),
          onBadPaste(error) {
            refused++;
            checkError(error, 'USAGE');
          },
          redirectUri: REDIRECT_URI,
          state: STATE,
          timeoutSeconds: 10,
        }),
      'USAGE',
    );
    if (answer) checkParameters(answer.parameters);
    else expect(refused).to.equal(lines.filter(line => line.trim() !== '').length);
  },
};
