import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {chmod, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../../src/config/home.js';
import {recordLockName, withFileLock} from '../../../../src/vault/locks/file-lock.js';
import {ended, startProcess} from '../../../support/child-process.js';
import {failure, isPending} from '../../../support/outcome.js';
import {withHome as withFreshHome} from '../../../support/temporary-home.js';
import type {LockTask} from './lock-process.js';

const NAME = 'a1';
const start = (task: LockTask) => startProcess(new URL('lock-process.ts', import.meta.url), task);

/** A process that holds the lock by now. */
async function holder(folder: string, options: {shared?: boolean} = {}): Promise<ChildProcess> {
  const child = start({folder, name: NAME, ...options});
  await once(child, 'message');
  return child;
}

async function release(child: ChildProcess): Promise<void> {
  child.send('release');
  await ended(child);
}

const tryFor = (timeout: number, folder: string, shared = false) =>
  withFileLock(folder, NAME, async () => 'done', {timeout, shared});

for (const method of ['addon', 'command']) {
  /** A folder that is locked in this way. */
  const withHome = (use: (home: Home) => Promise<unknown>) =>
    withFreshHome(async home => {
      await writeFile(join(home.folder, 'method'), `${method}\n`);
      await use(home);
    });

  describe(`lock by ${method}`, () => {
    it(
      'gives back what the work gives, and passes on what it throws',
      withHome(async ({folder}) => {
        expect(await withFileLock(folder, NAME, async () => 7)).to.equal(7);
        const fault = new Error('fault');
        const thrown = await withFileLock(folder, NAME, () => Promise.reject(fault)).catch(error => error);
        expect(thrown).to.equal(fault);
      }),
    );

    it(
      'is free again after the work, whether that succeeds or not',
      withHome(async ({folder}) => {
        await withFileLock(folder, NAME, async () => {});
        await withFileLock(folder, NAME, () => Promise.reject(new Error('fault'))).catch(() => {});
        expect(await tryFor(0, folder)).to.equal('done');
      }),
    );

    it(
      'is one file, which stays, for us alone',
      withHome(async ({folder}) => {
        await withFileLock(join(folder, '.locks'), NAME, async () => {});
        expect(await readdir(join(folder, '.locks'))).to.deep.equal([`${NAME}.lock`, 'method']);
        expect((await stat(join(folder, '.locks'))).mode & 0o777).to.equal(0o700);
        expect((await stat(join(folder, '.locks', `${NAME}.lock`))).mode & 0o777).to.equal(0o600);
      }),
    );

    it(
      'is not taken in a folder that others can open',
      withHome(async ({folder}) => {
        await chmod(folder, 0o770);
        expect((await failure(tryFor(0, folder))).code).to.equal('FILE_UNSAFE');
      }),
    );

    it(
      'excludes another part of the same process',
      withHome(async ({folder}) => {
        let inside = 0;
        let most = 0;
        const work = async () => {
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
        };
        await Promise.all(Array.from({length: 10}, () => withFileLock(folder, NAME, work)));
        expect(most).to.equal(1);
      }),
    );

    it(
      'of another name is another lock',
      withHome(async ({folder}) => {
        const inner = await withFileLock(folder, NAME, () =>
          withFileLock(folder, 'b2', async () => 'both', {timeout: 0}),
        );
        expect(inner).to.equal('both');
      }),
    );

    it(
      'loses no increment of 6 processes',
      withHome(async ({folder}) => {
        const path = join(folder, 'counter');
        await writeFile(path, '0');
        const task = {folder, name: NAME, count: {path, times: 10}};
        await Promise.all(Array.from({length: 6}, () => ended(start(task))));
        expect(await readFile(path, 'utf8')).to.equal('60');
      }),
    );

    it(
      'waits while another process holds it, no longer',
      withHome(async ({folder}) => {
        const child = await holder(folder);
        const waiting = tryFor(30, folder);
        expect(await isPending(waiting)).to.equal(true);
        await release(child);
        expect(await waiting).to.equal('done');
      }),
    );

    it(
      'is given up after the time-out, naming the process that holds it',
      withHome(async ({folder}) => {
        await tryFor(30, folder); // Held before, by this process.
        const child = await holder(folder);
        const outcome = await failure(tryFor(0.1, folder));
        expect(outcome).to.include({code: 'LOCK_TIMEOUT', exitCode: 8});
        expect(outcome.message).to.include(`(${child.pid})`);
        expect(outcome.suggestions.join()).to.include(`ps -p ${child.pid}`);
        await release(child);
      }),
    );

    it(
      'is taken over at once from a process that was killed',
      withHome(async ({folder}) => {
        const child = await holder(folder);
        const waiting = tryFor(30, folder);
        expect(await isPending(waiting)).to.equal(true);
        child.kill('SIGKILL');
        await once(child, 'exit');
        const killed = Date.now();
        await waiting;
        expect(Date.now() - killed).to.be.lessThan(500);
      }),
    );

    it(
      'does its work where the holder’s name cannot be read',
      withHome(async ({folder}) => {
        const child = await holder(folder);
        await writeFile(join(folder, `${NAME}.lock`), 'no number');
        const outcome = await failure(tryFor(0, folder));
        expect(outcome.code).to.equal('LOCK_TIMEOUT');
        expect([outcome.message, ...outcome.suggestions].join()).not.to.match(/undefined|\(\)/);
        await release(child);
      }),
    );
  });

  describe(`lock by ${method}, shared`, () => {
    it(
      'is held by several, who exclude a single one',
      withHome(async ({folder}) => {
        const children = [await holder(folder, {shared: true}), await holder(folder, {shared: true})];
        expect(await tryFor(0, folder, true)).to.equal('done');
        expect((await failure(tryFor(0.05, folder))).code).to.equal('LOCK_TIMEOUT');
        await release(children[0]!);
        expect((await failure(tryFor(0.05, folder))).code).to.equal('LOCK_TIMEOUT');
        await release(children[1]!);
        expect(await tryFor(0, folder)).to.equal('done');
      }),
    );

    it(
      'names nobody who held it before',
      withHome(async ({folder}) => {
        await release(await holder(folder));
        const child = await holder(folder, {shared: true});
        const outcome = await failure(tryFor(0.05, folder));
        expect(outcome.code).to.equal('LOCK_TIMEOUT');
        expect(outcome.message).not.to.match(/\(\d+\)/);
        await release(child);
      }),
    );

    it(
      'is excluded by a single one',
      withHome(async ({folder}) => {
        const child = await holder(folder);
        expect((await failure(tryFor(0.05, folder, true))).code).to.equal('LOCK_TIMEOUT');
        await release(child);
        expect(await tryFor(0, folder, true)).to.equal('done');
      }),
    );
  });
}

describe('lock of a record', () => {
  it('is one of 256', () => {
    const names = new Set(Array.from({length: 5000}, (_, index) => recordLockName(`threads-${index}`)));
    expect(names.size).to.equal(256);
    for (const name of names) expect(name).to.match(/^[0-9a-f]{2}$/);
  });

  it('is the same for the same record', () => {
    expect(recordLockName('threads-my.account')).to.equal(recordLockName('threads-my.account'));
  });
});
