import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {PackedProject} from '../support/packed-project.js';

const LIST = ['utils', 'tokens', 'list'];

/** A hook that appends a line to the file that HOOK_LOG names. */
const HOOK_BODY = `async options => {
  const {id, argv, Command, error} = options;
  const seen = {event: EVENT, id: id ?? Command?.id, argv, failed: Boolean(error)};
  await appendFile(process.env.HOOK_LOG, JSON.stringify(seen) + '\\n');
}`;
const hook = (event: string) => HOOK_BODY.replace('EVENT', JSON.stringify(event));
const esmHook = (event: string) =>
  `import {appendFile} from 'node:fs/promises';\nexport default ${hook(event)};\n`;
const commonJsHook = (event: string) =>
  `const {appendFile} = require('node:fs/promises');\nmodule.exports = ${hook(event)};\n`;

describe('oclif in the installed package', function () {
  this.timeout(120_000);
  let project: PackedProject;
  let packageJson: {oclif: Record<string, unknown>; dependencies: Record<string, string>};

  before(async () => {
    project = await PackedProject.create();
    await project.linkDependencies();
    packageJson = JSON.parse(await readFile(join(project.installed(), 'package.json'), 'utf8'));
  });
  after(() => project.destroy());
  beforeEach(() => declare({}));

  /** Rewrites the package's own package.json. */
  const declare = (oclif: object, dependencies: object = {}) =>
    project.write(
      'node_modules/agora-vault/package.json',
      JSON.stringify({
        ...packageJson,
        dependencies: {...packageJson.dependencies, ...dependencies},
        oclif: {...packageJson.oclif, ...oclif},
      }),
    );

  describe('with hooks', () => {
    const HOOKS = {
      init: './hooks/init.js',
      prerun: './hooks/prerun.js',
      postrun: './hooks/postrun.cjs',
      finally: './hooks/finally.js',
      command_not_found: './hooks/command-not-found.cjs',
    };

    beforeEach(async () => {
      for (const [event, file] of Object.entries(HOOKS)) {
        const text = file.endsWith('.cjs') ? commonJsHook(event) : esmHook(event);
        await project.write(join('node_modules/agora-vault', file), text);
      }
      await declare({hooks: HOOKS});
    });

    /** Runs the command and returns what its hooks saw. */
    async function observe(args: string[]) {
      const HOOK_LOG = join(project.folder, 'hooks.log');
      await rm(HOOK_LOG, {force: true});
      const result = await project.tool(args, {HOOK_LOG});
      const lines = (await readFile(HOOK_LOG, 'utf8').catch(() => '')).split('\n').filter(Boolean);
      return {...result, seen: lines.map(line => JSON.parse(line))};
    }

    it('fires init, prerun, postrun and finally around a command', async () => {
      const {code, stdout, seen} = await observe([...LIST, '--json']);
      expect({code, ...JSON.parse(stdout)}).to.deep.include({code: 0, credentials: []});
      const common = {id: 'utils:tokens:list', argv: ['--json'], failed: false};
      expect(seen).to.deep.equal([
        {event: 'init', ...common},
        {event: 'prerun', ...common},
        {event: 'postrun', ...common},
        {event: 'finally', ...common},
      ]);
    });

    it('gives finally the error of a command that fails, and does not fire postrun', async () => {
      const show = ['utils', 'tokens', 'show', '--platform', 'threads', '--identifier', 'nobody'];
      const {code, stderr, seen} = await observe(show);
      expect(code).to.equal(3);
      expect(stderr.match(/Error: /g)).to.have.length(1);
      expect(seen.map(({event, failed}) => [event, failed])).to.deep.equal([
        ['init', false],
        ['prerun', false],
        ['finally', true],
      ]);
    });

    it('fires command_not_found for an unknown command', async () => {
      const {seen} = await observe(['nope']);
      expect(seen.map(({event}) => event)).to.deep.equal(['init', 'command_not_found', 'finally']);
    });

    it('fires init and finally around --help and --version', async () => {
      for (const args of [['--help'], ['--version'], ['threads', 'token', '--help'], ['threads']]) {
        const {code, seen} = await observe(args);
        expect(code).to.equal(0);
        expect(seen.map(({event}) => event)).to.deep.equal(['init', 'finally']);
      }
    });

    it('lets a hook end the command with an exit code', async () => {
      await project.write(
        'node_modules/agora-vault/hooks/init.js',
        `export default async function () { this.error('Not today', {exit: 9}); }`,
      );
      const {code, stderr} = await observe(LIST);
      expect({code, stderr}).to.deep.include({code: 9}).and.property('stderr').contain('Not today');
    });
  });

  describe('with plugins', () => {
    const NAMES = {'tool-plugin-esm': 'hello', 'tool-plugin-commonjs': 'hola'};

    beforeEach(async () => {
      const body = (name: string) => `class Said extends Command {
        static aliases = ['${name}-alias'];
        static summary = 'Say ${name}';
        async run() {
          const {bin, plugins, dataDir} = this.config;
          this.log(JSON.stringify({said: '${name}', bin, plugins: [...plugins.keys()], dataDir}));
        }
      }`;
      const texts = {
        module: (name: string) =>
          `import {Command} from '@oclif/core';\nawait null;\nexport default ${body(name)}\n`,
        commonjs: (name: string) =>
          `const {Command} = require('@oclif/core');\nmodule.exports = ${body(name)}\n`,
      };
      for (const [plugin, name] of Object.entries(NAMES)) {
        const type = plugin.endsWith('esm') ? 'module' : 'commonjs';
        const folder = `node_modules/${plugin}`;
        const oclif = {commands: './commands', bin: 'tool', topicSeparator: ' '};
        await project.write(
          `${folder}/package.json`,
          JSON.stringify({name: plugin, version: '1.0.0', type, main: 'commands/x.js', oclif}),
        );
        await project.write(`${folder}/commands/greet/${name}.js`, texts[type](name));
      }
      const dependencies = Object.fromEntries(Object.keys(NAMES).map(name => [name, '1.0.0']));
      await declare({plugins: Object.keys(NAMES)}, dependencies);
    });

    for (const [plugin, name] of Object.entries(NAMES)) {
      it(`runs the command of ${plugin}, also by its alias`, async () => {
        for (const words of [['greet', name], [`${name}-alias`]]) {
          const {code, stdout, stderr} = await project.tool(words);
          expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
          expect(JSON.parse(stdout)).to.deep.include({said: name, bin: 'tool'});
          expect(JSON.parse(stdout).plugins).to.include.members(['agora-vault', ...Object.keys(NAMES)]);
        }
      });

      it(`shows the command of ${plugin} in help`, async () => {
        const {stdout} = await project.tool(['greet', '--help']);
        expect(stdout).to.match(new RegExp(`^ +greet ${name} +Say ${name}$`, 'm'));
        expect((await project.tool(['help', 'greet', name])).stdout).to.contain(`Say ${name}`);
      });
    }

    it('lists their topic among our own', async () => {
      const {stdout} = await project.tool(['--help']);
      expect(stdout)
        .to.match(/^ {2}greet /m)
        .and.match(/^ {2}threads /m);
    });

    it('completes their commands too', async () => {
      const {stdout} = await project.tool(['complete', '--', 'greet', '']);
      expect(stdout).to.contain('hello').and.contain('hola');
    });

    it('still runs our own commands, from the bundle', async () => {
      const preload = `data:text/javascript,${encodeURIComponent(
        `import {createRequire} from 'node:module';
        process.on('exit', () => {
          const files = Object.keys(createRequire(process.argv[1]).cache);
          console.error(JSON.stringify(files.filter(file => file.includes('/agora-vault/dist/'))));
        });`,
      )}`;
      const {code, stdout, stderr} = await project.tool([...LIST, '--json'], {
        NODE_OPTIONS: `--import=${preload}`,
      });
      expect({code, ...JSON.parse(stdout)}).to.deep.include({code: 0, credentials: []});
      expect(stderr).to.contain('[]');
    });
  });

  it("uses the theme of package.json, and the user's theme before it", async () => {
    await declare({theme: {sectionHeader: 'red'}});
    const colors = {FORCE_COLOR: '1', XDG_CONFIG_HOME: join(project.folder, 'config')};
    const help = async () => (await project.tool(['--help'], colors)).stdout;
    expect(await help()).to.contain('\u001b[31m\u001b[1mUSAGE');
    await project.write('config/tool/theme.json', JSON.stringify({sectionHeader: 'green'}));
    expect(await help()).to.contain('\u001b[32m\u001b[1mUSAGE');
  });
});
