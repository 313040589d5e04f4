import {execFile} from 'node:child_process';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {
  isTemporaryName,
  isTemporaryOf,
  probeWrite,
  sweepTemporaries,
  sweepTemporariesOf,
  temporaryPath,
  writeDurably,
} from '../../../src/files/durable-write.js';
import {withHome} from '../../support/temporary-home.js';

const SOURCE = new URL('../../../src/files/durable-write.ts', import.meta.url).href;

/** Runs `use` and calls `onSync` before every sync of a file or folder. */
async function watchingSyncs(
  folder: string,
  onSync: (isFolder: boolean) => Promise<void>,
  use: () => Promise<void>,
) {
  const handle = await open(folder);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const {sync} = prototype;
  prototype.sync = async function (this: FileHandle) {
    await onSync((await this.stat()).isDirectory());
    return sync.call(this);
  };
  try {
    await use();
  } finally {
    prototype.sync = sync;
  }
}

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  return attempt.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
}

/** Runs a call in a process whose files cannot exceed `blocks`, like on a disk that becomes full during a write. */
async function onFullDisk(folder: string, call: string, blocks: number) {
  const script = `import {writeDurably, probeWrite} from ${JSON.stringify(SOURCE)};
    await ${call}.catch(error => console.log(error.code));`;
  const command = `ulimit -f ${blocks}; exec "$0" --import=tsx --input-type=module -e "$1" "$2"`;
  const {stdout} = await promisify(execFile)('sh', ['-c', command, process.execPath, script, folder]);
  return {code: stdout.trim(), left: await readdir(folder)};
}

describe('durable write', () => {
  it(
    'creates a private file and nothing else',
    withHome(async ({folder}) => {
      await writeDurably(join(folder, 'file'), 'content');
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('content');
      expect((await stat(join(folder, 'file'))).mode & 0o777).to.equal(0o600);
      expect(await readdir(folder)).to.deep.equal(['file']);
    }),
  );

  it(
    'replaces a file of any length and mode',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      await writeFile(path, 'x'.repeat(100_000), {mode: 0o644});
      const bytes = Buffer.from([0, 255, 10, 13]);
      await writeDurably(path, bytes);
      expect(await readFile(path)).to.deep.equal(bytes);
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
      expect(await readdir(folder)).to.deep.equal(['file']);
    }),
  );

  it(
    'replaces a symbolic link, not its target',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'target'), 'untouched');
      await symlink('target', join(folder, 'link'));
      await writeDurably(join(folder, 'link'), 'new');
      expect(await readFile(join(folder, 'target'), 'utf8')).to.equal('untouched');
      expect(await readFile(join(folder, 'link'), 'utf8')).to.equal('new');
    }),
  );

  it(
    'lets readers see only the whole old or the whole new content',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      const contents = ['a', 'b'].map(letter => letter.repeat(300_000));
      await writeDurably(path, contents[0]!);
      let writing = true;
      const writer = (async () => {
        for (let turn = 1; turn <= 40; turn++) await writeDurably(path, contents[turn % 2]!);
        writing = false;
      })();
      let reads = 0;
      for (; writing; reads++) expect(contents.includes(await readFile(path, 'utf8'))).to.equal(true);
      await writer;
      expect(reads).to.be.greaterThan(10);
    }),
  );

  it(
    'syncs the file before the rename, and the folder after it',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      await writeFile(path, 'old');
      const steps: string[] = [];
      await watchingSyncs(
        folder,
        async isFolder => {
          const what = isFolder ? 'folder' : 'file';
          steps.push(`${what} synced while the path holds ${await readFile(path, 'utf8')}`);
        },
        () => writeDurably(path, 'new'),
      );
      expect(steps).to.deep.equal([
        'file synced while the path holds old',
        'folder synced while the path holds new',
      ]);
    }),
  );

  it(
    'keeps the old content if the new content does not fit on the disk',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      await writeDurably(path, 'old');
      const {code, left} = await onFullDisk(
        folder,
        "writeDurably(process.argv[1] + '/file', 'x'.repeat(300_000))",
        64,
      );
      expect(code).to.equal('EFBIG');
      expect(left).to.deep.equal(['file']);
      expect(await readFile(path, 'utf8')).to.equal('old');
    }),
  );

  it(
    'keeps the old content if the temporary file cannot be created',
    withHome(async ({folder}) => {
      const path = join(folder, 'n'.repeat(250)); // Leaves no room for the suffix of a temporary name.
      await writeFile(path, 'old');
      expect(await codeOf(writeDurably(path, 'new'))).to.equal('ENAMETOOLONG');
      expect(await readFile(path, 'utf8')).to.equal('old');
      expect(await readdir(folder)).to.deep.equal([basename(path)]);
    }),
  );

  it(
    'leaves no temporary file if the rename fails',
    withHome(async ({folder}) => {
      await mkdir(join(folder, 'taken', 'inside'), {recursive: true});
      expect(await codeOf(writeDurably(join(folder, 'taken'), 'new'))).to.be.a('string');
      expect(await readdir(folder)).to.deep.equal(['taken']);
    }),
  );

  it(
    'fails if the folder is a file',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'file'), 'untouched');
      expect(await codeOf(writeDurably(join(folder, 'file', 'inside'), 'new'))).to.equal('ENOTDIR');
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('untouched');
    }),
  );
});

