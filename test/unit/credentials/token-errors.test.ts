import {expect} from 'chai';
import {isTokenInvalid} from '../../../src/credentials/token-errors.js';
import {VaultError} from '../../../src/errors.js';

describe('dead token', () => {
  for (const code of ['CREDENTIAL_REVOKED', 'CREDENTIAL_EXPIRED', 'ACCOUNT_HELD'] as const)
    it(`is what ${code} says`, () => {
      expect(isTokenInvalid(new VaultError(code, 'In words.'))).to.equal(true);
    });

  for (const code of ['PERMISSION_MISSING', 'AUTHORIZATION_REFUSED', 'PLATFORM_FAILED', 'INTERNAL'] as const)
    it(`is not what ${code} says`, () => {
      expect(isTokenInvalid(new VaultError(code, 'In words.'))).to.equal(false);
    });

  it('is not what a fault says', () => {
    expect(isTokenInvalid(new TypeError('CREDENTIAL_REVOKED'))).to.equal(false);
  });
});
