import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rename, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {expect} from 'chai';
import {PackedProject} from '../support/packed-project.js';
import {ROOT} from '../support/world.js';

const NAMES = ['keytar', 'fs-native-extensions'];

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

  async function findings(): Promise<string> {
    const {stdout} = await project.tool(['doctor', '--json'], {TOOL_KEY_STORE: 'keychain'});
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
});
