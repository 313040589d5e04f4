// Preloaded into a command: starting any other process is a failure.
import childProcess from 'node:child_process';
import {syncBuiltinESMExports} from 'node:module';

for (const name of ['spawn', 'fork', 'exec', 'execFile', 'spawnSync', 'execSync', 'execFileSync']) {
  childProcess[name] = () => {
    process.stderr.write(`a child process was started by ${name}\n`);
    process.exit(99);
  };
}
syncBuiltinESMExports();
