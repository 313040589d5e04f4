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
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {isTemporary, sweepTemporaries, writeDurably} from '../../../src/vault/durable-write.js';
import {withHome} from './temporary-home.js';

const SOURCE = fileURLToPath(new URL('../../../src/vault/durable-write.ts', import.meta.url));

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  return attempt.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
}

describe('durable write', () => {
  it(
    'makes a file that only we can open, and nothing else',
    withHome(async ({folder}) => {
      await writeDurably(join(folder, 'file'), 'content');
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('content');
      expect((await stat(join(folder, 'file'))).mode & 0o777).to.equal(0o600);
      expect(await readdir(folder)).to.deep.equal(['file']);
    }),
  );

  it(
    'replaces what was there, whatever its length and mode',
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
    'replaces a link, not what it points to',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'target'), 'untouched');
      await symlink('target', join(folder, 'link'));
      await writeDurably(join(folder, 'link'), 'new');
      expect(await readFile(join(folder, 'target'), 'utf8')).to.equal('untouched');
      expect(await readFile(join(folder, 'link'), 'utf8')).to.equal('new');
    }),
  );

  it(
    'shows a reader the whole old or the whole new content',
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
    'is on the disk before it is called written: file, rename, folder',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      await writeFile(path, 'old');
      const steps: string[] = [];
      const handle = await open(path);
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      await handle.close();
      const {sync} = prototype;
      prototype.sync = async function (this: FileHandle) {
        const what = (await this.stat()).isDirectory() ? 'folder' : 'file';
        steps.push(`${what} synced while the name means ${await readFile(path, 'utf8')}`);
        return sync.call(this);
      };
      try {
        await writeDurably(path, 'new');
      } finally {
        prototype.sync = sync;
      }
      expect(steps).to.deep.equal([
        'file synced while the name means old',
        'folder synced while the name means new',
      ]);
    }),
  );

  it(
    'keeps the old content, whole, when the new one does not fit',
    withHome(async ({folder}) => {
      const path = join(folder, 'file');
      await writeDurably(path, 'old');
      const script = `import {writeDurably} from ${JSON.stringify(pathToFileURL(SOURCE))};
        await writeDurably(process.argv[1], 'x'.repeat(300_000)).catch(error => console.log(error.code));`;
      // The limit on a file's size stands for the disk that gets full midway.
      const command = `ulimit -f 64; exec "$0" --import=tsx --input-type=module -e "$1" "$2"`;
      const {stdout} = await promisify(execFile)('sh', ['-c', command, process.execPath, script, path]);
      expect(stdout.trim()).to.equal('EFBIG');
      expect(await readFile(path, 'utf8')).to.equal('old');
      expect(await readdir(folder)).to.deep.equal(['file']);
    }),
  );

  it(
    'keeps the old content when no new file can be made',
    withHome(async ({folder}) => {
      const path = join(folder, 'n'.repeat(250)); // There is no room in the name for a temporary's ending.
      await writeFile(path, 'old');
      expect(await codeOf(writeDurably(path, 'new'))).to.equal('ENAMETOOLONG');
      expect(await readFile(path, 'utf8')).to.equal('old');
      expect(await readdir(folder)).to.deep.equal([basename(path)]);
    }),
  );

  it(
    'leaves no temporary when the name cannot be taken',
    withHome(async ({folder}) => {
      await mkdir(join(folder, 'taken', 'inside'), {recursive: true});
      expect(await codeOf(writeDurably(join(folder, 'taken'), 'new'))).to.be.a('string');
      expect(await readdir(folder)).to.deep.equal(['taken']);
    }),
  );

  it(
    'fails where the folder is a file',
    withHome(async ({folder}) => {
      await writeFile(join(folder, 'file'), 'untouched');
      expect(await codeOf(writeDurably(join(folder, 'file', 'inside'), 'new'))).to.equal('ENOTDIR');
      expect(await readFile(join(folder, 'file'), 'utf8')).to.equal('untouched');
    }),
  );
});

describe('durable write: what killed writers left', () => {
  const HOUR = 60 * 60;
  const temporary = '.threads-my.account.token.0123456789abcdef.tmp';

  async function leave(path: string, secondsAgo: number) {
    await writeFile(path, '');
    const then = Date.now() / 1000 - secondsAgo;
    await utimes(path, then, then);
  }

  it(
    'is removed when it is old',
    withHome(async ({folder}) => {
      await leave(join(folder, temporary), HOUR + 60);
      await sweepTemporaries(folder);
      expect(await readdir(folder)).to.deep.equal([]);
    }),
  );

  it(
    'is left while a writer may still be at it',
    withHome(async ({folder}) => {
      await leave(join(folder, temporary), 0);
      await leave(join(folder, temporary.replace('0', 'a')), HOUR - 60);
      await sweepTemporaries(folder);
      expect(await readdir(folder)).to.have.lengthOf(2);
    }),
  );

  it(
    'is removed under no other name',
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
      for (const name of foreign) await leave(join(folder, name), 1000 * HOUR);
      await sweepTemporaries(folder);
      expect((await readdir(folder)).sort()).to.deep.equal(foreign);
      expect(foreign.filter(isTemporary)).to.deep.equal([]);
    }),
  );

  it(
    'does no harm when it cannot be removed',
    withHome(async ({folder}) => {
      await mkdir(join(folder, temporary, 'inside'), {recursive: true});
      const then = Date.now() / 1000 - 2 * HOUR;
      await utimes(join(folder, temporary), then, then);
      await sweepTemporaries(folder);
      expect(await readdir(folder)).to.deep.equal([temporary]);
    }),
  );

  it(
    'is recognised as what a write makes',
    withHome(async ({folder}) => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      const handle = await open(file);
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      await handle.close();
      const {sync} = prototype;
      let seen: string[] = [];
      prototype.sync = async function (this: FileHandle) {
        if ((await this.stat()).isFile()) seen = (await readdir(folder)).filter(isTemporary);
        return sync.call(this);
      };
      try {
        await writeDurably(file, 'new');
      } finally {
        prototype.sync = sync;
      }
      expect(seen).to.have.lengthOf(1);
    }),
  );
});
