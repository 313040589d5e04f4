// esbuild plugins for scripts/bundle.js. They decide in which file a module is and when it loads. Only `fasterOclif`
// changes the code of a package.
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, relative} from 'node:path';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
const oclif = join(dirname(require.resolve('@oclif/core/package.json')), 'lib');

/** Packages that oclif needs only to find plugins. */
const FINDERS = ['lilconfig', 'minimatch', 'tinyglobby'];

/** The parts of oclif that a command can do without, by the file that holds them. */
const FILES = {
  plugins: new RegExp(`^(module-loader|config/ts-path|${FINDERS.join('|')})$`),
  oclif: /^(config|help|ux)\/|^errors\/(?!index)|^parser\/(errors|help)|^(main|performance|screen)$/,
};
const fileOf = part => Object.keys(FILES).find(file => FILES[file].test(part));
const idOf = part => (FINDERS.includes(part) ? part : `./${part}`);

/**
 * Loads each module of oclif when one of its exports is first used: requiring it returns a Proxy at first. What a command
 * can do without is in files of its own: oclif.js for help and errors, plugins.js for hooks and plugins.
 */
export const lazyOclif = {
  name: 'lazy-oclif',
  setup({onLoad, onResolve, resolve}) {
    onResolve(
      {filter: /^\.|^@oclif\/core|^(lilconfig|minimatch|tinyglobby)$/},
      async ({path, pluginData, ...from}) => {
        if (pluginData === 'resolved' || from.namespace !== 'file') return undefined;
        const found = await resolve(path, {...from, pluginData: 'resolved'});
        const isFinder = FINDERS.includes(path);
        const part = isFinder ? path : relative(oclif, found.path).replaceAll('\\', '/').replace(/\.js$/, '');
        if (part.startsWith('..')) return found;
        return fileOf(part) || from.importer.startsWith(oclif) ? {path: part, namespace: 'lazy'} : found;
      },
    );
    onLoad({filter: /.*/, namespace: 'lazy'}, ({path: part}) => {
      const file = fileOf(part);
      const module = file ? `require('./${file}.js').default['${part}']` : `require('${idOf(part)}')`;
      const get = `get: (_, name) => name === '__esModule' || ${module}[name]`;
      return {contents: `module.exports = new Proxy({}, {${get}})`, resolveDir: oclif};
    });
    onResolve({filter: /^\.\/(oclif|plugins)\.js$/, namespace: 'lazy'}, ({path}) => ({path, external: true}));
    onResolve({filter: /^(oclif|plugins)$/}, ({path}) => ({path, namespace: 'parts'}));
    onLoad({filter: /.*/, namespace: 'parts'}, ({path: file}) => {
      const modules = readdirSync(oclif, {recursive: true}).flatMap(
        name => /^(.*)\.js$/.exec(name)?.[1] ?? [],
      );
      const parts = [...modules, ...FINDERS].filter(part => fileOf(part) === file);
      const getters = parts.map(part => `get '${part}'() { return require('${idOf(part)}') }`);
      return {contents: `module.exports = {${getters}}`, resolveDir: oclif};
    });
  },
};

/** Edits of oclif's code: file, old text, new text. */
const EDITS = [
  // Gains 0.1 on a short command. oclif opens stdout's stream at once, to ignore EPIPE and throw other errors as they
  // are. src/cli/output/stdout.ts does that once the stream is needed, and throws an error that names a full disk.
  [
    'command.js',
    `process.stdout.on('error', (err) => {
    if (err && err.code === 'EPIPE')
        return;
    throw err;
});
`,
    '',
  ],
  // Gains 0.3 on --help. The first localeCompare loads the rules of all languages, but IDs are ASCII.
  ['config/plugin.js', 'a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)'],
];

/** Applies EDITS. The build fails if oclif's code has changed there. */
export const fasterOclif = {
  name: 'faster-oclif',
  setup({onEnd, onLoad}) {
    const left = new Map(EDITS.map(([file, before, after]) => [join(oclif, file), {before, after}]));
    onLoad({filter: /core[\\/]lib[\\/].*\.js$/}, ({path}) => {
      const edit = left.get(path);
      const parts = edit && readFileSync(path, 'utf8').split(edit.before);
      if (parts?.length !== 2) return undefined;
      left.delete(path);
      return {contents: parts.join(edit.after)};
    });
    onEnd(() => {
      if (left.size > 0)
        throw new Error(`Adapt EDITS in scripts/bundle-plugins.js: ${[...left.keys()].join(', ')} changed.`);
    });
  },
};

/**
 * Makes every command import what the most used ones do. esbuild then puts all that into one file; otherwise it makes one
 * for each set of commands that share a module, and a command would load ten.
 */
export const fewerFiles = {
  name: 'fewer-files',
  setup({onLoad}) {
    const importing = (path, ...names) => ({
      contents: [
        ...names.map(name => `import ${JSON.stringify(join(root, 'dist', `${name}.js`))};`),
        readFileSync(path, 'utf8'),
      ].join(''),
    });
    // Whatever is loaded by import(): commands, and the rarer parts of a command.
    const entries =
      /dist[\\/](commands[\\/].*|cli[\\/]exec[\\/].*|credentials[\\/](login|refresh-all|status)|cli[\\/]output[\\/]times)\.js$/;
    onLoad({filter: entries}, ({path}) =>
      importing(path, 'main', 'commands/utils/tokens/show', 'commands/threads/token'),
    );
    onLoad({filter: /dist[\\/]cli[\\/]unknown-command\.js$/}, ({path}) => importing(path, 'main'));
  },
};
