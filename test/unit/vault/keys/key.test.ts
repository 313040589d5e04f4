import {expect} from 'chai';
import {calculateJwkThumbprint} from 'jose/jwk/thumbprint';
import {newKey, toKey} from '../../../../src/vault/keys/key.js';

describe('key', () => {
  it('has its JWK thumbprint (RFC 7638) as its id', async () => {
    const bytes = Buffer.from('0123456789abcdef0123456789abcdef');
    const jwk = {kty: 'oct', k: bytes.toString('base64url')};
    expect(toKey(bytes)).to.deep.equal({id: await calculateJwkThumbprint(jwk), bytes});
  });

  it('is 256 random bits', () => {
    const [one, other] = [newKey(), newKey()];
    expect(one.bytes).to.have.lengthOf(32);
    expect(one.id).not.to.equal(other.id);
    expect(Buffer.from(one.bytes).equals(other.bytes)).to.equal(false);
  });

  it('has another id if one bit differs', () => {
    const bytes = Buffer.alloc(32);
    const other = Buffer.alloc(32);
    other[31] = 1;
    expect(toKey(bytes).id).not.to.equal(toKey(other).id);
  });
});