describe('durable write: probeWrite', () => {
  it(
    'leaves no file if a write would succeed',
    withHome(async ({folder}) => {
      await probeWrite(folder);
      expect(await readdir(folder)).to.deep.equal([]);
    }),
  );

  it(
    'fails if a write would fail, and leaves no file',
    withHome(async ({folder}) => {
      const {code, left} = await onFullDisk(folder, 'probeWrite(process.argv[1])', 8);
      expect(code).to.equal('EFBIG');
      expect(left).to.deep.equal([]);
      expect(await codeOf(probeWrite(join(folder, 'nowhere')))).to.equal('ENOENT');
    }),
  );
});

describe('durable write: temporary files of killed writers', () => {
  const HOUR = 60 * 60;
  const temporary = '.threads-my.account.token.0123456789abcdef.tmp';

  async function createOld(path: string, secondsAgo: number) {
    await writeFile(path, '');
    const then = Date.now() / 1000 - secondsAgo;
    await utimes(path, then, then);
  }

  it(
    'removes an old one',
    withHome(async ({folder}) => {
      await createOld(join(folder, temporary), HOUR + 60);
      await sweepTemporaries(folder);
      expect(await readdir(folder)).to.deep.equal([]);
    }),
  );

  it(
    'leaves one that may still be in use',
    withHome(async ({folder}) => {
      await createOld(join(folder, temporary), 0);
      await createOld(join(folder, temporary.replace('0', 'a')), HOUR - 60);
      await sweepTemporaries(folder);
      expect(await readdir(folder)).to.have.lengthOf(2);
    }),
  );

  it(
    'leaves files with any other name',
    withHome(async ({folder}) => {
      const foreign = [
        'threads-my.account.token',
        '.0123456789abcdef.tmp',
        '.file.0123456789abcde.tmp',
        '.file.0123456789ABCDEF.tmp',
        '.file.0123456789abcdef.tmp.bak',
        'file.0123456789abcdef.tmp',
        '.file.tmp',
      ].sort();
      for (const name of foreign) await createOld(join(folder, name), 1000 * HOUR);
      await sweepTemporaries(folder);
      expect((await readdir(folder)).sort()).to.deep.equal(foreign);
      expect(foreign.filter(isTemporaryName)).to.deep.equal([]);
    }),
  );

  it(
    'ignores one that cannot be removed',
    withHome(async ({folder}) => {
      await mkdir(join(folder, temporary, 'inside'), {recursive: true});
      const then = Date.now() / 1000 - 2 * HOUR;
      await utimes(join(folder, temporary), then, then);
      await sweepTemporaries(folder);
      expect(await readdir(folder)).to.deep.equal([temporary]);
    }),
  );

  it(
    'recognizes the name that a write uses',
    withHome(async ({folder}) => {
      const seen: string[] = [];
      await watchingSyncs(
        folder,
        async isFolder => void (!isFolder && seen.push(...(await readdir(folder)).filter(isTemporaryName))),
        () => writeDurably(join(folder, 'file'), 'content'),
      );
      expect(seen).to.have.lengthOf(1);
    }),
  );

  it(
    'M5: removes at once what no running process writes, and only of one file',
    withHome(async ({folder}) => {
      const others = ['.env.local', '.environment', '.my.env']
        .map(name => basename(temporaryPath(name)))
        .sort();
      for (const name of [...others, basename(temporaryPath('.env'))]) await createOld(join(folder, name), 0);
      await sweepTemporariesOf(join(folder, '.env'));
      expect((await readdir(folder)).sort()).to.deep.equal(others);
    }),
  );

  it(
    'M5: leaves the one of a running write, whatever its age',
    withHome(async ({folder}) => {
      const path = join(folder, '.env');
      let seen: string[] = [];
      await watchingSyncs(
        folder,
        async isFolder => {
          if (isFolder) return;
          const [name] = await readdir(folder);
          await utimes(join(folder, name!), 0, 0);
          await sweepTemporariesOf(path);
          seen = await readdir(folder);
        },
        () => writeDurably(path, 'content'),
      );
      expect(seen).to.have.lengthOf(1);
      expect(await readdir(folder)).to.deep.equal(['.env']);
    }),
  );

  it(
    'M5: are left by none of 400 writes that sweep at the same time, and all succeed',
    withHome(async ({folder}) => {
      const path = join(folder, '.env');
      const script = `import {sweepTemporariesOf, writeDurably} from ${JSON.stringify(SOURCE)};
        const write = async () => { await sweepTemporariesOf(process.argv[1]); await writeDurably(process.argv[1], 'x'); };
        for (let turn = 0; turn < 25; turn++) await Promise.all([write(), write(), write(), write()]);`;
      const run = () =>
        promisify(execFile)(process.execPath, ['--import=tsx', '--input-type=module', '-e', script, path]);
      await Promise.all([run(), run(), run(), run()]);
      expect(await readdir(folder)).to.deep.equal(['.env']);
    }),
  );

  it('M5: have the name of a hidden file without a second dot', () => {
    expect(temporaryPath('/a/.env')).to.match(/^\/a\/\.env\.[0-9a-f]{16}\.tmp$/);
    expect(temporaryPath('/a/vault.key')).to.match(/^\/a\/\.vault\.key\.[0-9a-f]{16}\.tmp$/);
    for (const name of ['.env', 'vault.key', '.vault.key'])
      expect(isTemporaryOf(name, basename(temporaryPath(name))), name).to.equal(true);
  });
});
