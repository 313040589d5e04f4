// A process that takes a lock when it is told to, for lock.test.ts.
import {readFile, writeFile} from 'node:fs/promises';
import {withFileLock} from '../../../../src/vault/locks/file-lock.js';

/** `hold` until the next message; or `count`: add one to a file, again and again. */
export interface LockTask {
  folder: string;
  name: string;
  shared?: boolean;
  count?: {path: string; times: number};
}

process.once('message', async ({folder, name, shared = false, count}: LockTask) => {
  if (count)
    for (let turn = 0; turn < count.times; turn++) await withFileLock(folder, name, () => addOne(count.path));
  else await withFileLock(folder, name, holdUntilTold, {shared});
  process.disconnect();
});

async function addOne(path: string): Promise<void> {
  const number = Number(await readFile(path, 'utf8'));
  await new Promise(setImmediate);
  await writeFile(path, String(number + 1));
}

async function holdUntilTold(): Promise<void> {
  process.send!('held');
  await new Promise(resolve => process.once('message', resolve));
}
