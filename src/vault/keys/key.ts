import {createHash, randomBytes} from 'node:crypto';

/** A 256-bit key and its id. */
export interface Key {
  id: string;
  bytes: Uint8Array;
}

/**
 * The key with its id: the JWK thumbprint (RFC 7638) of the `oct` key. The id says nothing of the key
 * (256 random bits), and a key that is not the right one shows before any record is touched.
 */
export function toKey(bytes: Uint8Array): Key {
  const jwk = JSON.stringify({k: Buffer.from(bytes).toString('base64url'), kty: 'oct'});
  return {id: createHash('sha256').update(jwk).digest('base64url'), bytes};
}

export function newKey(): Key {
  return toKey(randomBytes(32));
}
