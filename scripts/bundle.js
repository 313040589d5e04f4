// Makes bundle/ from dist/: the command as users run it. It holds our code and every JavaScript package that the command
// uses; src/native.ts loads the two native ones. The gains are ratios to `node -e 0` on Node 20 (bench/README.md).
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build, transform} from 'esbuild';
import {commandIndex} from '../dist/cli/manifest.js';
import {fasterOclif, fewerFiles, lazyBuiltins, lazyOclif} from './bundle-plugins.js';
import {licenses} from './licenses.js';

const root = join(import.meta.dirname, '..');
const out = join(root, 'bundle');
// The package `open` looks for a file of its own by import.meta.url, and does without where there is none.
const define = {'import.meta.dirname': '__dirname', 'import.meta.url': 'undefined'};
const target = {platform: 'node', target: 'node20.19', define};
const skip = (process.env.SKIP ?? '').split(',');

const {metafile, outputFiles} = await build({
  ...target,
  absWorkingDir: root,
  entryPoints: {main: 'dist/main.js', oclif: 'oclif', plugins: 'plugins'},
  outdir: 'bundle',
  bundle: true,
  format: 'esm', // esbuild splits only ES modules. Splitting gains TODO: a command loads only its own part.
  splitting: true,
  plugins: [
    lazyBuiltins, // Gains TODO.
    lazyOclif, // Gains TODO.
    fasterOclif, // Gains TODO.
    fewerFiles, // Gains TODO.
  ].filter(p => !skip.includes(p.name)),
  // Gains TODO: parsing the whole manifest takes longer.
  define: {...define, COMMAND_INDEX: JSON.stringify(JSON.stringify(commandIndex()))},
  alias: {
    debug: './scripts/stand-ins/debug.cjs',
    'ajv/dist/2020.js': './scripts/stand-ins/ajv.js',
    'ajv-formats': './scripts/stand-ins/ajv.js',
  },
  write: false,
  metafile: true,
});

rmSync(out, {recursive: true, force: true});
mkdirSync(out);
for (const {path, text} of outputFiles) {
  // CommonJS gains TODO: Node 20 takes long to start its loader of ES modules. oclif needs that one to import plugins.
  const {code} = await transform(text, {
    ...target,
    format: 'cjs',
    supported: {'dynamic-import': path === join(out, 'plugins.js')},
  });
  writeFileSync(path, code);
}

// A call that waits for the keychain's prompt runs in a process of its own.
await build({
  ...target,
  absWorkingDir: root,
  entryPoints: ['dist/vault/keys/keychain-child.js'],
  outdir: 'bundle',
  bundle: true,
  format: 'cjs',
});

writeFileSync(join(out, 'package.json'), '{"type": "commonjs"}\n');
writeFileSync(join(out, 'LICENSES.txt'), licenses(root, Object.keys(metafile.inputs)));
if (process.env.META) writeFileSync('/tmp/wt/meta.json', JSON.stringify(metafile));
