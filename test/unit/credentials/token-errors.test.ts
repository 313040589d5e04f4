import {expect} from 'chai';
import {isTokenInvalid} from '../../../src/credentials/token-errors.js';
import {VaultError} from '../../../src/errors.js';

describe('errors that mean an invalid token', () => {
  for (const code of ['CREDENTIAL_REVOKED', 'CREDENTIAL_EXPIRED', 'ACCOUNT_HELD'] as const)
    it(`include ${code}`, () => {
      expect(isTokenInvalid(new VaultError(code, 'In words.'))).to.equal(true);
    });

  for (const code of ['PERMISSION_MISSING', 'AUTHORIZATION_REFUSED', 'PLATFORM_FAILED', 'INTERNAL'] as const)
    it(`do not include ${code}`, () => {
      expect(isTokenInvalid(new VaultError(code, 'In words.'))).to.equal(false);
    });

  it('do not include internal errors', () => {
    expect(isTokenInvalid(new TypeError('CREDENTIAL_REVOKED'))).to.equal(false);
  });
});
