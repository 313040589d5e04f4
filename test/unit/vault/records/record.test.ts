import {expect} from 'chai';
import {compactDecrypt} from 'jose/jwe/compact/decrypt';
import {CompactEncrypt} from 'jose/jwe/compact/encrypt';
import type {Credential} from '../../../../src/credential.js';
import type {VaultError} from '../../../../src/errors.js';
import {newKey} from '../../../../src/vault/keys/key.js';
import {openRecord, readHeader, sealRecord} from '../../../../src/vault/records/record.js';
import {aCredential, recordName} from '../../../support/credential.js';
import {failure} from '../../../support/outcome.js';

const KEY = newKey();
const CREDENTIAL = aCredential();
const REF = recordName('my.account');
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const seal = async () => Buffer.from(await sealRecord(CREDENTIAL, KEY));
const open = (bytes: Uint8Array | string, ref = REF, key = KEY) => openRecord(Buffer.from(bytes), ref, key);
const decoded = (segment: string) => Buffer.from(segment, 'base64url');

async function expectDamaged(bytes: Uint8Array | string): Promise<void> {
  expect((await failure(open(bytes))).code).to.equal('RECORD_DAMAGED');
}

/** Changes the header of a record, as someone without the key could. */
async function withHeader(change: (header: Record<string, unknown>) => unknown): Promise<Buffer> {
  const [header, ...rest] = (await seal()).toString().split('.');
  const changed = change(JSON.parse(decoded(header!).toString()));
  const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
  return Buffer.from([Buffer.from(text).toString('base64url'), ...rest].join('.'));
}

