import {execFile, execFileSync} from 'node:child_process';
import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {needs} from '../support/needs.js';
import {nodeOfMajor} from '../support/nodes.js';
import {ROOT} from '../support/world.js';

const run = promisify(execFile);

/** What the package holds besides the compiled sources and the bundle. */
const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
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
const BYTES = 800_000;

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
    expect(bundled).to.include.members(['bundle/main.js', 'bundle/LICENSES.txt', 'bundle/package.json']);
    expect(bundled.filter(path => !/\.js$|LICENSES\.txt$|package\.json$/.test(path))).to.deep.equal([]);
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
});
