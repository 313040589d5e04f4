// Makes a checkout ready to run: dependencies as the lock file has them, and a build no older than its sources.
import {execSync} from 'node:child_process';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));

const changed = path => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = folder =>
  Math.max(...readdirSync(folder, {recursive: true}).map(name => changed(join(folder, name))));
const run = command => execSync(command, {stdio: ['ignore', 'ignore', 'inherit']});

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  process.stderr.write('Installing the dependencies…\n');
  // Not `npm ci`: it fails where a registry lacks the packages of another system that a tool may use there.
  run('npm install --no-save --no-audit --no-fund --loglevel=error');
}
if (
  changed('oclif.manifest.json') <
    Math.max(newest('src'), changed('package.json'), changed('scripts/bundle.js')) ||
  !existsSync('dist') ||
  !existsSync('bundle')
) {
  process.stderr.write('Building…\n');
  run('npm run build --silent --loglevel=error');
}
