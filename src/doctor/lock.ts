import {constants} from 'node:fs';
import {access, readFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {loadFileLocks} from '../native.js';
import {lockMissing} from '../vault/locks/flock-command.js';
import {type DoctorContext, note, ok, type Remark} from './finding.js';

/** Is there what the folder of the records is locked with, or would be? It is not locked to find out. */
export async function* checkLock({env, home}: DoctorContext): AsyncGenerator<Remark> {
  const chosen = (await readFile(join(home.tokens, '.locks', 'method'), 'utf8').catch(() => '')).trim();
  const loads = await Promise.resolve()
    .then(loadFileLocks)
    .then(
      () => true,
      () => false,
    );
  if (loads && chosen !== 'command') return yield ok('The lock library loads.');
  if (chosen === 'addon') throw lockMissing('the library that locks this folder does not load here');
  const programs = (env.PATH ?? '').split(delimiter).map(folder => join(folder, 'flock'));
  const isThere = await Promise.any(programs.map(each => access(each, constants.X_OK))).then(
    () => true,
    () => false,
  );
  if (!isThere) throw lockMissing('the program flock, which has to lock this folder, is not here');
  yield note(
    'The records are locked by the program flock, as the lock library does not load here or elsewhere.',
  );
}
