import {execFileSync} from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {parse} from 'dotenv';
import type {Credential} from '../../../src/credential.js';
import {
  probeEnvFile,
  readEnvFileCredential,
  writeEnvFile,
  writeRenewed,
} from '../../../src/credentials/env-file.js';
import type {FoundCredential} from '../../../src/credentials/find.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {aCredential} from '../../support/credential.js';
import {needsMount, needsRoot} from '../../support/needs.js';
import {failure, withFolder} from '../oauth/support.js';

const FUTURE = '2099-01-01T00:00:00.000Z';
const ALICE = aCredential({expires_at: FUTURE, user_id: '7'});
const TOKEN = ALICE.refresh_token;
const found = (credential: Credential, kind: 'store' | 'environment' = 'store'): FoundCredential => ({
  credential,
  source: {kind, identifier: null, variables: {found: [], empty: []}},
});
const STORED = found(ALICE);

/** Runs `use` with a `.env` file of this content, or without a file if `text` is undefined. */
const withEnv =
  (text: string | Buffer | undefined, use: (path: string, folder: string) => Promise<unknown>) => () =>
    withFolder(async folder => {
      const path = join(folder, '.env');
      if (text !== undefined) await writeFile(path, text);
      await use(path, folder);
    });

describe('writing a token to a .env file', () => {
  it(
    'creates a private file when there is none',
    withEnv(undefined, async path => {
      expect(await writeEnvFile({path}, STORED)).to.deep.equal({
        file: path,
        variable: 'THREADS_REFRESH_TOKEN',
        changed: true,
        created: true,
        readable_by_others: false,
      });
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
      expect(await readFile(path, 'utf8')).to.equal(`THREADS_REFRESH_TOKEN='${TOKEN}'\n`);
    }),
  );

  for (const mode of [0o600, 0o640, 0o664, 0o755])
    it(
      `keeps the mode ${mode.toString(8)}, whatever the umask`,
      withEnv('A=1\n', async path => {
        await chmod(path, mode);
        const umask = process.umask(0o077);
        try {
          expect(await writeEnvFile({path}, STORED)).to.include({readable_by_others: mode !== 0o600});
        } finally {
          process.umask(umask);
        }
        expect((await stat(path)).mode & 0o7777).to.equal(mode);
      }),
    );

  it('keeps the owner and group', function () {
    needsRoot(this);
    return withEnv('A=1\n', async path => {
      await chown(path, 1234, 5678);
      await writeEnvFile({path}, STORED);
      expect(await stat(path)).to.include({uid: 1234, gid: 5678});
    })();
  });

  it(
    'changes the target of a symbolic link and keeps the link',
    withEnv(undefined, async (path, folder) => {
      await mkdir(join(folder, 'shared'));
      await writeFile(join(folder, 'shared/env'), 'A=1\n');
      await symlink('shared/env', path);
      await writeEnvFile({path}, STORED);
      expect(await readlink(path)).to.equal('shared/env');
      expect((await lstat(path)).isSymbolicLink()).to.equal(true);
      expect(parse(await readFile(join(folder, 'shared/env'), 'utf8'))).to.deep.equal({
        A: '1',
        THREADS_REFRESH_TOKEN: TOKEN,
      });
      expect(await readdir(join(folder, 'shared'))).to.deep.equal(['env']);
    }),
  );

  it(
    'does not touch a file that already contains the token',
    withEnv(`THREADS_REFRESH_TOKEN=${TOKEN}`, async path => {
      const {mtimeMs, ino} = await stat(path);
      expect(await writeEnvFile({path}, STORED)).to.include({changed: false, created: false});
      expect(await stat(path)).to.include({mtimeMs, ino});
    }),
  );

  for (const [what, before, variable, after] of [
    [
      "the token in ThreadsPipe's variable",
      'THREADS_ACCESS_TOKEN=x\n',
      undefined,
      `THREADS_ACCESS_TOKEN=${TOKEN}\n`,
    ],
    ['the token in the given variable', 'acc_tkn=x\n', 'acc_tkn', `acc_tkn=${TOKEN}\n`],
    [
      'the expiry date with the token',
      'THREADS_REFRESH_TOKEN=x\nTHREADS_TOKEN_EXPIRES_AT=2026-01-01\n',
      undefined,
      `THREADS_REFRESH_TOKEN=${TOKEN}\nTHREADS_TOKEN_EXPIRES_AT=${FUTURE}\n`,
    ],
    [
      'the token but not the expiry date of another one',
      'THREADS_REFRESH_TOKEN=x\nTHREADS_TOKEN_EXPIRES_AT=2026-01-01\nB=y',
      'B',
      `THREADS_REFRESH_TOKEN=x\nTHREADS_TOKEN_EXPIRES_AT=2026-01-01\nB=${TOKEN}`,
    ],
  ] as const)
    it(
      `writes ${what}`,
      withEnv(before, async path => {
        await writeEnvFile({path, variable}, STORED);
        expect(await readFile(path, 'utf8')).to.equal(after);
      }),
    );

  it(
    'clears an old expiry date when the new one is unknown',
    withEnv('THREADS_REFRESH_TOKEN=x\nTHREADS_TOKEN_EXPIRES_AT=2026-01-01\n', async path => {
      await writeEnvFile({path}, found({...ALICE, expires_at: null}));
      expect(parse(await readFile(path, 'utf8')).THREADS_TOKEN_EXPIRES_AT).to.equal('');
    }),
  );

  for (const [what, content, prepare, code] of [
    ['belongs to another account', 'THREADS_USER_ID=8\n', undefined, 'USAGE'],
    ['is not UTF-8', Buffer.from('A=\xe4\n', 'latin1'), undefined, 'USAGE'],
    ['is UTF-16, as Windows PowerShell writes it', Buffer.from('\ufeffA=1\n', 'utf16le'), undefined, 'USAGE'],
    ['is too large', 'A=1\n'.repeat(100_000), undefined, 'USAGE'],
    ['would be read differently afterward', 'A:\n', undefined, 'USAGE'],
    ['is a folder', undefined, (path: string) => mkdir(path), 'USAGE'],
    ['is a dangling symbolic link', undefined, (path: string) => symlink('nothing', path), 'USAGE'],
    ['is a symbolic link to itself', undefined, (path: string) => symlink('.env', path), 'STORAGE_FAILED'],
  ] as const)
    it(
      `refuses a file that ${what}, in a probe too, and leaves it alone`,
      withEnv(content, async (path, folder) => {
        await prepare?.(path);
        const before = await readFile(path).catch(() => undefined);
        for (const attempt of [writeEnvFile, probeEnvFile]) {
          const error = await failure(attempt({path}, STORED));
          expect(error.code).to.equal(code);
          expect(JSON.stringify(error)).not.to.include(TOKEN);
        }
        expect(await readFile(path).catch(() => undefined)).to.deep.equal(before);
        expect(await readdir(folder)).to.deep.equal(['.env']);
      }),
    );

  it('fails when the folder is missing', () =>
    withFolder(async folder => {
      for (const attempt of [writeEnvFile, probeEnvFile])
        expect(await failure(attempt({path: join(folder, 'none/.env')}, STORED))).to.include({
          code: 'STORAGE_FAILED',
        });
    }));

  it('refuses a bind-mounted file, as in a container, and leaves it alone', function () {
    needsMount(this);
    return withEnv('A=1\n', async (path, folder) => {
      // With a blank in the path, which the list of mounts escapes.
      const elsewhere = join(folder, 'else where');
      await mkdir(elsewhere);
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', elsewhere]);
      const mounted = join(elsewhere, '.env');
      await writeFile(mounted, '');
      execFileSync('mount', ['--bind', path, mounted]);
      try {
        for (const attempt of [writeEnvFile, probeEnvFile]) {
          const error = await failure(attempt({path: mounted}, STORED));
          expect(error.code).to.equal('STORAGE_FAILED');
          expect(error.message).to.include('mounted');
        }
        expect(await readFile(path, 'utf8')).to.equal('A=1\n');
        expect(await readdir(elsewhere)).to.deep.equal(['.env']);
      } finally {
        execFileSync('umount', [mounted, elsewhere]);
      }
    })();
  });

  it(
    'refuses an expired token',
    withEnv('THREADS_REFRESH_TOKEN=x\n', async path => {
      const expired = found({...ALICE, expires_at: '2026-01-01T00:00:00.000Z'});
      expect(await failure(writeEnvFile({path}, expired))).to.include({
        code: 'CREDENTIAL_EXPIRED',
        exitCode: 4,
      });
      expect(await readFile(path, 'utf8')).to.equal('THREADS_REFRESH_TOKEN=x\n');
    }),
  );

  it(
    'leaves the file alone in a probe',
    withEnv('A=1\r\nTHREADS_REFRESH_TOKEN=x', async (path, folder) => {
      const {mtimeMs, ino} = await stat(path);
      await probeEnvFile({path}, STORED);
      expect(await readFile(path, 'utf8')).to.equal('A=1\r\nTHREADS_REFRESH_TOKEN=x');
      expect(await stat(path)).to.include({mtimeMs, ino});
      await probeEnvFile({path: join(folder, 'new.env')}, STORED);
      expect(await readdir(folder)).to.deep.equal(['.env']);
    }),
  );

  it(
    'reads the file as a credential of its own',
    withEnv('A=1\nacc_tkn="THAAfake"\nTHREADS_USER_ID=7\n', async path => {
      expect(await readEnvFileCredential({path}, threads, 'https://x.test')).to.equal(undefined);
      const credential = await readEnvFileCredential({path, variable: 'acc_tkn'}, threads, 'https://x.test');
      expect(credential).to.include({refresh_token: 'THAAfake', user_id: '7', api_url: 'https://x.test'});
    }),
  );
});

describe('a refreshed token that cannot be written to a .env file', () => {
  it('is reported to be in the store if it is stored', async () => {
    const error = await failure(writeRenewed({path: '/nowhere/.env'}, STORED));
    expect(error.code).to.equal('STORAGE_FAILED');
    expect(error.suggestions.join()).to.include(`set-env FILE --identifier ${ALICE.identifier}`);
  });

  it('is saved in a private file if it is stored nowhere else', async () => {
    const error = await failure(writeRenewed({path: '/nowhere/.env'}, found(ALICE, 'environment')));
    expect(JSON.stringify(error)).not.to.include(TOKEN);
    const [, path = ''] = /token is in (\S+)\. Take/.exec(error.suggestions.join())!;
    expect(parse(await readFile(path, 'utf8'))).to.deep.equal({THREADS_REFRESH_TOKEN: TOKEN});
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    await rm(join(path, '..'), {recursive: true});
  });
});
