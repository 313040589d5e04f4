// Preloaded into a command: starting any child process makes it fail.
import childProcess from 'node:child_process';
import {syncBuiltinESMExports} from 'node:module';

for (const name of ['spawn', 'fork', 'exec', 'execFile', 'spawnSync', 'execSync', 'execFileSync']) {
  childProcess[name] = () => {
    process.stderr.write(`a child process was started by ${name}\n`);
    process.exit(99);
  };
}
syncBuiltinESMExports();
