import {existsSync} from 'node:fs';
import {chmod, mkdir, readdir, rename, rm, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome, type Home} from '../../../src/config/home.js';
import {checkHome} from '../../../src/doctor/home.js';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {withHome} from '../../support/temporary-home.js';
import {situationIn, store, told} from './situation.js';

const inFolder = (home: Home, name: string) => findHome({TOOL_HOME: join(home.folder, name)});

describe('doctor: the home folder', () => {
  it(
    'is named with the reason for its place',
    withHome(async home => {
      await store(home, 'alice', 50);
      expect(await told(checkHome, situationIn(home))).to.deep.equal([
        `ok ${home.folder} (set by TOOL_HOME): private (other users cannot read it).`,
      ]);
      expect((await told(checkHome, situationIn(home, {TOOL_HOME: ''})))[0]).to.contain('(the default)');
    }),
  );

  it(
    'is not created if it is missing',
    withHome(async home => {
      const missing = inFolder(home, 'a/b');
      expect((await told(checkHome, situationIn(missing)))[0]).to.match(/^note .* does not exist yet/);
      expect(existsSync(join(home.folder, 'a'))).to.equal(false);
    }),
  );

  it(
    'is an error if it cannot be created or is not a folder',
    withHome(async home => {
      await writeFile(join(home.folder, 'file'), '');
      expect((await told(checkHome, situationIn(inFolder(home, 'file/home'))))[0]).to.match(
        /^error 2 Could not create a folder in/,
      );
      expect((await told(checkHome, situationIn(inFolder(home, 'file'))))[0]).to.match(
        /^error 2 .* is not a folder/,
      );
    }),
  );

  it(
    'is an error for each file that others can open, and is then not written to',
    withHome(async home => {
      await store(home, 'alice', 50);
      await loopbackCertificate(home.tls);
      await writeFile(home.configFile, '{}', {mode: 0o600});
      const places = [home.folder, home.tokens, join(home.tokens, '.locks'), home.tls];
      const files = [home.vaultFile, home.configFile, home.keyFile, join(home.tls, 'callback.key')];
      for (const path of [...places, ...files]) {
        await utimes(home.tokens, 0, 0);
        await chmod(path, 0o755);
        expect(await told(checkHome, situationIn(home)), path).to.deep.equal([
          `note ${home.folder} (set by TOOL_HOME).`,
          `error 6 ${path} is accessible to other users, so it is not used.`,
        ]);
        await chmod(path, places.includes(path) ? 0o700 : 0o600);
      }
    }),
  );

  it(
    'is an error if it is a link or holds one',
    withHome(async home => {
      const real = inFolder(home, 'real');
      await store(real, 'alice', 50);
      await symlink(real.folder, join(home.folder, 'link'));
      const linked = inFolder(home, 'link');
      expect((await told(checkHome, situationIn(linked)))[1]).to.match(/^error 6 .* is a symbolic link/);
      await rename(real.vaultFile, join(home.folder, 'elsewhere'));
      await symlink(join(home.folder, 'elsewhere'), real.vaultFile);
      expect((await told(checkHome, situationIn(real)))[1]).to.match(
        /^error 6 .*vault\.json is a symbolic link/,
      );
    }),
  );

  it(
    'is an error if it is not writable',
    withHome(async home => {
      await writeFile(home.tokens, '', {mode: 0o600});
      expect((await told(checkHome, situationIn(home))).at(-1)).to.match(/^error 2 Could not .*tokens/);
      await rm(home.tokens);
      if (process.getuid?.() === 0) return; // Root can write anywhere.
      await mkdir(home.tokens, {mode: 0o500});
      expect((await told(checkHome, situationIn(home))).at(-1)).to.match(
        /^error 2 Could not write to .*tokens/,
      );
    }),
  );

  it(
    'is left unchanged, and its temporary files are counted',
    withHome(async home => {
      await mkdir(home.tokens, {mode: 0o700});
      const old = join(home.tokens, '.a.0123456789abcdef.tmp');
      await writeFile(old, '');
      await utimes(old, 0, 0);
      expect((await told(checkHome, situationIn(home))).at(-1)).to.match(/^note Temporary files .*: 1\./);
      expect(await readdir(home.folder, {recursive: true})).to.have.members([
        'tokens',
        'tokens/.a.0123456789abcdef.tmp',
      ]);
      await rm(old);
    }),
  );

  it(
    'causes a warning if its path is relative',
    withHome(async home => {
      expect((await told(checkHome, situationIn(home, {TOOL_HOME: '~/vault'})))[0]).to.match(
        /^warning TOOL_HOME is a relative path/,
      );
    }),
  );

  it(
    'M10: causes a warning for each file in it that nobody knows',
    withHome(async home => {
      await store(home, 'alice', 50);
      const path = join(home.tokens, '.locks', 'notes.txt');
      await writeFile(path, '', {mode: 0o600});
      expect(await told(checkHome, situationIn(home))).to.deep.equal([
        `ok ${home.folder} (set by TOOL_HOME): private (other users cannot read it).`,
        `warning Unexpected file: ${path}`,
      ]);
    }),
  );

  it(
    'L12: causes a warning if other users can move it',
    withHome(async home => {
      const inside = inFolder(home, 'open/home');
      await store(inside, 'alice', 50);
      await chmod(join(home.folder, 'open'), 0o777);
      expect((await told(checkHome, situationIn(inside)))[1]).to.equal(
        `warning Other users can change ${join(home.folder, 'open')}, and so move or replace ${inside.folder}.`,
      );
    }),
  );
});
