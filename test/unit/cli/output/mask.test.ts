import {expect} from 'chai';
import {maskCredential, maskSecret, repeatable} from '../../../../src/cli/output/mask.js';
import {aCredential} from '../../../support/credential.js';
import {secretsIn} from '../../../support/secrets.js';

describe('masked secret', () => {
  it('shows enough of a long secret to recognize it', () => {
    expect(maskSecret('THAAfake-long-lived-x9Qz')).to.equal('THAA…x9Qz');
  });

  it('shows nothing of a short one, not even its length', () => {
    for (const secret of ['', 'x', 'fake-0123456789', 'THAAfake-long-lived-x9Q'])
      expect(maskSecret(secret)).to.equal('…');
  });

  it('never shows more than a third', () => {
    for (let length = 0; length < 200; length++) {
      const shown = maskSecret('x'.repeat(length)).replace('…', '').length;
      expect(shown).to.be.at.most(length / 3);
    }
  });
});

describe('typed text in an error', () => {
  it('is repeated, without control characters and at most 40 characters long', () => {
    expect(repeatable('stray')).to.equal('stray');
    expect(repeatable('a\u001b[31mb\n')).to.equal('ab');
    expect(repeatable('x y '.repeat(20))).to.equal(`${'x y '.repeat(10)}...`);
  });

  it('is not repeated if it may hold a secret', () => {
    const {refresh_token} = aCredential();
    for (const secret of [refresh_token, 'fa4e5ec2e7fa4e5ec2e7fa4e5ec2e7ab'])
      for (const typed of [secret, `token=${secret}`, `https://example.com/?x=${secret}&y=1`])
        expect(repeatable(typed)).to.equal(undefined);
    expect(repeatable(`${'x'.repeat(39)} ${refresh_token}`)).to.equal(undefined);
  });
});

describe('masked credential', () => {
  const credential = aCredential();
  const {app_secret, refresh_token, ...rest} = credential;

  it('shows everything except the secrets', () => {
    expect(maskCredential(credential)).to.deep.equal({
      ...rest,
      app_secret: 'fake…cdef',
      refresh_token: 'THAA…cdef',
    });
    expect(
      secretsIn(JSON.stringify(maskCredential(credential)), {app_secret: app_secret!, refresh_token}),
    ).to.deep.equal([]);
  });

  it('keeps unknown values, and leaves the credential itself unchanged', () => {
    expect(maskCredential({...credential, app_secret: null}).app_secret).to.equal(null);
    expect(credential.refresh_token).to.equal(refresh_token);
  });

  it('keeps the order of the fields', () => {
    expect(Object.keys(maskCredential(credential))).to.deep.equal(Object.keys(credential));
  });
});
