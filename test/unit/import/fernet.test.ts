import {randomBytes} from 'node:crypto';
import {expect} from 'chai';
import {openFernet, parseFernetKey} from '../../../src/import/fernet.js';
import {padded, sealFernet} from '../../support/agoras.js';

/** github.com/fernet/spec, verify.json. */
const SPEC = {
  key: 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
  token:
    'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
  text: 'hello',
  createdAt: '1985-10-26T08:20:00.000Z',
};

describe('Fernet', () => {
  it('opens the token in the specification', () => {
    const {text, createdAt} = openFernet(SPEC.token, parseFernetKey(SPEC.key)!)!;
    expect({text, createdAt: createdAt.toISOString()}).to.deep.equal({
      text: SPEC.text,
      createdAt: SPEC.createdAt,
    });
  });

  it('refuses a token that was changed anywhere, or made with another key', () => {
    const key = parseFernetKey(SPEC.key)!;
    const bytes = Buffer.from(SPEC.token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(openFernet(padded(changed), key), `bit ${bit}`).to.equal(undefined);
    }
    for (let length = 0; length < bytes.length; length++)
      expect(openFernet(padded(bytes.subarray(0, length)), key), `${length} bytes`).to.equal(undefined);
    const other = parseFernetKey(padded(randomBytes(32)))!;
    expect(openFernet(SPEC.token, other)).to.equal(undefined);
  });

  it('refuses a token with a valid signature but invalid padding', () => {
    const bytes = randomBytes(32);
    const foreign = Buffer.concat([bytes.subarray(0, 16), randomBytes(16)]);
    // Signed with the right half, encrypted with another key: one in 256 has valid padding by chance.
    const sealed = Array.from({length: 20}, () => sealFernet('text', foreign));
    const key = {signing: bytes.subarray(0, 16), encryption: bytes.subarray(16)};
    const opened = sealed.map(token => openFernet(token, key)?.text);
    expect(opened).not.to.include('text');
    expect(opened).to.include(undefined);
  });

  it('recognizes a key by its format', () => {
    for (const text of [SPEC.key, `${SPEC.key}\n`, SPEC.key.slice(0, -1)])
      expect(parseFernetKey(text)!.signing).to.have.length(16);
    for (const text of ['', SPEC.key.slice(4), `${SPEC.key}x`, SPEC.key.replace('c', '!'), SPEC.token])
      expect(parseFernetKey(text), text).to.equal(undefined);
  });
});
