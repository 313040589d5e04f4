import {join} from 'node:path';
import {expect} from 'chai';
import * as library from '../../src/index.js';
import {examplesInPage, examplesInTypes} from '../support/examples.js';
import {PackedProject} from '../support/packed-project.js';
import {type Result, ROOT, World} from '../support/world.js';

const EXAMPLES = [
  ...examplesInTypes(join(ROOT, 'dist/index.d.ts')),
  ...examplesInPage(join(ROOT, 'README.md')),
  ...examplesInPage(join(ROOT, 'docs/usage.md')),
].map((example, index) => ({...example, file: `example-${index + 1}`}));

/** The scopes that all the examples together need. */
const SCOPES = ['threads_basic', 'threads_content_publish', 'threads_delete', 'threads_manage_insights'];

describe('the published library', () => {
  let project: PackedProject;
  let world: World;
  before(async () => {
    project = await PackedProject.create();
  });
  after(() => project.destroy());
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  it('can be imported without its dependencies, which are loaded only when used', async () => {
    await project.write(
      'import.js',
      `import * as library from 'agora-vault';
       console.log(Object.keys(library).sort().join());`,
    );
    const {code, stdout, stderr} = await project.node('import.js', world.env());
    expect(stderr).to.equal('');
    expect(stdout).to.equal(`${Object.keys(library).sort().join()}\n`);
    expect(code).to.equal(0);
  });

  describe('with its dependencies', () => {
    let compiled: Result;
    before(async () => {
      await project.linkDependencies();
      for (const {file, code} of EXAMPLES) await project.write(`${file}.ts`, code);
      const files = EXAMPLES.map(({file}) => `${file}.ts`);
      compiled = await project.compile(files, {types: ['node']});
    });

    it('has types that need no other type packages', async () => {
      await project.write(
        'typed.ts',
        `import {openVault, resolveCredential} from 'agora-vault';
         const vault = await openVault({env: {TOOL_HOME: '/nowhere'}});
         const {credential} = await resolveCredential({vault});
         export const token: string = credential.refresh_token;`,
      );
      expect(await project.compile(['typed.ts'], {types: []})).to.include({code: 0, stdout: ''});
    });

    it('has only examples that compile', () => {
      expect(compiled).to.include({code: 0, stdout: ''});
    });

    for (const {title, file} of EXAMPLES) {
      it(`runs the example of ${title}`, async () => {
        await world.store(50, {scopes: SCOPES}, SCOPES);
        const ran = await project.node(`${file}.js`, world.env({BOT_TOKEN: 'THAAfake-token-of-a-bot'}));
        expect(ran.stderr).to.equal('');
        expect(ran.code).to.equal(0);
        expect(ran.stdout)
          .to.match(/\S/)
          .and.not.match(/\bundefined\b/);
      });
    }

    it('has an example of every export and method', () => {
      const {ThreadsClient} = library;
      const methods = [ThreadsClient, ThreadsClient.prototype]
        .flatMap(each => Object.entries(Object.getOwnPropertyDescriptors(each)))
        .filter(([name, {value}]) => name !== 'constructor' && typeof value === 'function')
        .map(([name]) => `ThreadsClient.${name}`);
      expect(methods).to.include('ThreadsClient.post');
      const shown = new Set(EXAMPLES.map(({of}) => of));
      const offered = [...Object.keys(library), ...methods];
      expect(offered.filter(name => !shown.has(name))).to.deep.equal([]);
      expect(EXAMPLES.some(({of}) => of === 'README.md')).to.equal(true);
    });

    it('refreshes the token with one request, without output, handlers or an exit code', async () => {
      const {refresh_token: old} = await world.store(10);
      await project.write(
        'program.js',
        `import {resolveCredential} from 'agora-vault';
         const events = ['SIGINT', 'SIGTERM', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning'];
         const handlers = () => events.map(event => process.listenerCount(event)).join();
         const before = handlers();
         const resolved = await Promise.all(Array.from({length: 5}, () => resolveCredential()));
         const tokens = new Set(resolved.map(({credential}) => credential.refresh_token));
         const {exitCode} = process;
         process.stdout.write(JSON.stringify({tokens: [...tokens], clean: before === handlers(), exitCode}));`,
      );
      const ran = await project.node('program.js', world.env());
      expect(ran).to.include({code: 0, stderr: ''});
      const {tokens, clean, exitCode} = JSON.parse(ran.stdout);
      expect(tokens)
        .to.deep.equal([(await world.stored())!.refresh_token])
        .and.not.include(old);
      expect(world.requests('/refresh_access_token')).to.equal(1);
      expect(clean).to.equal(true);
      expect(exitCode).to.equal(undefined);
    });

    it('throws a VaultError and lets the program continue', async () => {
      await world.store(-1);
      await project.write(
        'program.js',
        `import {resolveCredential, VaultError} from 'agora-vault';
         const error = await resolveCredential().catch(error => error);
         process.stdout.write(JSON.stringify({ours: error instanceof VaultError, error}));`,
      );
      const ran = await project.node('program.js', world.env());
      expect(ran).to.include({code: 0, stderr: ''});
      const {ours, error} = JSON.parse(ran.stdout);
      expect(ours).to.equal(true);
      expect(error).to.include({code: 'CREDENTIAL_EXPIRED', exit_code: 4});
    });
  });
});
