import {existsSync} from 'node:fs';
import {chmod, readFile, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import {writeRedirectFile} from '../../../src/oauth/redirect-file.js';
import {needsPosix} from '../../support/needs.js';
import {withFolder} from './support.js';

describe('the file that leads a browser to the login', () => {
  before(function () {
    needsPosix(this);
  });

  it('M3: is private, and in the folder of the session only if nobody else can write there', () =>
    withFolder(async folder => {
      for (const [mode, XDG_RUNTIME_DIR, parent] of [
        [0o700, folder, folder],
        [0o777, folder, tmpdir()],
        [0o700, join(folder, 'none'), tmpdir()],
        [0o700, '.', tmpdir()],
        [0o700, '', tmpdir()],
      ] as const) {
        await chmod(folder, mode);
        const file = await writeRedirectFile('https://example.org/?a=b', {XDG_RUNTIME_DIR});
        const path = fileURLToPath(file.url);
        expect(dirname(dirname(path))).to.equal(parent);
        expect((await stat(path)).mode & 0o777).to.equal(0o600);
        expect((await stat(dirname(path))).mode & 0o777).to.equal(0o700);
        expect(await readFile(path, 'utf8')).to.contain('https://example.org/?a=b');
        file.remove();
        expect(existsSync(dirname(path))).to.equal(false);
      }
    }));
});
