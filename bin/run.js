#!/usr/bin/env node
// DEBUG makes oclif print the arguments, NODE_DEBUG makes node print requests: both may hold a secret.
const {DEBUG, NODE_DEBUG} = process.env;
delete process.env.DEBUG;
delete process.env.NODE_DEBUG;

// A diagnostic report holds the environment, the arguments and an error's every property.
Object.assign(process.report, {
  reportOnSignal: false,
  reportOnUncaughtException: false,
  reportOnFatalError: false,
});

const {start} = require('./load.js').load('main.js');
start(process.argv.slice(2), {DEBUG, NODE_DEBUG});
