import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {platformVariable, readEnvironment, tokenVariables} from '../config/variables.js';
import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import {parseVariables, setVariable} from '../files/dotenv.js';
import {writeDurably} from '../files/durable-write.js';
import {probeReplace, readUserFile, replaceUserFile, type UserFile} from '../files/user-file.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {FoundCredential} from './find.js';
import {refuseExpired} from './refresh.js';

/** A `.env` file and the variable in it that holds the token. */
export interface EnvFileTarget {
  path: string;
  /** Default: the variable that holds a token there, else the platform's REFRESH_TOKEN variable. */
  variable?: string | undefined;
}

/** What was written, and where. */
export interface WrittenEnvFile {
  file: string;
  variable: string;
  /** False when the file already held it; it was then left alone. */
  changed: boolean;
  created: boolean;
  /** Whether other users of the machine may read the file. */
  readable_by_others: boolean;
}

/**
 * Writes the token of a credential into a `.env` file, and its expiry date if the file has the variable for
 * it. Every other byte stays, and so do mode, owner and a symbolic link to the file; a new file is 0600.
 * Throws USAGE when the file cannot be edited or belongs to another account, STORAGE_FAILED, and
 * CREDENTIAL_EXPIRED, since the token in the file may be the better one.
 */
export async function writeEnvFile(
  {path, variable}: EnvFileTarget,
  found: FoundCredential,
): Promise<WrittenEnvFile> {
  refuseExpired(found);
  const file = await readUserFile(path);
  const edited = edit(file, found.credential, variable);
  const changed = edited.text !== file.text;
  if (changed) await replaceUserFile(file, edited.text);
  const readable_by_others = process.platform !== 'win32' && ((file.stats?.mode ?? 0) & 0o077) !== 0;
  return {file: path, variable: edited.variable, changed, created: !file.stats, readable_by_others};
}

/** Checks that writeEnvFile would succeed, before the old token is replaced. Changes nothing. Throws as writeEnvFile does. */
export async function probeEnvFile(
  {path, variable}: EnvFileTarget,
  {credential}: FoundCredential,
): Promise<void> {
  const file = await readUserFile(path);
  edit(file, credential, variable);
  await probeReplace(file);
}

/** Reads the credential in a `.env` file; `undefined` without a token. Throws USAGE as readEnvironment does. */
export async function readEnvFileCredential(
  {path, variable}: EnvFileTarget,
  {name}: Platform,
  apiUrl: string,
): Promise<Credential | undefined> {
  const env = parseVariables((await readUserFile(path)).text);
  return readEnvironment({
    platform: name,
    env,
    apiUrl,
    tokenNames: variable === undefined ? undefined : [variable],
  });
}

/**
 * Writes a token that was just renewed, after probeEnvFile. If the write fails all the same, the error says
 * where the token is: in the store, or in a new file of its own, 0600.
 */
export async function writeRenewed(target: EnvFileTarget, found: FoundCredential): Promise<WrittenEnvFile> {
  const {credential, source} = found;
  try {
    return await writeEnvFile(target, found);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new VaultError(error.code, `The token was renewed, but not written. ${error.message}`, [
      ...error.suggestions,
      source.kind === 'store'
        ? `The token is stored. Write it later: ${bin} utils tokens set-env FILE --identifier ${credential.identifier}`
        : await saveAside(credential),
    ]);
  }
}

/** Returns a sentence that says where the token is now. */
async function saveAside(credential: Credential): Promise<string> {
  try {
    const path = join(await mkdtemp(join(tmpdir(), `${bin}-`)), 'renewed.env');
    await writeDurably(
      path,
      setVariable('', platformVariable(credential.platform, 'REFRESH_TOKEN'), credential.refresh_token),
    );
    return `The token is in ${path}. Take it from there, then remove that file.`;
  } catch {
    return `The token could not be saved anywhere. Check whether the old one still works: ${bin} ${credential.platform} status`;
  }
}

function edit(
  {path, text}: UserFile,
  {platform, refresh_token, expires_at, user_id}: Credential,
  named: string | undefined,
): {variable: string; text: string} {
  const variables = parseVariables(text);
  const isSet = (name: string) => Object.hasOwn(variables, name);
  const owner = platformVariable(platform, 'USER_ID');
  if (user_id !== null && variables[owner] && variables[owner] !== user_id)
    throw otherAccount(path, owner, user_id);

  const present = tokenVariables(platform).find(isSet);
  const variable = named ?? present ?? platformVariable(platform, 'REFRESH_TOKEN');
  const edited = setVariable(text, variable, refresh_token);
  // The date belongs to the token that is read with it; the date of an older token would end this one early.
  const date = platformVariable(platform, 'TOKEN_EXPIRES_AT');
  const isDated = isSet(date) && (present ?? variable) === variable;
  return {variable, text: isDated ? setVariable(edited, date, expires_at ?? '') : edited};
}

function otherAccount(path: string, owner: string, user_id: string): VaultError {
  return new VaultError(
    'USAGE',
    `The token belongs to account ${user_id}, but ${path} is for another account (${owner}). Nothing was changed.`,
    ['Choose the credential with --identifier NAME, or another file.', `Or remove ${owner} from the file.`],
  );
}
