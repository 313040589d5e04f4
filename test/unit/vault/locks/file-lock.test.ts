import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {chmod, link, mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../../src/config/home.js';
import {FileLocks, recordLockName, withFileLock} from '../../../../src/vault/locks/file-lock.js';
import {ended, startProcess} from '../../../support/child-process.js';
import {recordName} from '../../../support/credential.js';
import {failure, isPending} from '../../../support/outcome.js';
import {withHome as withFreshHome} from '../../../support/temporary-home.js';
import type {LockTask} from './lock-process.js';

const NAME = 'a1';
const start = (task: LockTask) => startProcess(new URL('lock-process.ts', import.meta.url), task);

/** Starts a process and waits until it holds the lock. */
async function startHolder(folder: string, options: {shared?: boolean} = {}): Promise<ChildProcess> {
  const child = start({folder, name: NAME, ...options});
  await once(child, 'message');
  return child;
}

async function release(child: ChildProcess): Promise<void> {
  child.send('release');
  await ended(child);
}

const tryFor = (timeout: number, folder: string, shared = false) =>
  withFileLock({folder, name: NAME, timeout, shared}, async () => 'done');

for (const method of ['addon', 'command']) {
  /** Runs `use` with a folder that is locked with this method. */
  const withHome = (use: (home: Home) => Promise<unknown>) =>
    withFreshHome(async home => {
      await writeFile(join(home.folder, 'method'), `${method}\n`, {mode: 0o600});
      await use(home);
    });

  describe(`lock by ${method}`, () => {
    it(
      'returns what the work returns and throws what it throws',
      withHome(async ({folder}) => {
        expect(await withFileLock({folder, name: NAME}, async () => 7)).to.equal(7);
        const fault = new Error('fault');
        const thrown = await withFileLock({folder, name: NAME}, () => Promise.reject(fault)).catch(
          error => error,
        );
        expect(thrown).to.equal(fault);
      }),
    );

    it(
      'is released after the work, whether it succeeds or fails',
      withHome(async ({folder}) => {
        await withFileLock({folder, name: NAME}, async () => {});
        await withFileLock({folder, name: NAME}, () => Promise.reject(new Error('fault'))).catch(() => {});
        expect(await tryFor(0, folder)).to.equal('done');
      }),
    );

    it(
      'is a private file, which is not removed',
      withHome(async ({folder}) => {
        await withFileLock({folder: join(folder, '.locks'), name: NAME}, async () => {});
        expect(await readdir(join(folder, '.locks'))).to.deep.equal([`${NAME}.lock`, 'method']);
        expect((await stat(join(folder, '.locks'))).mode & 0o777).to.equal(0o700);
        expect((await stat(join(folder, '.locks', `${NAME}.lock`))).mode & 0o777).to.equal(0o600);
      }),
    );

    it(
      'is not acquired in a folder that other users can access',
      withHome(async ({folder}) => {
        await chmod(folder, 0o770);
        expect((await failure(tryFor(0, folder))).code).to.equal('FILE_UNSAFE');
      }),
    );

    it(
      'excludes other calls in the same process',
      withHome(async ({folder}) => {
        let inside = 0;
        let most = 0;
        const work = async () => {
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
        };
        await Promise.all(Array.from({length: 10}, () => withFileLock({folder, name: NAME}, work)));
        expect(most).to.equal(1);
      }),
    );

    it(
      'does not exclude a lock of another name',
      withHome(async ({folder}) => {
        const inner = await withFileLock({folder, name: NAME}, () =>
          withFileLock({folder, name: 'b2', timeout: 0}, async () => 'both'),
        );
        expect(inner).to.equal('both');
      }),
    );

    it(
      'loses no increment by 6 processes',
      withHome(async ({folder}) => {
        const path = join(folder, 'counter');
        await writeFile(path, '0');
        const task = {folder, name: NAME, count: {path, times: 10}};
        await Promise.all(Array.from({length: 6}, () => ended(start(task))));
        expect(await readFile(path, 'utf8')).to.equal('60');
      }),
    );

    it(
      'is acquired as soon as another process releases it',
      withHome(async ({folder}) => {
        const child = await startHolder(folder);
        const waiting = tryFor(30, folder);
        expect(await isPending(waiting)).to.equal(true);
        await release(child);
        expect(await waiting).to.equal('done');
      }),
    );

    it(
      'times out with the ID of the process that holds it',
      withHome(async ({folder}) => {
        await tryFor(30, folder); // Held by this process before.
        const child = await startHolder(folder);
        const outcome = await failure(tryFor(0.1, folder));
        expect(outcome).to.include({code: 'LOCK_TIMEOUT', exitCode: 8});
        expect(outcome.message).to.include(`(${child.pid})`);
        expect(outcome.suggestions.join()).to.include(`ps -p ${child.pid}`);
        await release(child);
      }),
    );

    it(
      'is acquired at once after its holder was killed',
      withHome(async ({folder}) => {
        const child = await startHolder(folder);
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
      'times out if the ID of the holder cannot be read',
      withHome(async ({folder}) => {
        const child = await startHolder(folder);
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
      'may have several holders, which exclude an exclusive one',
      withHome(async ({folder}) => {
        const children = [
          await startHolder(folder, {shared: true}),
          await startHolder(folder, {shared: true}),
        ];
        expect(await tryFor(0, folder, true)).to.equal('done');
        expect((await failure(tryFor(0.05, folder))).code).to.equal('LOCK_TIMEOUT');
        await release(children[0]!);
        expect((await failure(tryFor(0.05, folder))).code).to.equal('LOCK_TIMEOUT');
        await release(children[1]!);
        expect(await tryFor(0, folder)).to.equal('done');
      }),
    );

    it(
      'does not name an earlier holder',
      withHome(async ({folder}) => {
        await release(await startHolder(folder));
        const child = await startHolder(folder, {shared: true});
        const outcome = await failure(tryFor(0.05, folder));
        expect(outcome.code).to.equal('LOCK_TIMEOUT');
        expect(outcome.message).not.to.match(/\(\d+\)/);
        await release(child);
      }),
    );

    it(
      'is excluded by an exclusive one',
      withHome(async ({folder}) => {
        const child = await startHolder(folder);
        expect((await failure(tryFor(0.05, folder, true))).code).to.equal('LOCK_TIMEOUT');
        await release(child);
        expect(await tryFor(0, folder, true)).to.equal('done');
      }),
    );
  });
}

describe('lock files', () => {
  it(
    'M10: are not created through a linked folder',
    withFreshHome(async ({folder, tokens}) => {
      await mkdir(join(folder, 'elsewhere'), {mode: 0o700});
      await symlink('elsewhere', tokens);
      const locks = new FileLocks(join(tokens, '.locks'));
      for (const name of ['keys' as const, recordName('a')])
        expect((await failure(locks.withLock(name, async () => {}))).code).to.equal('FILE_UNSAFE');
      expect(await readdir(join(folder, 'elsewhere'))).to.deep.equal([]);
    }),
  );

  it(
    'M10: work after a crash while the method was chosen, which left a second name of it',
    withFreshHome(async ({folder}) => {
      const draft = join(folder, '.method.0123456789abcdef.tmp');
      await writeFile(draft, 'command\n', {mode: 0o600});
      await link(draft, join(folder, 'method'));
      expect(await tryFor(5, folder)).to.equal('done');
      expect((await readdir(folder)).sort()).to.deep.equal([`${NAME}.lock`, 'method']);
    }),
  );
});

describe('lock name of a record', () => {
  it('is one of 256', () => {
    const names = new Set(Array.from({length: 5000}, (_, index) => recordLockName(`threads-${index}`)));
    expect(names.size).to.equal(256);
    for (const name of names) expect(name).to.match(/^[0-9a-f]{2}$/);
  });

  it('is the same for the same record', () => {
    expect(recordLockName('threads-my.account')).to.equal(recordLockName('threads-my.account'));
  });
});
