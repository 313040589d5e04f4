#!/usr/bin/env node
import {variable} from '../dist/name.js';

// DEBUG makes oclif print the arguments, NODE_DEBUG makes node print requests: both may hold a secret.
const {NODE_DEBUG} = process.env;
for (const name of ['DEBUG', 'NODE_DEBUG']) {
  // The command that `exec` runs gets them back.
  if (process.env[name] && process.argv[2] === 'exec')
    process.env[variable(`EXEC_${name}`)] = process.env[name];
  delete process.env[name];
}

// A diagnostic report holds the environment, the arguments and an error's every property.
Object.assign(process.report, {
  reportOnSignal: false,
  reportOnUncaughtException: false,
  reportOnFatalError: false,
});

if (NODE_DEBUG) {
  // node has read it already; start again without it.
  process.stderr.write('NODE_DEBUG is ignored: it would print tokens.\n');
  // NODE_DEBUG=child_process would print the environment that is handed on.
  process.stderr.write = () => true;
  const {endLike, runCommand} = await import('../dist/cli/run-command.js');
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  endLike(await runCommand(again, process.env));
} else {
  const {main} = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), import.meta.url);
}
