// Checks the package as npm would publish it: that it can be imported (publint) and that its types match what is imported
// (attw). The library is an ES module only, which Node 20.19 and later can also `require`. Prints only problems.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));

const folder = mkdtempSync(join(tmpdir(), 'agora-vault-package-'));
const run = (command, ...args) => execFileSync(command, args, {encoding: 'utf8', stdio: 'pipe'});
try {
  // Without scripts, so that the existing build is checked.
  const [{filename}] = JSON.parse(
    run('npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder),
  );
  const tarball = join(folder, filename);
  run('publint', tarball, '--strict');
  run('attw', tarball, '--profile', 'esm-only', '--no-emoji');
} catch ({message, stdout, stderr}) {
  process.stderr.write(`${message}\n${stdout ?? ''}${stderr ?? ''}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, {recursive: true});
}
