// Checks how the files of a source folder (default: src) import each other, type imports included:
// 1. imports point downward, from a layer to a lower one;
// 2. there is no cycle;
// 3. an import whose path is computed is allowed only in the top layer, where it cannot point upward;
// 4. only the rooms of a platform and the registry name it;
// 5. the sandbox imports nothing from outside, so that it cannot inherit a mistake of the code it stands in for.
// Prints each violation and exits with 1; prints nothing when all is well.
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, posix, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseSync} from 'oxc-parser';

/** From top to bottom. Rooms of one layer do not import each other. */
const LAYERS = [
  ['main.ts', 'dispatch.ts', 'index.ts'],
  ['commands'],
  ['cli', 'library'],
  ['doctor', 'import'],
  ['credentials'],
  ['vault', 'oauth', 'platforms'],
  ['config'],
  ['files'],
  ['credential.ts'],
  ['native.ts'],
  ['errors.ts'],
  ['program.ts', 'json.ts', 'duration.ts', 'plural.ts'],
];
const PLATFORM_ROOMS = /^(platforms\/threads\/|commands\/threads\/|platforms\/index\.ts$|index\.ts$)/;
const SANDBOX = 'platforms/threads/sandbox/';

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../src');
const files = readdirSync(root, {recursive: true})
  .map(file => file.replaceAll(sep, '/'))
  .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .sort();
const imports = new Map(files.map(file => [file, importsOf(file)]));
const violations = [...files.flatMap(check), ...cycles()];
for (const violation of violations) process.stderr.write(`${violation}\n`);
if (files.length === 0) process.stderr.write(`There are no sources in ${root}.\n`);
process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;

/** Returns the source files that a file imports; `undefined` stands for a computed path. */
function importsOf(file) {
  const source = readFileSync(join(root, file), 'utf8');
  const {module, errors} = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const literal = ({start, end}) => /^(['"])(.*)\1$/.exec(source.slice(start, end))?.[2];
  const specifiers = [
    ...module.staticImports.map(each => each.moduleRequest.value),
    ...module.staticExports.flatMap(each => each.entries).flatMap(each => each.moduleRequest?.value ?? []),
    ...module.dynamicImports.map(each => literal(each.moduleRequest)),
  ];
  return specifiers
    .filter(specifier => specifier === undefined || specifier.startsWith('.'))
    .map(specifier => specifier && posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'));
}

function check(file) {
  const room = roomOf(file);
  const layer = layerOf(room);
  if (layer < 0) return [`${file}: no layer is defined for ${room}`];
  const found = imports.get(file).flatMap(target => {
    if (target === undefined) return layer === 0 ? [] : [`${file}: imports a computed path`];
    if (file.startsWith(SANDBOX) && !target.startsWith(SANDBOX))
      return [`${file}: the sandbox imports ${target}`];
    const isDown = layerOf(roomOf(target)) > layer || roomOf(target) === room;
    return isDown || layer === 0 ? [] : [`${file}: imports upward or sideways, ${target}`];
  });
  const named = PLATFORM_ROOMS.test(file) ? null : /threads/i.exec(readFileSync(join(root, file), 'utf8'));
  return named ? [...found, `${file}: names ${named[0]}; take it from the registry of platforms`] : found;
}

function roomOf(file) {
  return file.split('/')[0];
}

function layerOf(room) {
  return LAYERS.findIndex(rooms => rooms.includes(room));
}

/** Finds cycles by a depth-first search; each is reported once. */
function cycles() {
  const found = [];
  const done = new Set();
  const visit = (file, path) => {
    if (path.includes(file)) found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
    if (path.includes(file) || done.has(file)) return;
    for (const target of imports.get(file) ?? []) if (target) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}
