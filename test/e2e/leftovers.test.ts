import {execFileSync, spawnSync} from 'node:child_process';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {needsPrograms} from '../support/needs.js';
import {ROOT, TOOL, World} from '../support/world.js';

const KILL_AT = join(ROOT, 'test/support/kill-at.mjs');

describe('what a killed command leaves behind', function () {
  this.timeout(240_000);
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  /** Runs a command once to its end, and then again until this step. */
  async function killBefore(step: string, args: string[], prepare = async () => {}): Promise<void> {
    const log = join(world.folder, 'steps');
    const preload = [KILL_AT];
    await prepare();
    expect((await world.run(args, {preload, env: {STEPS_LOG: log}})).code).to.equal(0);
    const steps = (await readFile(log, 'utf8')).split('\n');
    expect(steps).to.include(step);
    const env = {STEPS_LOG: log, KILL_AT: String(steps.indexOf(step) + 1)};
    await prepare();
    expect((await world.run(args, {preload, env})).code).to.equal(null);
  }

  const leftIn = async (folder: string) => (await readdir(folder)).filter(name => name.endsWith('.tmp'));

  describe('of a key', () => {
    let path: string;
    beforeEach(async () => {
      await world.store(10);
      await killBefore('rename .vault.key.tmp', ['utils', 'vault', 'rotate-key']);
      const names = await leftIn(world.home.folder);
      expect(names).to.have.length(1);
      path = join(world.home.folder, names[0]!);
      expect(JSON.parse(await readFile(path, 'utf8')).keys).not.to.deep.equal([]);
    });

    it('M5: is an error in verify and doctor, with the command that removes it', async () => {
      const verified = await world.json(['utils', 'vault', 'verify']);
      expect(verified.code).to.equal(6);
      expect(verified.value.problems.map((each: {path: string}) => each.path)).to.deep.equal([path]);
      const diagnosed = await world.json(['doctor']);
      expect(diagnosed.code).to.equal(6);
      const [finding] = diagnosed.value.findings.filter(({level}: {level: string}) => level === 'error');
      expect(finding.message).to.contain(path);
      execFileSync('sh', ['-c', finding.suggestions[0].replace(/^Remove it: /, '')]);
      expect((await world.run(['utils', 'vault', 'verify'])).code).to.equal(0);
      expect(await leftIn(world.home.folder)).to.deep.equal([]);
    });

    it('M5: is removed by the next command that writes a record', async () => {
      expect((await world.run(['threads', 'token'])).code).to.equal(0);
      expect(await leftIn(world.home.folder)).to.deep.equal([]);
    });

    it('M5: is removed by the next rotation', async () => {
      expect((await world.run(['utils', 'vault', 'rotate-key'])).code).to.equal(0);
      expect(await leftIn(world.home.folder)).to.deep.equal([]);
    });
  });

  describe('of a .env file', () => {
    let project: string;
    let set: string[];
    beforeEach(async () => {
      await world.store(50);
      project = world.home.folder; // Where steps are counted.
      set = ['utils', 'tokens', 'set-env', join(project, '.env')];
      await killBefore('rename .env.tmp', set, () =>
        writeFile(join(project, '.env'), 'THREADS_REFRESH_TOKEN=old\n', {mode: 0o644}),
      );
      expect(await leftIn(project)).to.have.length(1);
    });

    it('M5: has a name that the ignore rule .env* matches', async function () {
      needsPrograms(this, 'git');
      execFileSync('git', ['init', '--quiet', project]);
      await writeFile(join(project, '.gitignore'), '.env*\n');
      const status = execFileSync('git', ['-C', project, 'status', '--porcelain', '-uall'], {
        encoding: 'utf8',
      });
      expect(status).not.to.contain('.tmp');
      expect((await leftIn(project))[0]).to.match(/^\.env\.[0-9a-f]{16}\.tmp$/);
    });

    it('M5: is removed by the next command that writes the file', async () => {
      expect((await world.run([...set, '--variable', 'other'])).code).to.equal(0);
      expect(await leftIn(project)).to.deep.equal([]);
    });

    it('M5: is an error in a doctor that runs in that folder', async () => {
      const {status, stdout} = spawnSync(process.execPath, [TOOL, 'doctor'], {
        cwd: project,
        // The sandbox cannot answer meanwhile.
        env: world.env({TOOL_THREADS_API_URL: 'http://127.0.0.1:9'}),
        encoding: 'utf8',
      });
      expect(status).to.equal(6);
      expect(stdout).to.contain(`rm '${join(project, (await leftIn(project))[0]!)}'`);
    });
  });
});
