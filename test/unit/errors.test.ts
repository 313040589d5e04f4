import {inspect} from 'node:util';
import {expect} from 'chai';
import {type ErrorCode, VaultError, worstExitCode} from '../../src/errors.js';

describe('error', () => {
  // Scripts depend on these: an exit code is never changed and never reused.
  const contract: [exit: number, codes: ErrorCode[]][] = [
    [1, ['INTERNAL']],
    [
      2,
      [
        'USAGE',
        'CONFIG_INVALID',
        'IDENTIFIER_INVALID',
        'IDENTIFIER_TAKEN',
        'IDENTIFIER_NEEDED',
        'CALLBACK_PORT_BUSY',
        'MEDIA_REJECTED',
        'NOT_FOUND',
        'CONTAINER_EXPIRED',
      ],
    ],
    [3, ['CREDENTIAL_MISSING', 'VARIABLE_MISSING']],
    [
      4,
      [
        'CREDENTIAL_EXPIRED',
        'CREDENTIAL_REVOKED',
        'ACCOUNT_HELD',
        'PERMISSION_MISSING',
        'AUTHORIZATION_REFUSED',
      ],
    ],
    [
      5,
      [
        'KEYCHAIN_ABSENT',
        'KEYCHAIN_LOCKED',
        'KEYCHAIN_TIMEOUT',
        'KEYCHAIN_DENIED',
        'KEYCHAIN_FAILED',
        'KEY_GONE',
        'KEY_WRONG',
        'KEY_STORE_WEAK',
      ],
    ],
    [6, ['RECORD_DAMAGED', 'RECORD_MISPLACED', 'RECORD_NEWER', 'FILE_UNSAFE']],
    [
      7,
      [
        'PLATFORM_FAILED',
        'RATE_LIMITED',
        'REFRESH_REFUSED',
        'NETWORK_FAILED',
        'OUTCOME_UNKNOWN',
        'CONTAINER_NOT_READY',
        'NOT_ASKED',
      ],
    ],
    [8, ['AUTHORIZATION_TIMEOUT', 'LOCK_TIMEOUT', 'PUBLISH_TIMEOUT']],
    [126, ['COMMAND_NOT_EXECUTABLE']],
    [127, ['COMMAND_NOT_FOUND']],
    [130, ['INTERRUPTED']],
  ];
  for (const [exit, codes] of contract)
    it(`ends the command with ${exit}: ${codes.join(', ')}`, () => {
      for (const code of codes) expect(new VaultError(code, 'In words.').exitCode, code).to.equal(exit);
    });

  it('is serialized with an allow-list of fields', () => {
    const error = Object.assign(new VaultError('USAGE', 'In words.', ['Do this.']), {token: 'fake'});
    expect(JSON.parse(JSON.stringify(error))).to.deep.equal({
      code: 'USAGE',
      message: 'In words.',
      suggestions: ['Do this.'],
      exit_code: 2,
    });
  });

  it('has no cause', () => {
    const error = new VaultError('USAGE', 'In words.');
    expect(error).to.be.instanceOf(Error);
    expect(error.cause).to.equal(undefined);
    expect(inspect(error)).to.match(/^VaultError: In words\./);
  });
});

describe('exit code of several errors', () => {
  const worst = (...codes: ErrorCode[]) =>
    worstExitCode(codes.map(code => new VaultError(code, 'In words.')));

  it('is 0 when there are none', () => {
    expect(worst()).to.equal(0);
  });

  it('asks for user action if one of them does', () => {
    expect(worst('NETWORK_FAILED', 'CREDENTIAL_EXPIRED', 'LOCK_TIMEOUT')).to.equal(4);
    expect(worst('CREDENTIAL_EXPIRED', 'RECORD_DAMAGED')).to.equal(6);
  });

  it('is temporary if all of them are', () => {
    expect(worst('NETWORK_FAILED', 'NOT_ASKED')).to.equal(7);
    expect(worst('NETWORK_FAILED', 'LOCK_TIMEOUT')).to.equal(8);
  });
});
