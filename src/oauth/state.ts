import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';

/** Returns a new `state` (RFC 6749 §10.12): 32 random bytes as base64url, 43 characters. */
export function newState(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares two states in a time that reveals neither their content nor their length. */
export function sameState(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
