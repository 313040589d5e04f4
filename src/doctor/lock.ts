import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {VaultError} from '../errors.js';
import {readPrivateFile} from '../files/private-file.js';
import {loadFileLocks} from '../native.js';
import {LOCKS_FOLDER, METHOD_FILE} from '../vault/locks/file-lock.js';
import {lockMissing} from '../vault/locks/flock-command.js';
import {type DoctorContext, note, ok, type Remark} from './finding.js';

/** Checks that what locks the record folder is available, without locking it. */
export async function* checkLock({env, home}: DoctorContext): AsyncGenerator<Remark> {
  const method = await readPrivateFile(join(home.tokens, LOCKS_FOLDER, METHOD_FILE));
  const chosen = String(method ?? '').trim();
  const loads = await Promise.resolve()
    .then(loadFileLocks)
    .then(
      () => true,
      error => {
        if (error instanceof VaultError) throw error;
        return false;
      },
    );
  if (loads && chosen !== 'command') return yield ok('The lock library loads.');
  if (chosen === 'addon') throw lockMissing('the library that locks this folder does not load here');
  const programs = (env.PATH ?? '').split(delimiter).map(folder => join(folder, 'flock'));
  const isFound = await Promise.any(programs.map(each => access(each, constants.X_OK))).then(
    () => true,
    () => false,
  );
  if (!isFound) throw lockMissing('this folder is locked with the program flock, which was not found');
  yield note(
    'The program flock locks the records, since the lock library does not load on every machine that uses them.',
  );
}
