// Preloaded into a command that the leak gate observes.
//   OBSERVED_IN  a folder: `children.jsonl` in it gets one line per child process, and `fault.json`, if
//                present, says what fails inside the command, with an error that is full of secrets
import childProcess from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {syncBuiltinESMExports} from 'node:module';
import timers from 'node:timers/promises';

const folder = process.env.OBSERVED_IN;
const record = child => fs.appendFileSync(`${folder}/children.jsonl`, `${JSON.stringify(child)}\n`);

// spawn, exec, execFile and fork all end here.
const spawn = childProcess.ChildProcess.prototype.spawn;
childProcess.ChildProcess.prototype.spawn = function (options) {
  record({arguments: [options.file, ...(options.args ?? [])], environment: options.envPairs ?? []});
  return spawn.call(this, options);
};
for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
  const original = childProcess[name];
  childProcess[name] = (file, ...rest) => {
    const {env = process.env} = rest.find(each => each && !Array.isArray(each)) ?? {};
    const environment = Object.entries(env).map(pair => pair.join('='));
    record({arguments: [file, ...(rest.find(Array.isArray) ?? [])], environment});
    return original(file, ...rest);
  };
}

// Shortens the delays between retries, which are not observed.
const sleep = timers.setTimeout;
timers.setTimeout = (milliseconds, ...rest) =>
  sleep(milliseconds > 300 && milliseconds < 5000 ? 5 : milliseconds, ...rest);

const faultFile = `${folder}/fault.json`;
const {where, secrets} = fs.existsSync(faultFile) ? JSON.parse(fs.readFileSync(faultFile, 'utf8')) : {};

function fullError() {
  const text = Object.values(secrets).join(' ');
  const error = new Error(`Failed with ${text}`, {cause: new Error(text)});
  return Object.assign(error, {...secrets, path: text, config: {headers: {authorization: text}}});
}

/** Calls `before` ahead of every operation on a file under the home. */
function beforeFiles(before) {
  for (const name of ['open', 'readFile', 'readdir', 'lstat', 'mkdir']) {
    const original = fs.promises[name];
    fs.promises[name] = async (path, ...rest) => {
      if (String(path).startsWith(process.env.TOOL_HOME)) before();
      return original(path, ...rest);
    };
  }
  for (const name of ['openSync', 'lstatSync']) {
    const original = fs[name];
    fs[name] = (path, ...rest) => {
      if (String(path).startsWith(process.env.TOOL_HOME)) before();
      return original(path, ...rest);
    };
  }
}

const FAULTS = {
  request() {
    http.request = https.request = () => {
      throw fullError();
    };
  },
  files: () =>
    beforeFiles(() => {
      throw fullError();
    }),
  // Where the command cannot catch it.
  callback: () =>
    beforeFiles(() =>
      process.nextTick(() => {
        throw fullError();
      }),
    ),
  promise: () => beforeFiles(() => void Promise.reject(fullError())),
};
if (where) FAULTS[where]();
syncBuiltinESMExports();
