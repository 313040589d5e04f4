import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, join} from 'node:path';
import {VaultError} from './errors.js';
import {packageFolder, toolVariable} from './program.js';

/**
 * The two native packages cannot be bundled. Of each, only the binary for this system is loaded, and only if its digest is
 * in `native-digests.json` or in the variable below: no JavaScript of theirs and no other file runs. They are looked for
 * only in this package's own `node_modules` folder and in the `node_modules` folder that contains this package. Node
 * itself would also search every folder above, where other users may be able to put code.
 */
const containing = join(packageFolder, '..');
const folders = [
  join(packageFolder, 'node_modules'),
  ...(basename(containing) === 'node_modules' ? [containing] : []),
];

/** Names SHA-256 digests of binaries that the user compiled, separated by spaces or commas. */
const COMPILED = toolVariable('NATIVE_SHA256');

export type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

export interface FileLockLibrary {
  /** Acquires a lock that the kernel releases when the file is closed. Throws EAGAIN if another process holds it. */
  tryLock(fd: number, offset: number, length: number, exclusive: boolean): void;
}

/**
 * Acquires a lock on an open file, which the kernel releases when the file is closed. Returns false if another process
 * holds it. Throws whatever `loadFileLocks` throws.
 */
export function tryFileLock(fd: number, {shared = false} = {}): boolean {
  try {
    loadFileLocks().tryLock(fd, 0, 0, !shared);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

const loaded = new Map<string, unknown>();

/**
 * Loads keytar, which is optional. Throws an Error if it is not installed or does not load here, and a VaultError
 * (KEYCHAIN_FAILED) if its binary has an unknown digest.
 */
export function loadKeytar(): Keytar {
  const compiled = 'build/Release/keytar.node';
  const shipped = `prebuilds/${host('linuxmusl')}/keytar.node`;
  const files = process.env[COMPILED] ? [compiled, shipped] : [shipped, compiled];
  return load('keytar', files, 'KEYCHAIN_FAILED');
}

/**
 * Loads fs-native-extensions. Throws an Error if it is not installed or has no binary for this system, and a VaultError
 * (LOCK_MISSING) if its binary has an unknown digest.
 */
export function loadFileLocks(): FileLockLibrary {
  const shipped = `prebuilds/${host('linux', '-musl')}/fs-native-extensions.node`;
  return load('fs-native-extensions', [shipped], 'LOCK_MISSING');
}

/** Names this system as prebuilt binaries do; `musl` is the name of Linux with musl in place of glibc. */
function host(musl: string, suffix = ''): string {
  const isMusl = existsSync('/etc/alpine-release');
  return isMusl ? `${musl}-${process.arch}${suffix}` : `${process.platform}-${process.arch}`;
}

/** Loads the first of a package's files that exists and has a known digest. */
function load<T>(name: string, files: string[], code: 'KEYCHAIN_FAILED' | 'LOCK_MISSING'): T {
  if (loaded.has(name)) return loaded.get(name) as T;
  const folder = folders.map(each => join(each, name)).find(existsSync);
  const found = folder ? files.filter(file => existsSync(join(folder, file))) : [];
  if (!folder || found.length === 0) throw new Error(`${name} is not installed for this system.`);
  const known = found.find(file => isKnown(name, file, join(folder, file)));
  if (!known) throw unknownBinary(join(folder, found[0]!), code);
  const path = join(folder, known);
  loaded.set(name, createRequire(path)(path));
  return loaded.get(name) as T;
}

function isKnown(name: string, file: string, path: string): boolean {
  const digests = JSON.parse(readFileSync(join(packageFolder, 'native-digests.json'), 'utf8'));
  const allowed = (process.env[COMPILED] ?? '').toLowerCase().split(/[\s,]+/);
  return [digests[`${name}/${file}`], ...allowed].includes(sha256(path));
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function unknownBinary(path: string, code: 'KEYCHAIN_FAILED' | 'LOCK_MISSING'): VaultError {
  return new VaultError(
    code,
    `Not loaded: ${path} is not a file that this version was released with (its SHA-256 is ${sha256(path)}).`,
    [
      'Install the package again: npm install -g agora-vault',
      `If you compiled this file yourself, allow it: export ${COMPILED}=${sha256(path)}`,
    ],
  );
}