describe('record', () => {
  it('preserves every field', async () => {
    expect(await open(await seal())).to.deep.equal(CREDENTIAL);
  });

  it('is a JWE that jose decrypts', async () => {
    const {protectedHeader, plaintext} = await compactDecrypt(await seal(), KEY.bytes);
    expect(protectedHeader).to.include({alg: 'dir', enc: 'A256GCM', kid: KEY.id, identifier: 'my.account'});
    expect(JSON.parse(Buffer.from(plaintext).toString())).to.include({
      refresh_token: CREDENTIAL.refresh_token,
    });
  });

  it('preserves null for unknown fields', async () => {
    const sparse = aCredential({app_secret: null, user_id: null, scopes: null, expires_at: null});
    expect(await open(await sealRecord(sparse, KEY))).to.deep.equal(sparse);
  });

  it('preserves text beyond ASCII', async () => {
    const odd = aCredential({username: 'жук 🪲', app_secret: 'fake-ß-"quoted"\\\n'});
    expect(await open(await sealRecord(odd, KEY))).to.deep.equal(odd);
  });

  it('refuses a credential that could not be read back', async () => {
    const {username: _, ...incomplete} = CREDENTIAL;
    for (const credential of [
      aCredential({expires_at: 'soon'}),
      aCredential({issued_at: ''}),
      aCredential({refreshed_at: 'THAAfake'}),
      aCredential({scopes: [7] as unknown as string[]}),
      aCredential({refresh_token: null as unknown as string}),
      aCredential({username: 'x'.repeat(70_000)}),
      aCredential({app_secret: 'x'.repeat(70_000)}),
      incomplete as Credential,
    ]) {
      const outcome = await failure(sealRecord(credential, KEY));
      expect(outcome).to.include({code: 'USAGE', exitCode: 2});
      expect(outcome.message).not.to.include('THAAfake');
    }
  });

  it('is one compact JWE of five segments', async () => {
    expect((await seal()).toString()).to.match(/^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
  });

  it('is never the same twice', async () => {
    const [, , iv, ciphertext] = (await seal()).toString().split('.');
    const again = (await seal()).toString().split('.');
    expect(again[2]).not.to.equal(iv);
    expect(again[3]).not.to.equal(ciphertext);
  });

  it('has exactly the readable fields in its header', async () => {
    const [header] = (await seal()).toString().split('.');
    expect(JSON.parse(decoded(header!).toString())).to.deep.equal({
      alg: 'dir',
      enc: 'A256GCM',
      kid: KEY.id,
      typ: 'agora-vault-credential',
      cty: 'json',
      v: 1,
      platform: 'threads',
      identifier: 'my.account',
      user_id: '26139168152370559',
      username: 'my.account',
      scopes: ['threads_basic', 'threads_content_publish'],
      issued_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-03-02T00:00:00.000Z',
      refreshed_at: null,
    });
  });

  it('has a header that can be read without a key', async () => {
    const {user_id, username, scopes, issued_at, expires_at, refreshed_at} = CREDENTIAL;
    const readable = {user_id, username, scopes, issued_at, expires_at, refreshed_at};
    expect(readHeader(await seal(), REF)).to.deep.equal({...REF, kid: KEY.id, ...readable});
  });

  it('contains no secret in any encoding', async () => {
    const text = (await seal()).toString();
    const readings = [text, ...text.split('.').map(segment => decoded(segment).toString('latin1'))];
    const secrets = [CREDENTIAL.app_secret!, CREDENTIAL.refresh_token].map(text => Buffer.from(text));
    for (const bytes of [...secrets, Buffer.from(KEY.bytes)]) {
      for (const encoding of ['latin1', 'hex', 'base64url'] as const)
        for (const reading of readings) expect(reading).not.to.include(bytes.toString(encoding));
    }
  });

  it('does not open with any single bit changed', async () => {
    const record = await seal();
    let opened = 0;
    let tried = 0;
    for (let at = 0; at < record.length; at++) {
      for (let bit = 0; bit < 8; bit++, tried++) {
        const changed = Buffer.from(record);
        changed[at]! ^= 1 << bit;
        const outcome = await open(changed).catch((error: VaultError) => error.exitCode);
        if (outcome !== 6) opened++;
      }
    }
    expect(tried)
      .to.equal(record.length * 8)
      .and.greaterThan(4000);
    expect(opened).to.equal(0);
  });

  it('does not open with the unused bits of a last character changed', async () => {
    let tried = 0;
    // Three lengths, so that header and ciphertext have every length modulo 3.
    for (const padding of ['', 'x', 'xx']) {
      const credential = aCredential({username: `my${padding}`, app_secret: `fake${padding}`});
      const segments = (await sealRecord(credential, KEY)).split('.');
      for (const [index, segment] of segments.entries()) {
        for (const character of BASE64URL) {
          const other = segment.slice(0, -1) + character;
          if (segment === '' || other === segment || !decoded(other).equals(decoded(segment))) continue;
          await expectDamaged(segments.with(index, other).join('.'));
          tried++;
        }
      }
    }
    expect(tried).to.be.greaterThan(50);
  });

  it('does not open if truncated anywhere', async () => {
    const record = await seal();
    for (let length = 0; length < record.length; length++) await expectDamaged(record.subarray(0, length));
  });

  for (const [what, change] of Object.entries({
    'a newline after it': (text: string) => `${text}\n`,
    'a space before it': (text: string) => ` ${text}`,
    'a NUL after it': (text: string) => `${text}\0`,
    'padding after it': (text: string) => `${text}==`,
    'a sixth segment': (text: string) => `${text}.AAAA`,
    'an encrypted key, which `dir` does not have': (text: string) => text.replace('..', '.AAAA.'),
    'a tag of four bytes': (text: string) =>
      text.replace(/[^.]+$/, tag => decoded(tag).subarray(0, 4).toString('base64url')),
  }))
    it(`does not open with ${what}`, async () => {
      const record = (await seal()).toString();
      expect(change(record)).not.to.equal(record);
      await expectDamaged(change(record));
    });

  it('does not open with another key', async () => {
    const outcome = await failure(open(await seal(), REF, newKey()));
    expect(outcome).to.include({code: 'RECORD_FOREIGN', exitCode: 6});
  });

  it('does not open with another key that has the same id', async () => {
    const outcome = await failure(open(await seal(), REF, {id: KEY.id, bytes: newKey().bytes}));
    expect(outcome.code).to.equal('RECORD_DAMAGED');
  });

  for (const ref of [
    recordName('your.account'),
    recordName('My.account'),
    recordName('my.account', 'facebook'),
  ])
    it(`does not open as ${ref.platform}-${ref.identifier}`, async () => {
      const outcome = await failure(open(await seal(), ref));
      expect(outcome).to.include({code: 'RECORD_MISPLACED', exitCode: 6});
      expect(outcome.suggestions.join()).to.include('threads/my.account');
      const header = await failure((async () => readHeader(await seal(), ref))());
      expect(header.code).to.equal('RECORD_MISPLACED');
    });

  it('is RECORD_NEWER, with the advice to upgrade, if its version is newer', async () => {
    for (const v of [2, 1.5, 1e300]) {
      const outcome = await failure(open(await withHeader(header => ({...header, v}))));
      expect(outcome).to.include({code: 'RECORD_NEWER', exitCode: 6});
      expect(outcome.suggestions.join()).to.match(/upgrade/i);
    }
  });

  it('is RECORD_NEWER even if the newer version changed the algorithms', async () => {
    const record = await withHeader(header => ({...header, v: 2, alg: 'ECDH-ES', enc: 'XC20P', scopes: 7}));
    expect((await failure(open(record))).code).to.equal('RECORD_NEWER');
  });
});

describe('record: a forged header', () => {
  const opens = async (record: Buffer) => failure((async () => readHeader(record, REF))());
  const title = (change: object) => JSON.stringify(change, (_, value) => value ?? null).slice(0, 60);

  for (const change of [
    {alg: 'none'},
    {alg: 'NONE'},
    {alg: ''},
    {alg: undefined},
    {alg: ['dir']},
    {alg: 'A256KW'},
    {enc: 'none'},
    {enc: 'A128GCM'},
    {enc: undefined},
    {typ: 'JWT'},
    {typ: undefined},
    {v: '1'},
    {v: undefined},
    {kid: undefined},
    {kid: 7},
    {scopes: 7},
    {scopes: 'threads_basic'},
    {scopes: {}},
    {scopes: undefined},
    {scopes: [7]},
    {scopes: [null]},
    {scopes: [['threads_basic']]},
    {username: 7},
    {username: {toString: 'x'}},
    {username: undefined},
    {user_id: 7},
    {expires_at: 1e12},
    {refreshed_at: []},
  ])
    it(`is refused with and without the key: ${title(change)}`, async () => {
      const record = await withHeader(header => ({...header, ...change}));
      expect(await opens(record)).to.include({code: 'RECORD_DAMAGED', exitCode: 6});
      await expectDamaged(record);
    });

  for (const change of [
    {v: 0},
    {v: -1},
    {zip: 'DEF'},
    {crit: ['exp'], exp: 1},
    {scopes: ['threads_basic', 'threads_delete']},
    {scopes: null},
    {username: 'somebody.else'},
    {user_id: '26139168152370560'},
    {expires_at: '2099-01-01T00:00:00.000Z'},
    {username: 'x'.repeat(5_000_000)},
    {scopes: new Array(200_000).fill('threads_basic')},
    {unknown: 'field'},
  ])
    it(`does not open with ${title(change)}`, async () => {
      await expectDamaged(await withHeader(header => ({...header, ...change})));
    });

  for (const header of [
    '',
    'null',
    '7',
    '"text"',
    '[]',
    '{}',
    '{"__proto__":{"typ":"agora-vault-credential","v":1}}',
    '{"typ":"agora-vault-credential","v":1,"constructor":{"prototype":{}}}',
    '{not json',
    '['.repeat(100_000),
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `{"scopes":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  ])
    it(`does not open with the header ${header.slice(0, 60) || '(empty)'}`, async () => {
      const record = await withHeader(() => header);
      expect(await opens(record)).to.include({code: 'RECORD_DAMAGED'});
      await expectDamaged(record);
    });

  it('does not open if it tries to pollute Object.prototype', async () => {
    const record = await withHeader(header =>
      JSON.stringify(header).replace('{', '{"__proto__":{"polluted":true},'),
    );
    await expectDamaged(record);
    expect({}).not.to.have.property('polluted');
  });

  it('does not open if encrypted with the right key but another algorithm', async () => {
    const [header] = (await seal()).toString().split('.');
    const protectedHeader = JSON.parse(decoded(header!).toString());
    const plaintext = Buffer.from(JSON.stringify({refresh_token: 'THAAfake'}));
    for (const algorithms of [
      {alg: 'dir', enc: 'A128CBC-HS256'},
      {alg: 'A256KW', enc: 'A256GCM'},
      {alg: 'A256GCMKW', enc: 'A256GCM'},
    ]) {
      const record = await new CompactEncrypt(plaintext)
        .setProtectedHeader({...protectedHeader, ...algorithms})
        .encrypt(KEY.bytes);
      await expectDamaged(record);
    }
  });

  it('does not open if the plaintext is not an object', async () => {
    const [header] = (await seal()).toString().split('.');
    const record = await new CompactEncrypt(Buffer.from('not json'))
      .setProtectedHeader(JSON.parse(decoded(header!).toString()))
      .encrypt(KEY.bytes);
    await expectDamaged(record);
  });

  it('repeats no invalid name', async () => {
    const names = ['../../etc/passwd', 'a\u001b[2Jb', 'x'.repeat(30_000), {deep: 1}, null];
    for (const identifier of names) {
      const outcome = await failure(open(await withHeader(header => ({...header, identifier}))));
      expect(outcome.code).to.equal('RECORD_MISPLACED');
      const shown = [outcome.message, ...outcome.suggestions].join();
      expect(shown.length).to.be.lessThan(300);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not occur
      expect(shown).not.to.match(/passwd|[\u0000-\u001f]/);
    }
  });
});
