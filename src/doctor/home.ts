import {constants, existsSync} from 'node:fs';
import {access, lstat, readdir} from 'node:fs/promises';
import {dirname, isAbsolute, join} from 'node:path';
import {VaultError} from '../errors.js';
import {isAbandoned, isTemporaryName, probeWrite} from '../files/durable-write.js';
import {storageError} from '../files/storage-error.js';
import {toolVariable} from '../program.js';
import {checkHomeFiles, leftover} from '../vault/home-files.js';
import {type DoctorContext, failure, note, ok, type Remark, warning} from './finding.js';

/** Checks the home, and the current folder for what a killed writer of a `.env` file left behind. */
export async function* checkHome(context: DoctorContext): AsyncGenerator<Remark> {
  for (const name of (await namesIn(process.cwd())).filter(isTemporaryEnvFile)) {
    const path = join(process.cwd(), name);
    if (await isAbandoned(path)) yield failure(leftover(path, 'a token'));
  }
  yield* checkFolder(context);
}

const isTemporaryEnvFile = (name: string) => isTemporaryName(name) && /env/i.test(name);

/** Checks the home folder: why it is there, and whether it is private and writable. Does not create it. */
async function* checkFolder({home, env}: DoctorContext): AsyncGenerator<Remark> {
  const name = toolVariable('HOME');
  const where = `${home.folder} (${env[name] ? `set by ${name}` : 'the default'})`;
  if (env[name] && !isAbsolute(env[name])) {
    yield warning(
      `${name} is a relative path, so the home depends on the current folder.`,
      'Set it to an absolute path. A ~ in quotes is not expanded.',
    );
  }
  const stats = await lstat(home.folder).catch(() => undefined);
  if (!stats) {
    await checkCreatable(home.folder);
    return yield note(`${where} does not exist yet; the first login creates it.`);
  }
  if (!stats.isDirectory() && !stats.isSymbolicLink())
    throw new VaultError('STORAGE_FAILED', `${where} is not a folder.`, [`Set ${name} to a folder.`]);

  const failures: Remark[] = [];
  const warnings: Remark[] = [];
  for await (const {level, error} of checkHomeFiles(home)) {
    if (level === 'error') failures.push(failure(error));
    else warnings.push(warning(error.message, ...error.suggestions));
  }
  yield failures.length > 0 ? note(`${where}.`) : ok(`${where}: private (other users cannot read it).`);
  yield* warnings;
  // Nothing is written through a link or into a folder that others can open.
  if (failures.length > 0) return yield* failures;

  const written = existsSync(home.tokens) ? home.tokens : home.folder;
  await probeWrite(written).catch(error => {
    throw storageError(error, 'write to', written);
  });
  const names = (await Promise.all([home.folder, home.tokens, home.tls].map(namesIn))).flat();
  const {length} = names.filter(isTemporaryName);
  if (length > 0) yield note(`Temporary files of unfinished writes: ${length}. They do no harm.`);
}

/** Checks that the folder can be created in its nearest existing parent. Throws STORAGE_FAILED. */
async function checkCreatable(folder: string): Promise<void> {
  const parent = dirname(folder);
  await access(parent, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && parent !== folder) return checkCreatable(parent);
    throw storageError(error, 'create a folder in', parent);
  });
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
