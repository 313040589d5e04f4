import {createHash, randomBytes, webcrypto} from 'node:crypto';

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

const imported = new WeakMap<Key, Promise<webcrypto.CryptoKey>>();

/** As jose takes it without importing it each time, which costs as much as encrypting a record. */
export function toCryptoKey(key: Key): Promise<webcrypto.CryptoKey> {
  const known = imported.get(key);
  if (known) return known;
  const importing = webcrypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, ['encrypt']);
  imported.set(key, importing);
  return importing;
}
