import {expect} from 'chai';
import fc from 'fast-check';
import {maskCredential, maskSecret} from '../../../src/cli/output/mask.js';
import {aCredential} from '../../support/credential.js';
import {awkwardText} from './awkward-text.js';
import {properties} from './properties.js';

const secrets = fc.oneof(
  fc.string({maxLength: 200, size: 'max'}),
  fc.stringMatching(/^[A-Za-z0-9]{0,80}$/),
  awkwardText,
);

describe('properties of masking', () => {
  const {holds} = properties('masking');

  it(
    'a mask shows at most 8 characters, and at most a third of the secret',
    holds(
      secrets,
      secret => {
        const shown = maskSecret(secret).length - 1;
        expect(maskSecret(secret)).to.contain('…');
        expect(shown).to.be.at.most(8);
        expect(shown).to.be.at.most(secret.length / 3);
      },
      {runs: 10_000},
    ),
  );

  it(
    'a mask shows only the beginning and the end of the secret',
    holds(fc.stringMatching(/^[a-z]{20,60}$/), secret => {
      const [beginning, end] = maskSecret(secret).split('…') as [string, string];
      expect(secret.startsWith(beginning) && secret.endsWith(end)).to.equal(true);
    }),
  );

  it(
    'a masked credential contains at most 8 consecutive characters of a secret, and every other field unchanged',
    holds(
      // Letters that occur in no other field.
      fc.tuple(fc.stringMatching(/^[P-Z]{20,80}$/), fc.stringMatching(/^[P-Z]{20,80}$/)),
      ([app_secret, refresh_token]) => {
        const credential = aCredential({app_secret, refresh_token});
        const shown = JSON.stringify(maskCredential(credential));
        for (const secret of [app_secret, refresh_token]) {
          for (let at = 0; at + 9 <= secret.length; at++) {
            expect(shown).not.to.contain(secret.slice(at, at + 9));
          }
        }
        const {app_secret: _, refresh_token: __, ...rest} = credential;
        expect(maskCredential(credential)).to.deep.include(rest);
      },
    ),
  );
});
