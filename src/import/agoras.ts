import {readdir, readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import {storageError} from '../files/storage-error.js';
import {isObject} from '../json.js';
import type {Platform} from '../platforms/platform.js';
import {type Candidate, parseJson, toCredential} from './candidate.js';
import {type FernetKey, openFernet, parseFernetKey} from './fernet.js';

/** The fields of an Agoras token file that are taken over. */
const FIELDS = ['app_id', 'app_secret', 'refresh_token', 'user_id'];

type OpenedFile = {source: string} & ({credential: Credential; createdAt: Date} | {error: VaultError});

export interface AgorasRequest {
  /** A storage folder of Agoras, or one token file in it. Default: `AGORAS_STORAGE_DIR`, else `~/.agoras`. */
  path: string | undefined;
  env: NodeJS.ProcessEnv;
  platform: Platform;
  apiUrl: string;
}

/**
 * Reads the credentials in a storage folder of Agoras: files `tokens/PLATFORM-IDENTIFIER.token`, each a Fernet
 * token of a JSON object, and their key in `.key`. The newest of each account is taken, since `default`
 * repeats another one. Throws USAGE when there is no such folder, KEY_GONE and KEY_WRONG.
 */
export async function readAgoras({path, env, platform, apiUrl}: AgorasRequest): Promise<Candidate[]> {
  const given = resolve(path ?? (env.AGORAS_STORAGE_DIR || join(homedir(), '.agoras')));
  const isFile = given.endsWith('.token');
  const folder = isFile ? dirname(given) : join(given, 'tokens');
  const names = isFile ? [basename(given)] : await tokenFiles(folder);
  const keyFile = join(dirname(folder), '.key');
  const key = await readKey(keyFile);

  const isOfPlatform = (name: string) => name.startsWith(`${platform.name}-`);
  const opened: OpenedFile[] = [];
  for (const source of names.filter(isOfPlatform)) {
    opened.push({source, ...(await openTokenFile({path: join(folder, source), key, platform, apiUrl}))});
  }
  if (opened.length > 0 && opened.every(each => 'error' in each && each.error.code === 'RECORD_DAMAGED'))
    throw agorasKeyWrong(keyFile);
  return [
    ...withoutRepetitions(opened),
    ...names
      .filter(name => !isOfPlatform(name))
      .map(source => ({source, skipped: `it is not a ${platform.title} credential`})),
  ];
}

async function tokenFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw noFolder(folder);
    throw storageError(error, 'read', folder);
  });
  return names.filter(name => name.endsWith('.token')).sort();
}

async function readKey(path: string): Promise<FernetKey> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw agorasKeyMissing(path);
    throw storageError(error, 'read', path);
  });
  const key = parseFernetKey(text);
  if (!key) throw agorasKeyWrong(path);
  return key;
}

interface TokenFile {
  path: string;
  key: FernetKey;
  platform: Platform;
  apiUrl: string;
}

async function openTokenFile({
  path,
  key,
  platform,
  apiUrl,
}: TokenFile): Promise<{credential: Credential; createdAt: Date} | {error: VaultError}> {
  try {
    const opened = openFernet(await readFile(path, 'utf8'), key);
    if (!opened) return {error: agorasFileDamaged()};
    const value = parseJson(opened.text);
    const fields = isObject(value) ? value : {};
    const known = Object.fromEntries(FIELDS.map(name => [name, fields[name]]));
    return {credential: toCredential(platform, known, apiUrl), createdAt: opened.createdAt};
  } catch (error) {
    if (error instanceof VaultError) return {error};
    return {
      error: error instanceof SyntaxError ? agorasFileDamaged() : storageError(error as Error, 'read', path),
    };
  }
}

/** Keeps the newest of each account and app, and among equals not `default`; the others are skipped by name. */
function withoutRepetitions(all: OpenedFile[]): Candidate[] {
  const isDefault = ({source}: OpenedFile) => source.endsWith('-default.token');
  const age = (each: OpenedFile) => ('createdAt' in each ? -each.createdAt.getTime() : 0);
  const byAge = [...all].sort(
    (one, other) => age(one) - age(other) || Number(isDefault(one)) - Number(isDefault(other)),
  );
  const first = (each: OpenedFile) =>
    byAge.find(
      other => 'credential' in other && 'credential' in each && isRepeated(other.credential, each.credential),
    );
  return all.map((each): Candidate => {
    if ('error' in each || first(each) === each) return each;
    return {source: each.source, skipped: `it is the account of ${first(each)!.source}`};
  });
}

function isRepeated(one: Credential, other: Credential): boolean {
  if (one.refresh_token === other.refresh_token) return true;
  return one.user_id !== null && one.user_id === other.user_id && one.app_id === other.app_id;
}

function noFolder(folder: string): VaultError {
  return new VaultError('USAGE', `No Agoras credentials found: there is no folder ${folder}.`, [
    'Name the storage folder of Agoras, or set AGORAS_STORAGE_DIR.',
  ]);
}

function agorasKeyMissing(path: string): VaultError {
  return new VaultError('KEY_GONE', `The key of these files, ${path}, is missing.`, [
    'Nothing can read them without it. Restore it, or log in again.',
  ]);
}

function agorasKeyWrong(path: string): VaultError {
  return new VaultError('KEY_WRONG', `${path} is not the key of these files: it opens none of them.`, [
    'Restore the right key, or log in again.',
  ]);
}

function agorasFileDamaged(): VaultError {
  return new VaultError('RECORD_DAMAGED', 'It does not open: it is damaged, or was made with another key.', [
    'Log in with this account again.',
  ]);
}
