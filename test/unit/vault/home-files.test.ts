import {chmod, chown, mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome, type Home} from '../../../src/config/home.js';
import {isAbandoned, temporaryPath} from '../../../src/files/durable-write.js';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {checkHomeFiles} from '../../../src/vault/home-files.js';
import {verifyVault} from '../../../src/vault/verify.js';
import {aCredential} from '../../support/credential.js';
import {needsPosix, needsRoot} from '../../support/needs.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';

async function problemsOf(home: Home): Promise<string[]> {
  const problems: string[] = [];
  for await (const {path, level, error} of checkHomeFiles(home))
    problems.push(`${level} ${error.code} ${path}`);
  return problems;
}

async function storeOne(home: Home): Promise<void> {
  const credential = aCredential();
  await vaultIn(home).update(credential, async () => credential);
  await loopbackCertificate(home.tls);
}

describe('files of a home', () => {
  it(
    'are as they should be after a login',
    withHome(async home => {
      await storeOne(home);
      await mkdir(join(home.folder, 'platforms'), {mode: 0o700});
      for (const path of [home.configFile, join(home.folder, 'platforms', 'mastodon.json')])
        await writeFile(path, '{}', {mode: 0o600});
      expect(await problemsOf(home)).to.deep.equal([]);
    }),
  );

  it(
    'M10: that nobody knows are reported in every folder, as warnings',
    withHome(async home => {
      await storeOne(home);
      const places = [home.folder, home.tls, join(home.tokens, '.locks')];
      const paths = places.map(folder => join(folder, 'notes.txt'));
      for (const path of paths) await writeFile(path, '', {mode: 0o600});
      expect(await problemsOf(home)).to.have.members(paths.map(path => `warning FILE_FOREIGN ${path}`));
    }),
  );

  it(
    'M10: that others can open are reported in every folder, each once',
    withHome(async home => {
      await storeOne(home);
      const paths = [
        home.vaultFile,
        join(home.tls, 'callback.key'),
        join(home.tokens, '.locks', 'keys.lock'),
        join(home.tokens, '.locks', 'method'),
      ];
      for (const path of paths) await chmod(path, 0o644);
      const {problems} = await verifyVault(vaultIn(home), home);
      expect(problems.slice(0, paths.length).map(({path}) => path)).to.have.members(paths);
    }),
  );
});

describe('temporary files in a home', () => {
  it(
    'M5: that may hold a key are errors, unless they are being written, and the others are nothing',
    withHome(async home => {
      await storeOne(home);
      const keys = [home.keyFile, join(home.tls, 'callback.key')].map(temporaryPath);
      const others = [home.vaultFile, home.configFile, join(home.tls, 'callback.crt')].map(temporaryPath);
      for (const path of [...keys, ...others]) await writeFile(path, '', {mode: 0o600});
      expect(await problemsOf(home)).to.deep.equal(keys.map(path => `error FILE_UNSAFE ${path}`));
      await isAbandoned(keys[0]!, async () => {
        expect(await problemsOf(home)).to.deep.equal([`error FILE_UNSAFE ${keys[1]}`]);
      });
    }),
  );

  it(
    'M5: that hold the key of a certificate are removed when the next one is made',
    withHome(async home => {
      await mkdir(home.tls, {mode: 0o700});
      const path = temporaryPath(join(home.tls, 'callback.key'));
      await writeFile(path, '', {mode: 0o600});
      await loopbackCertificate(home.tls);
      expect((await readdir(home.tls)).sort()).to.deep.equal(['callback.crt', 'callback.key']);
    }),
  );
});

describe('folders above a home', () => {
  const homeIn = (folder: string) => findHome({TOOL_HOME: join(folder, 'home')});

  /** Makes a home in a folder of this mode and group. */
  async function below({folder}: Home, mode: number, gid?: number): Promise<[Home, string]> {
    const parent = join(folder, "o'parent");
    await mkdir(parent);
    if (gid !== undefined) await chown(parent, process.getuid!(), gid);
    await chmod(parent, mode);
    const home = homeIn(parent);
    await mkdir(home.folder, {mode: 0o700});
    return [home, parent];
  }

  for (const mode of [0o777, 0o757, 0o702])
    it(`L12: are reported with mode ${mode.toString(8)}, with the command that helps`, async function () {
      needsPosix(this);
      await withHome(async base => {
        const [home, parent] = await below(base, mode);
        const {problems} = await verifyVault(vaultIn(home), home);
        expect(problems).to.have.length(1);
        expect(problems[0]).to.include({path: parent, level: 'warning'});
        expect(problems[0]!.error.suggestions[0]).to.equal(
          `Run: chmod go-w '${parent.replace("'", "'\\''")}'`,
        );
      })();
    });

  for (const mode of [0o1777, 0o755, 0o700])
    it(`L12: are not reported with mode ${mode.toString(8)}`, async function () {
      needsPosix(this);
      await withHome(async base => {
        const [home] = await below(base, mode);
        expect(await problemsOf(home)).to.deep.equal([]);
      })();
    });

  it('L12: are reported if a group of others can change them, or another user owns them', async function () {
    needsRoot(this);
    await withHome(async base => {
      const [home, parent] = await below(base, 0o775, 65534);
      expect(await problemsOf(home)).to.deep.equal([`warning FILE_UNSAFE ${parent}`]);
      await chmod(parent, 0o755);
      expect(await problemsOf(home)).to.deep.equal([]);
      await chown(parent, 65534, 65534);
      expect(await problemsOf(home)).to.deep.equal([`warning FILE_UNSAFE ${parent}`]);
      await rm(home.folder, {recursive: true});
    })();
  });
});
