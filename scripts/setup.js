// Prepares a checkout: installs the dependencies if the lock file changed and builds if a source changed.
import {execSync} from 'node:child_process';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));

/** When a file last changed, or 0 if it does not exist. */
const changed = path => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = folder =>
  Math.max(...readdirSync(folder, {recursive: true}).map(name => changed(join(folder, name))));
const run = command => execSync(command, {stdio: ['ignore', 'ignore', 'inherit']});

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  process.stderr.write('Installing the dependencies…\n');
  // Not `npm ci`: it fails if the registry lacks optional packages for other systems.
  run('npm install --no-save --no-audit --no-fund --loglevel=error');
}
if (
  changed('oclif.manifest.json') < Math.max(newest('src'), newest('scripts'), changed('package.json')) ||
  !existsSync('dist') ||
  !existsSync('bundle')
) {
  process.stderr.write('Building…\n');
  run('npm run build --silent --loglevel=error');
}
