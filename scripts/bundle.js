// Makes bundle/ of dist/: the command as users run it, in the form that starts soonest. It is CommonJS, in one file
// for what every command needs and one for each part that only some do, and every module is loaded when it is first
// used. bench/README.md has what was tried and what each step gains. bin/load.js loads the files.
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire, isBuiltin} from 'node:module';
import {basename, dirname, join, relative, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build, transform} from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'bundle');
const {name} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Packages that are in the bundle; the others are loaded from where npm put them. */
const BUNDLED = ['@oclif/core', 'is-wsl', 'jose'];
const oclif = dirname(createRequire(import.meta.url).resolve('@oclif/core/package.json'));

/** What of oclif a command needs to run. The rest, for help and mistakes, is a file of its own. */
const NEEDED =
  /^(package\.json|lib\/(command|cache|flags|args|logger|symbols|settings|parser\/(index|parse|validate)|errors\/index|util\/(aggregate-flags|ensure-arg-object|ids|util))\.js)$/;
const REST = './oclif.js';
const rest = new Set();

/** Makes each import that the pattern finds, as a name and the call that loads it, happen at the name's first use. */
function lazily(code, pattern) {
  const names = [];
  const declared = code.replace(pattern, (_, name, load) => {
    names.push(name);
    return `let $${name};\nconst ${name}$ = () => ($${name} ??= ${load});`;
  });
  if (names.length === 0) return code;
  const uses = new RegExp(`(?<![\\w$])(?:${names.join('|')})(?![\\w$])`, 'g');
  return declared.replace(uses, name => `(${name}$())`);
}

const lazyOclif = {
  name: 'lazy-oclif',
  setup({onLoad, onResolve}) {
    onLoad({filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/}, ({path}) => {
      // src/cli/output/stdout.ts does the same, and only once there is a stream.
      const code = readFileSync(path, 'utf8').replace(/^process\.stdout\.on\('error'.*?^\}\);$/ms, '');
      return {contents: lazily(code, /^(?:const|var) (\w+_\d+) = (.*require\("[^"]+"\).*);$/gm)};
    });
    // What DEBUG would print may hold a secret, so it is never obeyed.
    onResolve({filter: /^debug$/}, () => ({path: 'debug', namespace: 'silent'}));
    onLoad({filter: /.*/, namespace: 'silent'}, () => ({
      contents: 'module.exports = () => Object.assign(() => {}, {enabled: false});',
    }));
  },
};

const withoutRest = {
  name: 'without-rest',
  setup({onLoad, onResolve, resolve}) {
    onResolve({filter: /.*/, namespace: 'rest'}, ({path}) => ({path, external: true}));
    onResolve({filter: /^(\.|@oclif\/core)/}, async ({path, pluginData, ...from}) => {
      if (pluginData === withoutRest) return undefined;
      const found = await resolve(path, {...from, pluginData: withoutRest});
      const part = relative(oclif, found.path).replaceAll('\\', '/');
      if (part.startsWith('..') || NEEDED.test(part)) return found;
      rest.add(part);
      return {path: part, namespace: 'rest'};
    });
    onLoad({filter: /.*/, namespace: 'rest'}, ({path}) => ({
      contents: `module.exports = require('${REST}')['${path}']();`,
    }));
  },
};

/** Can every node load it by `require`, which is also the faster way? Our own files, and packages in CommonJS. */
function isRequired(id) {
  if (id.startsWith('.')) return true;
  const path = join(root, 'node_modules', packageOf(id), 'package.json');
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).type !== 'module';
}

const packageOf = id => /^(?:@[^/]+\/)?[^/]+/.exec(id)[0];

/** Our own imports of packages, except those that only a bundle can turn into CommonJS. */
const packagesOutside = {
  name: 'packages-outside',
  setup({onResolve}) {
    onResolve({filter: /^[^./]/}, ({path, kind, resolveDir}) => {
      const isOurs = relative(join(root, 'dist'), resolveDir).split(sep)[0] !== '..';
      if (!isOurs || isBuiltin(path) || BUNDLED.includes(packageOf(path))) return undefined;
      return kind === 'dynamic-import' || isRequired(path) ? {path, external: true} : undefined;
    });
  },
};

const {commands} = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'));
const index = Object.entries(commands).map(([id, {args, strict}]) => [id, {args, strict}]);

const settings = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  define: {COMMAND_INDEX: JSON.stringify(JSON.stringify(Object.fromEntries(index)))},
  outdir: out,
  write: false,
  metafile: true,
};

