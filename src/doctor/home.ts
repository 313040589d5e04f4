import {constants, existsSync} from 'node:fs';
import {access, lstat, readdir} from 'node:fs/promises';
import {dirname, isAbsolute, join} from 'node:path';
import {listHomeFiles} from '../config/home.js';
import {VaultError} from '../errors.js';
import {isTemporaryName, probeWrite} from '../files/durable-write.js';
import {checkPrivate, storageError} from '../files/private-file.js';
import {toolVariable} from '../program.js';
import {LOCKS_FOLDER} from '../vault/locks/file-lock.js';
import {type DoctorContext, failuresOf, note, ok, type Remark, warning} from './finding.js';

/** Where the home is and why, whether it is ours alone and takes a write. One that is missing stays so. */
export async function* checkHome({home, env}: DoctorContext): AsyncGenerator<Remark> {
  const name = toolVariable('HOME');
  const where = `${home.folder} (${env[name] ? `set by ${name}` : 'the default'})`;
  if (env[name] && !isAbsolute(env[name])) {
    yield warning(
      `${name} is a relative path, so the home depends on where a command is started.`,
      'Set it to a whole path, without a ~ in quotes.',
    );
  }
  const stats = await lstat(home.folder).catch(() => undefined);
  if (!stats) {
    await checkCanBeMade(home.folder);
    return yield note(`${where} is not there yet; the first login makes it.`);
  }
  if (!stats.isDirectory() && !stats.isSymbolicLink())
    throw new VaultError('STORAGE_FAILED', `${where} is not a folder.`, ['Move it away.']);

  const failures = await failuresOf(
    [...(await listHomeFiles(home)), home.tokens, join(home.tokens, LOCKS_FOLDER)].map(
      path => () => checkPrivate(path),
    ),
  );
  yield failures.length > 0 ? note(`${where}.`) : ok(`${where}, closed to other users.`);
  // Through a link, or into what is not ours, not even a rehearsal is written.
  if (failures.length > 0) return yield* failures;

  const written = existsSync(home.tokens) ? home.tokens : home.folder;
  await probeWrite(written).catch(error => {
    throw storageError(error, 'write in', written);
  });
  const names = (await Promise.all([home.folder, home.tokens, home.tls].map(namesIn))).flat();
  const {length} = names.filter(isTemporaryName);
  if (length > 0) yield note(`Temporary files of writes cut off, or under way: ${length}. They do no harm.`);
}

/** Could the folder be made, in the nearest one above that is there? Throws STORAGE_FAILED. */
async function checkCanBeMade(folder: string): Promise<void> {
  const parent = dirname(folder);
  await access(parent, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && parent !== folder) return checkCanBeMade(parent);
    throw storageError(error, 'make a folder in', parent);
  });
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
