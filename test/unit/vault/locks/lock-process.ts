// A process that acquires a lock on request, for file-lock.test.ts.
import {readFile, writeFile} from 'node:fs/promises';
import {withFileLock} from '../../../../src/vault/locks/file-lock.js';

/** Holds the lock until the next message, or with `count` increments the number in a file. */
export interface LockTask {
  folder: string;
  name: string;
  shared?: boolean;
  count?: {path: string; times: number};
}

process.once('message', async ({folder, name, shared = false, count}: LockTask) => {
  if (count)
    for (let turn = 0; turn < count.times; turn++)
      await withFileLock({folder, name}, () => increment(count.path));
  else await withFileLock({folder, name, shared}, holdUntilMessage);
  process.disconnect();
});

async function increment(path: string): Promise<void> {
  const number = Number(await readFile(path, 'utf8'));
  await new Promise(setImmediate);
  await writeFile(path, String(number + 1));
}

async function holdUntilMessage(): Promise<void> {
  process.send!('held');
  await new Promise(resolve => process.once('message', resolve));
}
