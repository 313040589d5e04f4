import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, join} from 'node:path';

/**
 * The two native packages cannot be bundled. They are loaded only from this package's own `node_modules` folder or
 * from the `node_modules` folder that contains this package. Node itself would also search every folder above, where
 * other users may be able to put code that then runs inside the vault.
 */
const packageFolder = join(import.meta.dirname, '..');
const containing = join(packageFolder, '..');
const folders = [
  join(packageFolder, 'node_modules'),
  ...(basename(containing) === 'node_modules' ? [containing] : []),
];

/** Loads keytar, which is optional. Throws if it is not installed or does not load here. */
export function loadKeytar(): typeof import('keytar') {
  return load('keytar');
}

/** Loads fs-native-extensions. Throws if it is not installed or has no binary for this system. */
export function loadFileLocks(): typeof import('fs-native-extensions') {
  // Without its own binary it would search the folders above, too.
  const isMusl = existsSync('/etc/alpine-release');
  return load(
    'fs-native-extensions',
    `prebuilds/${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`,
  );
}

function load(name: string, needed = ''): never {
  const folder = folders.map(each => join(each, name)).find(existsSync);
  if (!folder || !existsSync(join(folder, needed)))
    throw new Error(`${name} is not installed for this system.`);
  return createRequire(join(packageFolder, 'package.json'))(folder) as never;
}
