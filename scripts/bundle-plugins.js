// What scripts/bundle.js does beyond bundling, as esbuild plugins: they decide when a module loads and in which file it
// is. Only `fasterOclif` changes the code of a package.
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, relative} from 'node:path';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
const oclif = join(dirname(require.resolve('@oclif/core/package.json')), 'lib');
const everything = {filter: /.*/};

/** Node's slower built-in modules load when one of their exports is first used. */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({onLoad, onResolve}) {
    const slow =
      /^node:(child_process|crypto|fs\/promises|https?|net|os|perf_hooks|readline|stream|timers\/promises)$/;
    onResolve({filter: slow}, ({path, kind, importer}) => {
      const isOurs = importer.startsWith(join(root, 'dist')) || importer.startsWith(oclif);
      return isOurs && kind !== 'dynamic-import' ? {path, namespace: 'builtin'} : undefined;
    });
    onLoad({...everything, namespace: 'builtin'}, ({path}) => {
      const getters = Object.keys(require(path)).map(
        name => `get ${name}() { return require('${path}').${name} }`,
      );
      return {contents: `module.exports = {${getters}}`};
    });
  },
};

/** The packages that oclif uses only to find plugins. */
const FINDERS = ['lilconfig', 'minimatch', 'tinyglobby'];

/** The parts of oclif that a command can do without, by the files that they are put into. */
const FILES = {
  plugins: new RegExp(`^(module-loader|config/ts-path|${FINDERS.join('|')})$`),
  oclif: /^(config|help|ux)\/|^errors\/(?!index)|^parser\/(errors|help)|^(main|performance|screen)$/,
};
const fileOf = part => Object.keys(FILES).find(file => FILES[file].test(part));
const idOf = part => (FINDERS.includes(part) ? part : `./${part}`);

/**
 * Every module of oclif loads when one of its exports is first used. What a command can do without is in oclif.js, for
 * help and errors, and in plugins.js, for hooks and plugins.
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
        const isInOclif = isFinder || !part.startsWith('..');
        return isInOclif && (fileOf(part) || from.importer.startsWith(oclif))
          ? {path: part, namespace: 'lazy'}
          : found;
      },
    );
    onLoad({...everything, namespace: 'lazy'}, ({path: part}) => {
      const file = fileOf(part);
      const module = file ? `require('./${file}.js').default['${part}']` : `require('${idOf(part)}')`;
      const get = `get: (_, name) => name === '__esModule' || ${module}[name]`;
      return {contents: `module.exports = new Proxy({}, {${get}})`, resolveDir: oclif};
    });
    onResolve({filter: /^\.\/(oclif|plugins)\.js$/, namespace: 'lazy'}, ({path}) => ({path, external: true}));
    onResolve({filter: /^(oclif|plugins)$/}, ({path}) => ({path, namespace: 'parts'}));
    onLoad({...everything, namespace: 'parts'}, ({path: file}) => {
      const modules = readdirSync(oclif, {recursive: true}).flatMap(
        name => /^(.*)\.js$/.exec(name)?.[1] ?? [],
      );
      const parts = [...modules, ...FINDERS].filter(part => fileOf(part) === file);
      const getters = parts.map(part => `get '${part}'() { return require('${idOf(part)}') }`);
      return {contents: `module.exports = {${getters}}`, resolveDir: oclif};
    });
  },
};

/** Edits of oclif's code, each of which makes the command start much faster: file, old text, new text. */
const EDITS = [
  // It would open stdout's stream to ignore EPIPE. src/cli/output/stdout.ts does that when the stream is needed.
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
  // The first localeCompare loads the rules of all languages. IDs are ASCII.
  ['config/plugin.js', 'a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)'],
];

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
        throw new Error(`Adapt EDITS in scripts/bundle-plugins.js: ${[...left.keys()]} changed.`);
    });
  },
};

/** Every command imports what the most used ones do, so that esbuild puts all that into one file, not into ten. */
export const fewerFiles = {
  name: 'fewer-files',
  setup({onLoad}) {
    const importing = (path, ...names) => ({
      contents: names.map(name => `import '${root}/dist/${name}.js';`).join('') + readFileSync(path, 'utf8'),
    });
    onLoad({filter: /dist[\\/](commands|cli[\\/]exec)[\\/].*\.js$/}, ({path}) =>
      importing(path, 'main', 'commands/utils/tokens/show', 'commands/threads/token'),
    );
    onLoad({filter: /dist[\\/]cli[\\/]unknown-command\.js$/}, ({path}) => importing(path, 'main'));
  },
};
