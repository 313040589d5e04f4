import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {
  appendFile,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {expect} from 'chai';
import {needsKeytar} from '../support/needs.js';
import {PackedProject} from '../support/packed-project.js';
import {ROOT, World} from '../support/world.js';

const NAMES = ['keytar', 'fs-native-extensions'];
/** The JavaScript that fs-native-extensions would need if its own were run. */
const LOADERS = [
  'bare-addon-resolve',
  'bare-module-resolve',
  'bare-semver',
  'require-addon',
  'which-runtime',
];

describe('the native packages', function () {
  this.timeout(120_000);
  let parent: string;
  let project: PackedProject;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'agora-vault-native-'));
    project = await PackedProject.create(parent);
  });
  afterEach(() => rm(parent, {recursive: true}));

  /** Links the packages of the checkout into a `node_modules` folder. */
  async function link(modules: string): Promise<void> {
    await mkdir(modules, {recursive: true});
    for (const name of NAMES) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }

  async function findings(env: NodeJS.ProcessEnv = {}): Promise<string> {
    const {stdout} = await project.tool(['doctor', '--json'], {TOOL_KEY_STORE: 'keychain', ...env});
    return JSON.stringify(JSON.parse(stdout).findings);
  }

  it('L3: are not loaded from a folder above the one that holds the package', async () => {
    const loaded = join(parent, 'loaded');
    for (const name of NAMES) {
      const folder = join(parent, 'node_modules', name);
      await mkdir(folder, {recursive: true});
      const code = `require('node:fs').appendFileSync(${JSON.stringify(loaded)}, ${JSON.stringify(name)});`;
      await writeFile(join(folder, 'index.js'), code);
    }
    expect(await findings())
      .to.contain('no keychain')
      .and.not.contain('The lock library loads');
    // This one looks for a keychain and takes a lock.
    await project.tool(['utils', 'vault', 'rotate-key'], {TOOL_KEY_STORE: 'keychain'});
    expect(existsSync(loaded)).to.equal(false);
  });

  for (const [where, folder] of [
    ['beside the package', '..'],
    ["in the package's own node_modules folder", 'node_modules'],
  ] as const) {
    it(`are loaded ${where}`, async () => {
      await link(join(project.installed(), folder));
      expect(await findings()).to.contain('The lock library loads');
    });
  }

  it("are loaded beside the package's real folder, as pnpm puts them", async () => {
    const real = join(project.folder, 'node_modules/.pnpm/agora-vault@0/node_modules/agora-vault');
    await mkdir(dirname(real), {recursive: true});
    await rename(project.installed(), real);
    await symlink(real, project.installed());
    await link(dirname(real));
    expect(await findings()).to.contain('The lock library loads');
  });

  describe('M6: from a registry that delivers other code', () => {
    /** The binaries for this system, relative to `node_modules`. */
    const binaries: Record<string, string> = {};
    let modules: string;

    before(function () {
      needsKeytar(this);
      const isMusl = existsSync('/etc/alpine-release');
      const {platform, arch} = process;
      binaries.keytar = `keytar/prebuilds/${isMusl ? 'linuxmusl' : platform}-${arch}/keytar.node`;
      binaries['fs-native-extensions'] =
        `fs-native-extensions/prebuilds/${platform}-${arch}${isMusl ? '-musl' : ''}/fs-native-extensions.node`;
    });
    beforeEach(async () => {
      modules = join(project.installed(), '..');
      for (const name of NAMES)
        await cp(join(ROOT, 'node_modules', name), join(modules, name), {recursive: true});
      for (const name of LOADERS) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    });

    const sha256 = async (path: string) =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex');

    it('runs no JavaScript of the two packages', async () => {
      const ran = join(parent, 'ran');
      const code = `require('node:fs').appendFileSync(${JSON.stringify(ran)}, 'ran');`;
      for (const script of ['keytar/lib/keytar.js', 'fs-native-extensions/index.js'])
        await writeFile(join(modules, script), code);
      const found = await findings();
      expect(existsSync(ran)).to.equal(false);
      expect(found).to.contain('The lock library loads');
    });

    it('loads neither binary if a byte was added to it, and names the file', async () => {
      for (const name of NAMES) await appendFile(join(modules, binaries[name]!), '\0');
      const found = await findings();
      expect(found).not.to.contain('The lock library loads');
      for (const name of NAMES)
        expect(found).to.contain(
          `${join(modules, binaries[name]!)} is not a file that this version was released with`,
        );
    });

    it('does not fall back to a key file if the binary of keytar is another', async () => {
      await appendFile(join(modules, binaries.keytar!), '\0');
      const world = await World.create();
      try {
        world.tool = join(project.installed(), 'bin/run.js');
        const options = {env: {TOOL_KEY_STORE: 'auto'}};
        const {code, stdout} = await world.startAuthorize(['--json', '--timeout', '10'], options).ended;
        expect(code, stdout).to.equal(5);
        expect(JSON.parse(stdout).error.code).to.equal('KEYCHAIN_FAILED');
        expect(existsSync(world.home.keyFile)).to.equal(false);
      } finally {
        await world.destroy();
      }
    });

    it('loads a keytar that the user compiled only if a variable holds its digest', async () => {
      const compiled = join(modules, 'keytar/build/Release/keytar.node');
      await mkdir(join(compiled, '..'), {recursive: true});
      await rm(join(modules, 'keytar/prebuilds'), {recursive: true});
      await copyFile(join(ROOT, 'node_modules', binaries.keytar!), compiled);
      await appendFile(compiled, 'compiled here');
      const digest = await sha256(compiled);
      expect(await findings())
        .to.contain(`${compiled} is not a file`)
        .and.contain(`export TOOL_NATIVE_SHA256=${digest}`);
      expect(await findings({TOOL_NATIVE_SHA256: digest})).not.to.contain('is not a file');
      expect(
        await findings({TOOL_NATIVE_SHA256: digest.replace(/^./, each => (each === '0' ? '1' : '0'))}),
      ).to.contain('is not a file');
    });
  });
});
