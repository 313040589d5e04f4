import {execFileSync} from 'node:child_process';
import {chmod, chown, link, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {passphraseVariables} from '../../../src/config/passphrase-variables.js';
import {needsRoot} from '../../support/needs.js';
import {withHome} from '../../support/temporary-home.js';
import {failure} from '../oauth/support.js';

describe('passphrase variables', () => {
  const read = async (env: NodeJS.ProcessEnv) => {
    const passphrases = passphraseVariables(env);
    return {known: await passphrases.known(), forNewKey: await passphrases.forNewKey()};
  };

  it('give no passphrase if none is set', async () => {
    expect(await read({TOOL_VAULT_PASSPHRASE: ''})).to.deep.equal({known: [], forNewKey: undefined});
  });

  it('give one passphrase for existing and new keys', async () => {
    expect(await read({TOOL_VAULT_PASSPHRASE: 'one'})).to.deep.equal({known: ['one'], forNewKey: 'one'});
  });

  it('give the old and the new passphrase while it is being changed', async () => {
    const env = {TOOL_VAULT_PASSPHRASE: 'one', TOOL_VAULT_NEW_PASSPHRASE: 'two'};
    expect(await read(env)).to.deep.equal({known: ['one', 'two'], forNewKey: 'two'});
  });

  it(
    'are read from files without the line ending',
    withHome(async home => {
      const path = join(home.folder, 'passphrase');
      await writeFile(path, ' one two \r\n', {mode: 0o600});
      expect((await read({TOOL_VAULT_PASSPHRASE_FILE: path})).known).to.deep.equal([' one two ']);
    }),
  );

  it('fail if the file is missing, without naming it: its name may be the passphrase', async () => {
    const error = await failure(read({TOOL_VAULT_PASSPHRASE_FILE: 'correct horse battery staple'}));
    expect(error.code).to.equal('PASSPHRASE_MISSING');
    expect([error.message, ...error.suggestions].join()).not.to.include('horse');
  });

  /** What is done to the passphrase file; `other` is another path in its folder. */
  const unsafe: Record<string, (path: string, other: string) => Promise<unknown>> = {
    'others can read': path => chmod(path, 0o644),
    'a group can write': path => chmod(path, 0o620),
    'is a symbolic link': async (path, other) => {
      await writeFile(other, 'CANARY', {mode: 0o600});
      await symlink(other, `${path}-link`);
      return `${path}-link`;
    },
    'has two names': (path, other) => link(path, other),
    'is a FIFO': async path => {
      execFileSync('mkfifo', ['-m', '600', `${path}-fifo`]);
      return `${path}-fifo`;
    },
  };
  for (const [what, change] of Object.entries(unsafe))
    it(
      `L6: a file that ${what} is refused, without naming it`,
      withHome(async ({folder}) => {
        const path = join(folder, 'CANARY');
        await writeFile(path, 'one', {mode: 0o600});
        const changed = ((await change(path, join(folder, 'CANARY-2'))) as string | undefined) ?? path;
        const error = await failure(read({TOOL_VAULT_PASSPHRASE_FILE: changed}));
        expect(error.code).to.equal('FILE_UNSAFE');
        expect([error.message, ...error.suggestions].join()).not.to.include('CANARY');
        expect(error.message).to.match(/^The file named in TOOL_VAULT_PASSPHRASE_FILE /);
      }),
    );

  it(
    'L6: a file with an open mode is accepted after the suggested command',
    withHome(async ({folder}) => {
      const env = {TOOL_VAULT_PASSPHRASE_FILE: join(folder, 'a file')};
      await writeFile(env.TOOL_VAULT_PASSPHRASE_FILE, 'one\n', {mode: 0o644});
      const [suggestion] = (await failure(read(env))).suggestions;
      execFileSync('sh', ['-c', suggestion!.replace('Run: ', '')], {env});
      expect((await read(env)).known).to.deep.equal(['one']);
    }),
  );

  it('L6: a file of another user is refused', async function () {
    needsRoot(this);
    await withHome(async ({folder}) => {
      const path = join(folder, 'passphrase');
      await writeFile(path, 'one', {mode: 0o600});
      await chown(path, 65534, 65534);
      expect((await failure(read({TOOL_VAULT_PASSPHRASE_FILE: path}))).code).to.equal('FILE_UNSAFE');
    })();
  });
});