/** The output's files by their names, as CommonJS. */
async function commonJs({outputFiles}) {
  const files = outputFiles.map(async ({path, text}) => {
    const importing = text.replaceAll(/\bimport\("([^"]+)"\)/g, (call, id) =>
      isRequired(id) ? call : `$${call}`,
    );
    const {code} = await transform(importing, {
      format: 'cjs',
      platform: 'node',
      target: 'node20.19',
      supported: {'dynamic-import': false},
      define: {'import.meta.dirname': '__dirname'},
      logOverride: {'empty-import-meta': 'error'},
    });
    return [basename(path), lazily(code, /^var (import_\w+) = (.*require\("[^"]+"\).*);$/gm)];
  });
  return Object.fromEntries(await Promise.all(files));
}

/** The files that every command imports, however it is called. */
function neededByAll({outputs}) {
  const withImports = path =>
    [path].concat(
      outputs[path].imports
        .filter(each => each.kind === 'import-statement' && each.path in outputs)
        .flatMap(each => withImports(each.path)),
    );
  const entries = Object.keys(outputs).filter(path => outputs[path].entryPoint);
  const isCommand = path => outputs[path].entryPoint.startsWith('dist/commands/');
  const commands = entries.filter(isCommand).map(withImports);
  const shared = commands[0].filter(path => commands.every(imports => imports.includes(path)));
  const main = entries.find(path => outputs[path].entryPoint === 'dist/main.js');
  return [...new Set([...withImports(main), ...shared])].map(path => basename(path));
}

/** The licences of the packages that the outputs hold. */
function licences(...metafiles) {
  const folders = metafiles.flatMap(({inputs}) =>
    Object.keys(inputs).map(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? ''),
  );
  return [...new Set(folders)]
    .filter(Boolean)
    .sort()
    .map(folder => {
      const {name, version, license} = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(root, folder)).find(each => /^licen[cs]e/i.test(each));
      const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : license;
      return `${name} ${version}\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

const command = await build({
  ...settings,
  entryPoints: ['dist/main.js'],
  format: 'esm',
  splitting: true,
  plugins: [packagesOutside, withoutRest, lazyOclif],
});
const others = await build({
  ...settings,
  stdin: {
    contents: `module.exports = {${[...rest].sort().map(part => `'${part}': () => require('./${part}')`)}};`,
    resolveDir: oclif,
  },
  entryNames: basename(REST, '.js'),
  format: 'cjs',
  plugins: [lazyOclif],
});
const child = await build({
  ...settings,
  entryPoints: ['dist/vault/keys/keychain-child.js'],
  format: 'cjs',
  plugins: [packagesOutside],
});

const parts = {...(await commonJs(command)), ...(await commonJs(others))};
const PARAMETERS = 'exports, require, module, __filename, __dirname, $import';
const asFunction = part => `(function (${PARAMETERS}) {\n${parts[part]}})`;
const start = neededByAll(command.metafile);
const files = {
  'start.js': `({\n${start.map(part => `'${part}': ${asFunction(part)}`).join(',\n')}\n})\n`,
  ...Object.fromEntries(
    Object.keys(parts)
      .filter(part => !start.includes(part))
      .map(part => [part, `${asFunction(part)}\n`]),
  ),
  'keychain-child.js': child.outputFiles[0].text,
  'LICENSES.txt': licences(command.metafile, others.metafile),
};
const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex');
files['package.json'] = `${JSON.stringify({name, type: 'commonjs', build: digest.slice(0, 16)})}\n`;

rmSync(out, {recursive: true, force: true});
mkdirSync(out);
for (const [file, content] of Object.entries(files)) writeFileSync(join(out, file), content);
