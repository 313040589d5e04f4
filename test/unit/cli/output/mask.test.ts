import {expect} from 'chai';
import {maskCredential, maskSecret} from '../../../../src/cli/output/mask.js';
import {aCredential} from '../../../support/credential.js';
import {secretsIn} from '../../../support/secrets.js';

describe('mask', () => {
  it('leaves enough of a long secret to recognise it', () => {
    expect(maskSecret('THAAfake-long-lived-x9Qz')).to.equal('THAA…x9Qz');
  });

  it('leaves nothing of a short one, not even its length', () => {
    for (const secret of ['', 'x', 'fake-0123456789', 'THAAfake-long-lived-x9Q'])
      expect(maskSecret(secret)).to.equal('…');
  });

  it('never leaves more than a third', () => {
    for (let length = 0; length < 200; length++) {
      const shown = maskSecret('x'.repeat(length)).replace('…', '').length;
      expect(shown).to.be.at.most(length / 3);
    }
  });
});

describe('a masked credential', () => {
  const credential = aCredential();
  const {app_secret, refresh_token, ...rest} = credential;

  it('shows everything but the secrets', () => {
    expect(maskCredential(credential)).to.deep.equal({
      ...rest,
      app_secret: 'fake…cdef',
      refresh_token: 'THAA…cdef',
    });
    expect(
      secretsIn(JSON.stringify(maskCredential(credential)), {app_secret: app_secret!, refresh_token}),
    ).to.deep.equal([]);
  });

  it('shows what is unknown as unknown, and leaves the credential as it was', () => {
    expect(maskCredential({...credential, app_secret: null}).app_secret).to.equal(null);
    expect(credential.refresh_token).to.equal(refresh_token);
  });

  it('shows the fields in their order', () => {
    expect(Object.keys(maskCredential(credential))).to.deep.equal(Object.keys(credential));
  });
});
