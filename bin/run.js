#!/usr/bin/env node
// DEBUG makes oclif print the arguments, NODE_DEBUG makes node print requests: both may hold a secret.
delete process.env.DEBUG;

// A diagnostic report holds the environment, the arguments and an error's every property.
Object.assign(process.report, {
  reportOnSignal: false,
  reportOnUncaughtException: false,
  reportOnFatalError: false,
});

if (process.env.NODE_DEBUG) {
  // node has read it already; start again without it.
  const {spawn} = await import('node:child_process');
  const {NODE_DEBUG, ...env} = process.env;
  process.stderr.write('NODE_DEBUG is ignored: it would print tokens.\n');
  // NODE_DEBUG=child_process would print the environment that is handed on.
  process.stderr.write = () => true;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
} else {
  const {main} = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), import.meta.url);
}
