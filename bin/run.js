#!/usr/bin/env node
// oclif would print arguments because of DEBUG, and Node requests because of NODE_DEBUG. Both may hold a secret.
const {DEBUG, NODE_DEBUG} = process.env;
delete process.env.DEBUG;
delete process.env.NODE_DEBUG;

// A diagnostic report holds the environment, the arguments and every property of an error.
Object.assign(process.report, {
  reportOnSignal: false,
  reportOnUncaughtException: false,
  reportOnFatalError: false,
});

// Node's own handler would open the inspector, to which every user of the machine can connect.
process.on('SIGUSR1', () => {});

load().start(process.argv.slice(2), {DEBUG, NODE_DEBUG});

function load() {
  try {
    return require('../bundle/main.js');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write(
      'The command is not built yet. In a clone, run: npm install --no-save && npm run build\n',
    );
    return process.exit(1);
  }
}
