import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {passphraseVariables} from '../../../src/config/passphrase-variables.js';
import {withHome} from '../../support/temporary-home.js';
import {failure} from '../oauth/support.js';

describe('passphrases in variables', () => {
  const read = async (env: NodeJS.ProcessEnv) => {
    const passphrases = passphraseVariables(env);
    return {known: await passphrases.known(), forNewKey: await passphrases.forNewKey()};
  };

  it('are none where none is set, and nobody is asked', async () => {
    expect(await read({TOOL_VAULT_PASSPHRASE: ''})).to.deep.equal({known: [], forNewKey: undefined});
  });

  it('may open a key, and wrap a new one', async () => {
    expect(await read({TOOL_VAULT_PASSPHRASE: 'one'})).to.deep.equal({known: ['one'], forNewKey: 'one'});
  });

  it('are two while one takes the place of the other', async () => {
    const env = {TOOL_VAULT_PASSPHRASE: 'one', TOOL_VAULT_NEW_PASSPHRASE: 'two'};
    expect(await read(env)).to.deep.equal({known: ['one', 'two'], forNewKey: 'two'});
  });

  it(
    'come from files, without the line’s end',
    withHome(async home => {
      const path = join(home.folder, 'passphrase');
      await writeFile(path, ' one two \r\n');
      expect((await read({TOOL_VAULT_PASSPHRASE_FILE: path})).known).to.deep.equal([' one two ']);
    }),
  );

  it('are missing where their file is, and its name is not told: it may be the passphrase', async () => {
    const error = await failure(read({TOOL_VAULT_PASSPHRASE_FILE: 'correct horse battery staple'}));
    expect(error.code).to.equal('PASSPHRASE_MISSING');
    expect([error.message, ...error.suggestions].join()).not.to.include('horse');
  });
});
