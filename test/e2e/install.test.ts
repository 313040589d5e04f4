import {execFile, execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {isBuiltin} from 'node:module';
import {hostname, tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {KEYRING_PROGRAMS, startKeyring} from '../support/keyring.js';
import {needs, needsKeytar, needsPrograms} from '../support/needs.js';
import {nodeOfMajor} from '../support/nodes.js';
import {ROOT, World} from '../support/world.js';

const run = promisify(execFile);

/** What the package holds besides the compiled sources and the bundle. */
const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'bin/package.json',
  'bin/run.js',
  'demo/browser.js',
  'demo/demo.js',
  'docs/architecture.md',
  'docs/ci.md',
  'docs/commands.md',
  'docs/compare.md',
  'docs/decisions.md',
  'docs/format.md',
  'docs/meta-setup.md',
  'docs/security.md',
  'docs/usage.md',
  'native-digests.json',
  'oclif.manifest.json',
  'package.json',
];
/** The bundle holds every JavaScript package that the command uses. */
const BYTES = 900_000;

describe('the package', function () {
  this.timeout(300_000);
  let folder: string;
  let tarball: string;
  let npm: {cli: string; globalconfig: string};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agora-vault-install-'));
    // Without the scripts: they would build anew under the feet of other tests.
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const [packed] = JSON.parse((await run('npm', pack, {cwd: ROOT})).stdout);
    tarball = join(folder, packed.filename);
    const {stdout} = await run('npm', ['config', 'get', 'globalconfig']);
    const cli = execFileSync('node', [
      '-p',
      'require("fs").realpathSync(process.argv[1])',
      await which('npm'),
    ]);
    npm = {cli: cli.toString().trim(), globalconfig: stdout.trim()};
    // The registry's answers are in npm's cache from here on.
    await install(process.execPath, 'warm', ['--prefer-offline']);
  });
  after(() => rm(folder, {recursive: true, force: true}));

  async function which(program: string): Promise<string> {
    return (await run('sh', ['-c', `command -v ${program}`])).stdout.trim();
  }

  /** Installs the tarball into an empty prefix, as `npm install -g` would; returns the prefix. */
  async function install(node: string, name: string, options: string[]): Promise<string> {
    const prefix = join(folder, name);
    // Another prefix would mean another global npmrc, and with it another registry.
    const args = ['install', '-g', '--prefix', prefix, '--globalconfig', npm.globalconfig, ...options];
    await run(node, [npm.cli, ...args, '--no-audit', '--no-fund', '--ignore-scripts', tarball]);
    return prefix;
  }

  /** The installed command, in a home of its own. */
  async function tool(node: string, prefix: string, args: string[]) {
    const env = {
      PATH: [join(prefix, 'bin'), dirname(node), process.env.PATH].join(delimiter),
      HOME: folder,
      TOOL_HOME: join(prefix, 'home'),
    };
    return run('tool', args, {env}).catch(error => error as {code: number; stdout: string; stderr: string});
  }

  it('holds what it needs, and nothing else', async () => {
    const {stdout} = await run('tar', ['-tzf', tarball]);
    const paths = stdout
      .trim()
      .split('\n')
      .map(path => path.replace('package/', ''));
    expect(paths.filter(path => !/^(dist|bundle)\//.test(path)).sort()).to.deep.equal(FILES);
    const bundled = paths.filter(path => path.startsWith('bundle/'));
    const others = ['bundle/LICENSES.txt', 'bundle/package.json', 'bundle/sbom.cdx.json'];
    expect(bundled).to.include.members(['bundle/main.js', ...others]);
    expect(bundled.filter(path => !path.endsWith('.js')).sort()).to.deep.equal(others);
    const compiled = paths.filter(path => path.startsWith('dist/'));
    expect(compiled.filter(path => !/\.(js|d\.ts)$/.test(path))).to.deep.equal([]);
    expect(compiled).to.include.members(['dist/index.js', 'dist/index.d.ts', 'dist/commands/doctor.js']);
    expect((await stat(tarball)).size).to.be.lessThan(BYTES);
  });

  for (const major of [20, 22, 24]) {
    it(`is installed offline and without scripts on Node ${major}, and runs the demo there`, async function () {
      const node = await nodeOfMajor(major);
      needs(this, `Node ${major}`, node !== undefined);
      const prefix = await install(node!, `on-${major}`, ['--offline']);
      expect((await tool(node!, prefix, ['--version'])).stdout).to.match(
        new RegExp(`^agora-vault/\\S+ \\S+ node-v${major}\\.`),
      );
      const demo = join(prefix, 'lib/node_modules/agora-vault/demo/demo.js');
      const {stdout} = await run(node!, [demo], {env: {PATH: process.env.PATH, HOME: folder}});
      expect(stdout).to.contain('Authorized @sandbox_account').and.contain('End of the demo.');
    });
  }

  it('says that there is no keychain where the optional packages were left out', async () => {
    const prefix = await install(process.execPath, 'without-optional', ['--offline', '--omit=optional']);
    const {stdout} = await tool(process.execPath, prefix, ['doctor', '--json']);
    const text = JSON.stringify(JSON.parse(stdout).findings);
    expect(text).to.contain('no keychain');
    expect(text).to.match(/optional/);
  });

  describe('M6: the code that was tested', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const {packages} = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

    it('has direct dependencies in exact versions, those of the lock file', () => {
      const declared: [string, string][] = Object.entries({
        ...manifest.dependencies,
        ...manifest.optionalDependencies,
      });
      for (const [name, version] of declared) {
        const exact = packages[`node_modules/${name}`].version;
        expect([exact, `npm:@github/keytar@${exact}`], name).to.include(version);
      }
    });

    it('has the digests of every binary that the native packages ship', async () => {
      const digests = JSON.parse(await readFile(join(ROOT, 'native-digests.json'), 'utf8'));
      const shipped: string[] = [];
      for (const name of ['fs-native-extensions', 'keytar']) {
        const found = await readdir(join(ROOT, 'node_modules', name, 'prebuilds'), {recursive: true});
        shipped.push(
          ...found.filter(path => path.endsWith('.node')).map(path => `${name}/prebuilds/${path}`),
        );
      }
      expect(Object.keys(digests)).to.have.members(shipped);
      for (const path of shipped) {
        const digest = createHash('sha256').update(await readFile(join(ROOT, 'node_modules', path)));
        expect(digests[path], path).to.equal(digest.digest('hex'));
      }
    });

    it('is listed in a bill of materials, the same on each machine', async () => {
      const text = await readFile(join(ROOT, 'bundle/sbom.cdx.json'), 'utf8');
      const {bomFormat, components} = JSON.parse(text);
      expect(bomFormat).to.equal('CycloneDX');
      const listed = new Map<string, string>(
        components.map((each: {'bom-ref': string; properties: {value: string}[]}) => [
          each['bom-ref'],
          each.properties[0]!.value,
        ]),
      );
      const licenses = await readFile(join(ROOT, 'bundle/LICENSES.txt'), 'utf8');
      const bundled = licenses.split(/^-{80}\n\n/m).map(each => each.split('\n')[0]!.replace(' ', '@'));
      expect(bundled.length).to.be.greaterThan(50);
      for (const name of bundled) expect(listed.get(name), name).to.equal('true');
      const rest = [...listed].filter(([, value]) => value === 'false').map(([name]) => name);
      expect(rest).to.include.members(['@github/keytar@7.10.6', 'fs-native-extensions@1.5.1']);
      for (const {hashes} of components) expect(hashes[0].alg).to.equal('SHA-512');
      expect(text)
        .not.to.match(/timestamp|serialNumber|registry|resolved/)
        .and.not.contain(ROOT);
      expect(text).not.to.contain(hostname());
      expect(text.match(/https?:\/\/[^/"]+/g)).to.deep.equal(['http://cyclonedx.org']);
    });

    it('imports only modules of Node and files of its own', async () => {
      const files = (await readdir(join(ROOT, 'bundle'))).filter(name => name.endsWith('.js'));
      const foreign: string[] = [];
      for (const name of files) {
        const text = await readFile(join(ROOT, 'bundle', name), 'utf8');
        for (const [, module] of text.matchAll(/\b(?:require|import)\("([^"]+)"\)/g))
          if (!/^\.\.?\//.test(module!) && !isBuiltin(module!)) foreign.push(`${name}: ${module}`);
      }
      expect(foreign).to.deep.equal([]);
    });

    it('is all that runs: no script that npm installed does, even if each was replaced', async function () {
      needsKeytar(this);
      needsPrograms(this, ...KEYRING_PROGRAMS);
      const prefix = await install(process.execPath, 'replaced', ['--offline']);
      const installed = join(prefix, 'lib/node_modules/agora-vault');
      const ran = join(prefix, 'ran');
      const code = `process.getBuiltinModule('node:fs').appendFileSync(${JSON.stringify(ran)}, 'ran');`;
      let replaced = 0;
      for (const path of await filesIn(join(installed, 'node_modules'))) {
        if (!/\.[cm]?js$/.test(path)) continue;
        await writeFile(path, code);
        replaced++;
      }
      expect(replaced).to.be.greaterThan(1000);
      // The attack works where something loads them.
      await run(process.execPath, [join(installed, 'node_modules/keytar/lib/keytar.js')]);
      expect(existsSync(ran)).to.equal(true);
      await rm(ran);

      const count = await runEverydayCommands(installed);
      expect(existsSync(ran)).to.equal(false);
      console.log(`      ${count} commands ran after ${replaced} scripts were replaced`);
    });

    it('is all that runs: everyday commands need only two binaries of what npm installed', async function () {
      needsKeytar(this);
      needsPrograms(this, ...KEYRING_PROGRAMS);
      const prefix = await install(process.execPath, 'stripped', ['--offline']);
      const installed = join(prefix, 'lib/node_modules/agora-vault');
      const removed = await keepOnlyBinaries(join(installed, 'node_modules'));
      expect(removed).to.be.greaterThan(1000);
      expect((await readdir(join(installed, 'node_modules'))).sort()).to.deep.equal([
        'fs-native-extensions',
        'keytar',
      ]);
      const count = await runEverydayCommands(installed);
      console.log(`      ${count} commands ran after ${removed} files were removed`);
    });

    /** Logs in and runs commands with a real keychain and file locks. Returns how many succeeded; all must. */
    async function runEverydayCommands(installed: string): Promise<number> {
      const keyring = await startKeyring();
      const world = await World.create();
      try {
        world.tool = join(installed, 'bin/run.js');
        const env = {TOOL_KEY_STORE: 'keychain', ...keyring.env};
        const login = await world.authorize(['--scope', 'all'], {env});
        expect(login.code, login.stderr).to.equal(0);
        const commands = [
          '--version',
          '--help',
          'threads token',
          'threads refresh',
          'threads status',
          'threads profile',
          'threads post --text hello',
          'threads insights',
          'utils tokens list',
          'utils tokens show --platform threads',
          'utils tokens show --platform threads --format env',
          'utils vault verify',
          'utils vault rotate-key',
          'utils vault rotate-key --to file --yes',
          'utils vault rotate-key --to keychain',
          'doctor',
          'completion bash',
          'exec -- true',
          'utils tokens remove --platform threads --identifier sandbox_account --yes',
        ];
        const failed: string[] = [];
        for (const command of commands) {
          const {code, stderr} = await world.run(command.split(' '), {env});
          if (code !== 0) failed.push(`${command}: ${stderr}`);
        }
        expect(failed).to.deep.equal([]);
        const methods = await readFile(join(world.home.tokens, '.locks/method'), 'utf8');
        expect(methods.trim()).to.equal('addon');
        return commands.length + 1;
      } finally {
        await world.destroy();
        await keyring.close();
      }
    }

    /** Removes every file in a `node_modules` folder except the native binaries, and then the empty folders. */
    async function keepOnlyBinaries(modules: string): Promise<number> {
      const binary = /node_modules\/(keytar|fs-native-extensions)\/prebuilds\/[^/]+\/[^/]+\.node$/;
      const files = (await filesIn(modules)).filter(path => !binary.test(path));
      for (const path of files) await rm(path);
      await run('find', [modules, '-type', 'd', '-empty', '-delete']);
      return files.length;
    }

    async function filesIn(modules: string): Promise<string[]> {
      const all = await readdir(modules, {recursive: true, withFileTypes: true});
      return all.filter(each => !each.isDirectory()).map(({name, parentPath}) => join(parentPath, name));
    }
  });
});
