import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';

const INVALID_TOKEN_CODES = new Set<string>(['CREDENTIAL_REVOKED', 'CREDENTIAL_EXPIRED', 'ACCOUNT_HELD']);

/** Reports whether the service says that the token itself is invalid. A missing permission does not make it so. */
export function isTokenInvalid(error: unknown): error is VaultError {
  return error instanceof VaultError && INVALID_TOKEN_CODES.has(error.code);
}

/** For a token that the service calls invalid without saying why. */
export function tokenRevoked(platform: Pick<Platform, 'name' | 'title'>): VaultError {
  return new VaultError('CREDENTIAL_REVOKED', `${platform.title} says that the token is no longer valid.`, [
    `Log in again: ${bin} ${platform.name} authorize`,
  ]);
}
