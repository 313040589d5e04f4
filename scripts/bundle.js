// Makes bundle/ from dist/: the command as users run it. It holds our code and every JavaScript package that the command
// uses; src/native.ts loads the two native ones. A gain is what a step saves a short command on Node 20, as a ratio to
// `node -e 0` (bench/README.md).
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build, transform} from 'esbuild';
import {commandIndex} from '../dist/cli/manifest.js';
import {fasterOclif, fewerFiles, lazyOclif} from './bundle-plugins.js';
import {licenses} from './licenses.js';
import {sbom} from './sbom.js';

const root = join(import.meta.dirname, '..');
const out = join(root, 'bundle');
const common = {
  platform: 'node',
  target: 'node20.19',
  // The package `open` looks for a file of its own by import.meta.url, and manages where there is none.
  define: {'import.meta.dirname': '__dirname', 'import.meta.url': 'undefined'},
};
const settings = {...common, absWorkingDir: root, outdir: out, bundle: true};

const {metafile, outputFiles} = await build({
  ...settings,
  entryPoints: {main: 'dist/main.js', oclif: 'oclif', plugins: 'plugins'},
  format: 'esm', // The only format that esbuild can split, so that a command loads no more than its part.
  splitting: true,
  plugins: [
    lazyOclif, // Gains 0.8.
    fasterOclif, // Gains 0.1, on --help 0.3.
    fewerFiles, // Gains 0.15.
  ],
  // Gains 0.1: the manifest takes longer to read.
  define: {...common.define, COMMAND_INDEX: JSON.stringify(JSON.stringify(commandIndex()))},
  alias: {
    debug: './scripts/stand-ins/debug.cjs',
    'ajv/dist/2020.js': './scripts/stand-ins/ajv.js',
    'ajv-formats': './scripts/stand-ins/ajv.js',
    semver: './scripts/stand-ins/semver.cjs',
  },
  write: false,
  metafile: true,
});

rmSync(out, {recursive: true, force: true});
mkdirSync(out);
for (const {path, text} of outputFiles) {
  // CommonJS gains 0.3 to 0.5: Node 20 takes long to start its loader for ES modules. Every import() becomes a require(),
  // except in plugins.js, where oclif imports hooks and plugins that may be ES modules.
  const {code} = await transform(text, {
    ...common,
    format: 'cjs',
    supported: {'dynamic-import': path === join(out, 'plugins.js')},
  });
  writeFileSync(path, code);
}

// A file of its own, since it runs as a process of its own.
await build({...settings, entryPoints: ['dist/vault/keys/keychain-child.js'], format: 'cjs'});

writeFileSync(join(out, 'package.json'), '{"type": "commonjs"}\n');
writeFileSync(join(out, 'LICENSES.txt'), licenses(root, Object.keys(metafile.inputs)));
writeFileSync(
  join(out, 'sbom.cdx.json'),
  `${JSON.stringify(sbom(root, Object.keys(metafile.inputs)), null, 2)}\n`,
);
