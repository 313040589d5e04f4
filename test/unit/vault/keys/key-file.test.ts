import {chmod, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {expect} from 'chai';
import {newKey} from '../../../../src/vault/keys/key.js';
import {KeyFile} from '../../../../src/vault/keys/key-file.js';
import {failure} from '../../../support/outcome.js';
import {withHome} from '../../../support/temporary-home.js';

const withKeyFile = (use: (keys: KeyFile, path: string) => Promise<unknown>) =>
  withHome(({keyFile}) => use(new KeyFile(keyFile), keyFile));

describe('key file', () => {
  it(
    'returns a key by its id',
    withKeyFile(async (keys, path) => {
      const key = newKey();
      await keys.write(key);
      const read = await new KeyFile(path).read(key.id);
      expect(read!.id).to.equal(key.id);
      expect(Buffer.from(read!.bytes).equals(key.bytes)).to.equal(true);
    }),
  );

  it(
    'is a private JWK Set (RFC 7517)',
    withKeyFile(async (keys, path) => {
      const key = newKey();
      await keys.write(key);
      const k = Buffer.from(key.bytes).toString('base64url');
      expect(JSON.parse(await readFile(path, 'utf8'))).to.deep.equal({keys: [{kty: 'oct', kid: key.id, k}]});
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
    }),
  );

  it(
    'keeps the other keys if one is written or removed',
    withKeyFile(async keys => {
      const [one, two, three] = [newKey(), newKey(), newKey()];
      for (const key of [one, two, three, two]) await keys.write(key);
      await keys.remove(two.id);
      expect((await keys.read(one.id))?.id).to.equal(one.id);
      expect(await keys.read(two.id)).to.equal(undefined);
      expect((await keys.read(three.id))?.id).to.equal(three.id);
    }),
  );

  it(
    'has no keys if there is no file',
    withKeyFile(async keys => {
      expect(await keys.read('any')).to.equal(undefined);
    }),
  );

  it(
    'returns a changed key with another id',
    withKeyFile(async (keys, path) => {
      const key = newKey();
      await keys.write(key);
      const jwks = JSON.parse(await readFile(path, 'utf8'));
      jwks.keys[0].k = Buffer.alloc(32).toString('base64url');
      await writeFile(path, JSON.stringify(jwks));
      expect((await keys.read(key.id))!.id).not.to.equal(key.id);
    }),
  );

  for (const content of [
    '',
    'not json',
    'null',
    '7',
    '{}',
    '{"keys":7}',
    '{"keys":{}}',
    '{"keys":[null]}',
    '[',
  ])
    it(
      `is reported as damaged and left unchanged: ${content || '(empty)'}`,
      withKeyFile(async (keys, path) => {
        await writeFile(path, content, {mode: 0o600});
        for (const attempt of [
          () => keys.read('any'),
          () => keys.write(newKey()),
          () => keys.remove('any'),
        ]) {
          const outcome = await failure(attempt());
          expect(outcome).to.include({code: 'KEY_GONE', exitCode: 5});
          expect(outcome.message).to.include(path).and.include('damaged');
          expect(outcome.suggestions.join()).to.include(`remove ${path}`);
        }
        expect(await readFile(path, 'utf8')).to.equal(content);
      }),
    );

  it(
    'ignores entries that are not keys',
    withKeyFile(async (keys, path) => {
      await writeFile(path, '{"keys":[7,"x",{},{"kid":"any"},{"kid":"any","k":7}]}', {mode: 0o600});
      expect(await keys.read('any')).to.equal(undefined);
    }),
  );

  it(
    'is not used if other users can access it',
    withKeyFile(async (keys, path) => {
      await keys.write(newKey());
      await chmod(path, 0o640);
      expect((await failure(keys.read('any'))).code).to.equal('FILE_UNSAFE');
      expect((await failure(keys.write(newKey()))).code).to.equal('FILE_UNSAFE');
    }),
  );

  it(
    'is not used if it is a symbolic link',
    withKeyFile(async (keys, path) => {
      await symlink('/dev/null', path);
      expect((await failure(keys.read('any'))).code).to.equal('FILE_UNSAFE');
    }),
  );

  it(
    'reveals no key in an error',
    withKeyFile(async (keys, path) => {
      const key = newKey();
      await keys.write(key);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.slice(0, -4));
      const {message, suggestions} = await failure(keys.read(key.id));
      expect([message, ...suggestions].join()).not.to.include(Buffer.from(key.bytes).toString('base64url'));
    }),
  );
});
