// Preloaded into a command: counts every step that changes the file system or the keychain, and kills the
// process with SIGKILL at one of them; in the middle of it if it is a write.
//   STEPS_LOG  a file that gets one line per step
//   KILL_AT    the number of the step to kill the process at; 0 or unset: none
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {relative} from 'node:path';

const home = process.env.TOOL_HOME;
const killAt = Number(process.env.KILL_AT ?? 0);
const log = fs.openSync(process.env.STEPS_LOG, 'a');
const write = fs.writeSync;
let steps = 0;

function die() {
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Counts a step, and reports whether the process must be killed at it. */
function step(name) {
  steps++;
  write(log, `${name}\n`);
  return steps === killAt;
}

const isOurs = path => typeof path === 'string' && (path === home || path.startsWith(`${home}/`));
const shortPath = path => relative(home, path).replaceAll(/\.[0-9a-f]{16}\.tmp/g, '.tmp') || '.';

// Functions that take a path and create, move or remove something.
for (const name of ['mkdir', 'rename', 'rm', 'unlink', 'writeFile', 'chmod', 'link']) {
  const original = fs.promises[name];
  fs.promises[name] = async (path, ...rest) => {
    if (isOurs(path) && step(`${name} ${shortPath(path)}`)) die();
    return original(path, ...rest);
  };
}
for (const name of [
  'mkdirSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'writeFileSync',
  'openSync',
  'fsyncSync',
]) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    const reads = name === 'openSync' && typeof rest[0] === 'number' && !(rest[0] & 3);
    if (isOurs(path) && !reads && step(`${name} ${shortPath(path)}`)) die();
    return original(path, ...rest);
  };
}

// File handles that are opened for writing or synced.
const open = fs.promises.open;
fs.promises.open = async (path, flags, ...rest) => {
  const writes =
    typeof flags === 'string' ? /[wa+]/.test(flags) : flags & (fs.constants.O_RDWR | fs.constants.O_WRONLY);
  if (isOurs(path) && writes && step(`open ${shortPath(path)}`)) die();
  const handle = await open(path, flags, ...rest);
  if (!isOurs(path)) return handle;
  for (const name of ['write', 'writeFile', 'appendFile', 'truncate', 'sync']) {
    const original = handle[name].bind(handle);
    handle[name] = async (data, ...more) => {
      if (step(`${name} ${shortPath(path)}`)) {
        if (name === 'writeFile') write(handle.fd, Buffer.from(data).subarray(0, Math.ceil(data.length / 2)));
        die();
      }
      return original(data, ...more);
    };
  }
  return handle;
};
syncBuiltinESMExports();

try {
  const {loadKeytar} = await import('../../dist/native.js');
  const keytar = loadKeytar();
  for (const name of ['setPassword', 'deletePassword']) {
    const original = keytar[name];
    keytar[name] = async (...parameters) => {
      if (step(`keychain ${name}`)) die();
      return original(...parameters);
    };
  }
} catch {
  // Without keytar there are no such steps.
}
