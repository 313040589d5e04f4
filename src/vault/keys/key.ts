import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import type {KeyStoreName} from '../../config/key-stores.js';

/** A 256-bit key and its id. */
export interface Key {
  id: string;
  bytes: Uint8Array;
}

/**
 * Returns a key with its id, the JWK thumbprint (RFC 7638) of the `oct` key. The id reveals nothing about the
 * key, which is 256 random bits, and exposes a wrong key before any record is touched.
 */
export function toKey(bytes: Uint8Array): Key {
  const jwk = JSON.stringify({k: Buffer.from(bytes).toString('base64url'), kty: 'oct'});
  return {id: createHash('sha256').update(jwk).digest('base64url'), bytes};
}

export function newKey(): Key {
  return toKey(randomBytes(32));
}

/** Returns what proves that a holder of `key` named `other` in the same rotation: HMAC-SHA256 under `key`. */
export function endorse(key: Key, other: {id: string; store: KeyStoreName}): string {
  const text = ['agora-vault rotation', other.id, other.store].join('\0');
  return createHmac('sha256', key.bytes).update(text).digest('base64url');
}

export function isEndorsed(
  key: Key,
  other: {id: string; store: KeyStoreName; endorsement?: string},
): boolean {
  const [expected, given] = [endorse(key, other), other.endorsement ?? ''].map(each => Buffer.from(each));
  return expected!.length === given!.length && timingSafeEqual(expected!, given!);
}
