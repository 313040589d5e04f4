import {createHash, randomBytes} from 'node:crypto';

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
