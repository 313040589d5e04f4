// Preloaded into a command: records in the file named by TOUCHED what the command requests from the system
// besides its own code, one per line: `file PATH`, `connect`, `look-up`, `process` or `keychain`.
import childProcess from 'node:child_process';
import dns from 'node:dns';
import fs from 'node:fs';
import Module, {syncBuiltinESMExports} from 'node:module';
import net from 'node:net';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const own = fileURLToPath(new URL('../..', import.meta.url));
const append = fs.appendFileSync;
const touched = what => append(process.env.TOUCHED, `${what}\n`);
append(process.env.TOUCHED, '');

/** Calls `note` with the arguments before each call of a method. */
function before(object, name, note) {
  const original = object[name];
  object[name] = function (...parameters) {
    note(...parameters);
    return original.apply(this, parameters);
  };
}

let noting = false;
const file = path => {
  if (noting || typeof path === 'number') return;
  noting = true;
  const text = path instanceof URL ? fileURLToPath(path) : String(path);
  if (!join(text, '/').startsWith(own)) touched(`file ${text}`);
  noting = false;
};
const CALLS =
  /^(access|chmod|copyFile|exists|link|lstat|mkdir|mkdtemp|open|opendir|readFile|readdir|readlink|rename|rm|rmdir|stat|symlink|truncate|unlink|utimes|watch|writeFile|appendFile)(Sync)?$/;
for (const functions of [fs, fs.promises]) {
  for (const name of Object.keys(functions).filter(each => CALLS.test(each))) before(functions, name, file);
}
before(net.Socket.prototype, 'connect', () => touched('connect'));
before(dns, 'lookup', () => touched('look-up'));
before(childProcess.ChildProcess.prototype, 'spawn', () => touched('process'));
before(Module, '_load', id => /keytar/.test(id) && touched('keychain'));
syncBuiltinESMExports();
