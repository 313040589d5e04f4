import {readdir, realpath, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {Home} from '../config/home.js';
import {VaultError} from '../errors.js';
import {isAbandoned, isTemporaryName, isTemporaryOf} from '../files/durable-write.js';
import {checkPrivate, quote} from '../files/private-file.js';
import {toolVariable} from '../program.js';
import {isLockFile, LOCKS_FOLDER} from './locks/file-lock.js';

/** A file or folder that is not as it should be. */
export interface FileProblem {
  path: string;
  /** An `error` if it is not used, or holds a key; a `warning` if it may cause trouble. */
  level: 'error' | 'warning';
  error: VaultError;
}

/** Checks everything in a home except the records, and the folders above it. Changes nothing. */
export async function* checkHomeFiles(home: Home): AsyncGenerator<FileProblem> {
  const {folder, tokens, vaultFile, keyFile, configFile, tls} = home;
  yield* checkAncestors(folder);
  const platforms = join(folder, 'platforms');
  const locks = join(tokens, LOCKS_FOLDER);
  const files = [vaultFile, keyFile, configFile].map(path => basename(path));
  const folders = [tokens, tls, platforms].map(path => basename(path));
  yield* checkFolder(folder, {
    isFile: name => files.includes(name),
    isOther: name => folders.includes(name),
  });
  // The store of the records looks for what does not belong there.
  yield* checkFolder(tokens, {isOther: () => true});
  yield* checkFolder(locks, {isFile: isLockFile});
  yield* checkFolder(tls, {isFile: name => ['callback.crt', 'callback.key'].includes(name)});
  yield* checkFolder(platforms, {isFile: name => name.endsWith('.json')});
}

interface FolderContent {
  /** Reports whether a file of this name belongs there. It must be private. */
  isFile?: (name: string) => boolean;
  /** Reports whether what has this name is checked elsewhere. */
  isOther?: (name: string) => boolean;
}

async function* checkFolder(
  folder: string,
  {isFile = () => false, isOther = () => false}: FolderContent,
): AsyncGenerator<FileProblem> {
  const unsafe = await failureOf(folder);
  if (unsafe) return yield {path: folder, level: 'error', error: unsafe};
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (isOther(name)) continue;
    if (isFile(name)) {
      const error = await failureOf(path);
      if (error) yield {path, level: 'error', error};
    } else if (isTemporaryName(name)) {
      if (holdsKey(name) && (await isAbandoned(path))) yield {path, level: 'error', error: leftover(path)};
    } else yield {path, level: 'warning', error: unknownFile(path)};
  }
}

async function failureOf(path: string): Promise<VaultError | undefined> {
  try {
    await checkPrivate(path);
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}

const holdsKey = (name: string) => ['vault.key', 'callback.key'].some(file => isTemporaryOf(file, name));

/** Describes a temporary file that a killed writer left behind, with a secret in it. */
export function leftover(path: string, content = 'a key'): VaultError {
  return new VaultError(
    'FILE_UNSAFE',
    `${path} is left over from an interrupted write and may hold ${content}.`,
    [`Remove it: rm ${quote(path)}`],
  );
}

function unknownFile(path: string): VaultError {
  return new VaultError('FILE_FOREIGN', `Unexpected file: ${path}`, [
    'If you do not know what it is, move it out of the folder.',
  ]);
}

/** Looks for folders above the home in which other users could rename it, and put another one in its place. */
async function* checkAncestors(folder: string): AsyncGenerator<FileProblem> {
  if (process.platform === 'win32') return;
  const target = await realpath(folder).catch(() => folder);
  for (const path of new Set([...ancestorsOf(folder), ...ancestorsOf(target)])) {
    const stats = await stat(path).catch(() => undefined);
    if (!stats || !isChangeable(stats)) continue;
    const message = `Other users can change ${path}, and so move or replace ${folder}.`;
    const move = `Set ${toolVariable('HOME')} to a folder that only you and root can move.`;
    const isOwn = stats.uid === process.getuid!();
    const suggestions = isOwn ? [`Run: chmod go-w ${quote(path)}`, `Or: ${move}`] : [move];
    yield {path, level: 'warning', error: new VaultError('FILE_UNSAFE', message, suggestions)};
  }
}

function ancestorsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestorsOf(parent)];
}

/** Reports whether a user other than this one and root can rename what is in a folder. */
function isChangeable({mode, uid, gid}: {mode: number; uid: number; gid: number}): boolean {
  const own = process.getuid!();
  if (uid !== own && uid !== 0) return true;
  if (mode & 0o1000) return false; // Sticky, as /tmp: only the owner of a file may rename it.
  // A group with the number of its user has no other members on most systems.
  const isOwnGroup = gid === own && gid === process.getgid!();
  return Boolean(mode & (isOwnGroup ? 0o002 : 0o022));
}
