import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {passphraseVariables} from '../../../src/config/passphrase-variables.js';
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
      await writeFile(path, ' one two \r\n');
      expect((await read({TOOL_VAULT_PASSPHRASE_FILE: path})).known).to.deep.equal([' one two ']);
    }),
  );

  it('fail if the file is missing, without naming it: its name may be the passphrase', async () => {
    const error = await failure(read({TOOL_VAULT_PASSPHRASE_FILE: 'correct horse battery staple'}));
    expect(error.code).to.equal('PASSPHRASE_MISSING');
    expect([error.message, ...error.suggestions].join()).not.to.include('horse');
  });
});
