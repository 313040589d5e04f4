import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {platformVariable, readEnvironment, tokenVariables} from '../config/variables.js';
import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import {parseVariables, setVariable} from '../files/dotenv.js';
import {writeDurably} from '../files/durable-write.js';
import {probeReplace, readUserFile, replaceUserFile, type UserFile} from '../files/user-file.js';
import {bin} from '../program.js';
import type {FoundCredential} from './find.js';
import {refuseExpired} from './refresh.js';

/** What was written, and where. */
export interface WrittenEnvFile {
  file: string;
  variable: string;
  /** False where the file said so already; it was then left alone. */
  changed: boolean;
  created: boolean;
  /** Whether other users of the machine may read it. Its mode is the owner's affair. */
  readable_by_others: boolean;
}

/**
 * Writes a credential's token into a `.env` file, into the variable named, else into the one that holds a
 * token there, else into `THREADS_REFRESH_TOKEN`; with it `THREADS_TOKEN_EXPIRES_AT`, if that stands there
 * for this token. Every other byte stays, and so do mode, owner and a link to it; a new file is 0600.
 * Throws USAGE where the file cannot be edited or is another account's, STORAGE_FAILED, and
 * CREDENTIAL_EXPIRED: the token in the file may be the better one.
 */
export async function writeEnvFile(
  path: string,
  sourced: FoundCredential,
  variable?: string,
): Promise<WrittenEnvFile> {
  refuseExpired(sourced);
  const file = await readUserFile(path);
  const edited = edit(file, sourced.credential, variable);
  const changed = edited.text !== file.text;
  if (changed) await replaceUserFile(file, edited.text);
  const readable_by_others = process.platform !== 'win32' && ((file.stats?.mode ?? 0) & 0o077) !== 0;
  return {file: path, variable: edited.variable, changed, created: !file.stats, readable_by_others};
}

/**
 * Would `writeEnvFile` succeed? Asked before the old token is given away for a new one; changes nothing.
 * Throws what writeEnvFile throws.
 */
export async function probeEnvFile(
  path: string,
  {credential}: FoundCredential,
  variable?: string,
): Promise<void> {
  const file = await readUserFile(path);
  edit(file, credential, variable);
  await probeReplace(file);
}

/** The credential that stands in a `.env` file, or undefined. Throws USAGE as readEnvironment does. */
export async function readEnvFileCredential(
  path: string,
  platform: string,
  apiUrl: string,
  variable?: string,
): Promise<Credential | undefined> {
  const variables = parseVariables((await readUserFile(path)).text);
  return readEnvironment(platform, variables, apiUrl, variable === undefined ? undefined : [variable]);
}

/**
 * `writeEnvFile` for a token that was just renewed, whose file was rehearsed. Should the file fail all the
 * same, the error tells where the token is: in the store, else in a new file of its own, 0600.
 */
export async function writeRenewed(
  path: string,
  sourced: FoundCredential,
  variable?: string,
): Promise<WrittenEnvFile> {
  const {credential, source} = sourced;
  try {
    return await writeEnvFile(path, sourced, variable);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new VaultError(error.code, `The token was renewed, but not written. ${error.message}`, [
      ...error.suggestions,
      source.kind === 'store'
        ? `It is stored. Write it later: ${bin} utils tokens set-env FILE --identifier ${credential.identifier}`
        : await saveAside(credential),
    ]);
  }
}

/** Returns where the token is now, in words. */
async function saveAside(credential: Credential): Promise<string> {
  try {
    const path = join(await mkdtemp(join(tmpdir(), `${bin}-`)), 'renewed.env');
    await writeDurably(
      path,
      setVariable('', platformVariable(credential.platform, 'REFRESH_TOKEN'), credential.refresh_token),
    );
    return `It is in ${path} now: take it from there, then remove that file.`;
  } catch {
    return `It could be kept nowhere. Does the old one still live? ${bin} ${credential.platform} status`;
  }
}

function edit(
  {path, text}: UserFile,
  {platform, refresh_token, expires_at, user_id}: Credential,
  named: string | undefined,
): {variable: string; text: string} {
  const variables = parseVariables(text);
  const isThere = (name: string) => Object.hasOwn(variables, name);
  const owner = platformVariable(platform, 'USER_ID');
  if (user_id !== null && variables[owner] && variables[owner] !== user_id)
    throw otherAccount(path, owner, user_id);

  const present = tokenVariables(platform).find(isThere);
  const variable = named ?? present ?? platformVariable(platform, 'REFRESH_TOKEN');
  const edited = setVariable(text, variable, refresh_token);
  // The date of an older token would end this one early. It belongs to the token that is read with it.
  const date = platformVariable(platform, 'TOKEN_EXPIRES_AT');
  const isDated = isThere(date) && (present ?? variable) === variable;
  return {variable, text: isDated ? setVariable(edited, date, expires_at ?? '') : edited};
}

function otherAccount(path: string, owner: string, user_id: string): VaultError {
  return new VaultError(
    'USAGE',
    `The token is account ${user_id}’s, and ${path} is another’s, as its ${owner} says. Nothing was changed.`,
    ['Choose the credential by --identifier NAME, or another file.', `Or remove ${owner} from the file.`],
  );
}
