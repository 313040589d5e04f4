// Loads the files of the bundle, and keeps what V8 makes of the large ones for the next start, as node does from
// 22.1 on for who asks (module.enableCompileCache). It is kept where programs keep such things, in a folder that
// only this user can open; any other is left alone. NODE_DISABLE_COMPILE_CACHE=1 switches it off.
const fs = require('node:fs');
const {dirname, isAbsolute, join} = require('node:path');
const {Script} = require('node:vm');

const BUNDLE = join(__dirname, '../bundle');
/** Characters; for less it takes longer to look. */
const LARGE = 20_000;
const DIGEST = 32;
const MONTH = 30 * 24 * 60 * 60 * 1000;

const loaded = new Map();
/** The sources of what is not kept yet, by where it will be. */
const missing = new Map();
/** What every command needs is in one file: functions by the names of the files that they would be. */
const start = evaluate('start.js');
process.once('exit', keep);

/** The exports of one file of the bundle. */
exports.load = file => {
  const known = loaded.get(file);
  if (known) return known.exports;
  const module = {exports: {}};
  loaded.set(file, module);
  const body = start[file] ?? evaluate(file);
  const requireHere = id => (id.startsWith('./') ? exports.load(id.slice(2)) : require(id));
  body(module.exports, requireHere, module, join(BUNDLE, file), BUNDLE, id => import(id));
  return module.exports;
};

/** The value of a file that holds one expression. */
function evaluate(file) {
  const filename = join(BUNDLE, file);
  const source = read(filename);
  const folder = source.length < LARGE ? undefined : compileCache();
  const cachedData = folder && kept(join(folder, file));
  const script = new Script(source, {filename, cachedData});
  if (folder && (!cachedData || script.cachedDataRejected)) missing.set(join(folder, file), source);
  return script.runInThisContext();
}

function read(filename) {
  try {
    return fs.readFileSync(filename, 'latin1');
  } catch {
    process.stderr.write(
      `${filename} is missing. In a clone, build first: npm install --no-save && npm run build\n`,
    );
    return process.exit(1);
  }
}

/** The folder for what this build is on this node; undefined where none is wanted. */
function compileCache() {
  const {HOME, XDG_CACHE_HOME = '', LOCALAPPDATA, NODE_DISABLE_COMPILE_CACHE} = process.env;
  if (NODE_DISABLE_COMPILE_CACHE) return undefined;
  const linux = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : HOME && join(HOME, '.cache');
  const homes = {darwin: HOME && join(HOME, 'Library/Caches'), win32: LOCALAPPDATA};
  const home = process.platform in homes ? homes[process.platform] : linux;
  if (!home) return undefined;
  const {name, build} = JSON.parse(fs.readFileSync(join(BUNDLE, 'package.json'), 'utf8'));
  return join(home, name, `${build}-${process.version}-${process.arch}`);
}

/** V8 would run damaged code, so it goes with its digest. */
function kept(path) {
  try {
    if (!isOurs(dirname(path))) return undefined;
    const bytes = fs.readFileSync(path);
    const code = bytes.subarray(DIGEST);
    return digest(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined;
  } catch {
    return undefined;
  }
}

function keep() {
  try {
    for (const [path, source] of missing) {
      const folder = dirname(path);
      // Not with sudo, in the home of who called it.
      if (process.getuid && fs.statSync(nearest(folder)).uid !== process.getuid()) return;
      const isNew = !fs.existsSync(folder);
      makeFolder(folder);
      if (!isOurs(folder) || !isOurs(dirname(folder))) return;
      if (isNew) forgetOld(dirname(folder));
      const code = compileWhole(source);
      const draft = `${path}.${process.pid}`;
      fs.writeFileSync(draft, Buffer.concat([digest(code), code]), {mode: 0o600, flag: 'wx'});
      fs.renameSync(draft, path);
    }
  } catch {
    // Without it everything works as well.
  }
}

/** With those above it, one by one: node's own way of doing so never ends in a folder such as /proc. */
function makeFolder(path) {
  if (fs.existsSync(path)) return;
  makeFolder(dirname(path));
  fs.mkdirSync(path, {mode: 0o700});
}

/** Every function of it, since each command needs others; V8 by itself compiles those that were called. */
function compileWhole(source) {
  const v8 = require('node:v8');
  v8.setFlagsFromString('--no-lazy');
  const script = new Script(source, {filename: 'whole'});
  v8.setFlagsFromString('--lazy');
  return script.createCachedData();
}

/** What earlier builds and nodes left. */
function forgetOld(folder) {
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - fs.lstatSync(path).mtimeMs > MONTH) fs.rmSync(path, {recursive: true});
  }
}

/** The path, or of the folders above it the first that there is. */
function nearest(path) {
  return fs.existsSync(path) ? path : nearest(dirname(path));
}

function digest(code) {
  return require('node:crypto').createHash('sha256').update(code).digest();
}

/** A folder of this user that nobody else can open. */
function isOurs(path) {
  const stats = fs.lstatSync(path);
  if (process.platform === 'win32') return stats.isDirectory();
  return stats.isDirectory() && stats.uid === process.getuid() && (stats.mode & 0o077) === 0;
}
