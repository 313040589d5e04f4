import {expect} from 'chai';
import {
  chooseKeyStore,
  isWeaker,
  KEY_STORE_CHOICES,
  requiredKeyStore,
} from '../../../src/config/key-stores.js';
import {failure} from '../../support/outcome.js';

describe('key store', () => {
  it('is chosen by the flag, else by the variable, else by the preferences', async () => {
    const choose = (flag: string | undefined, variable: string | undefined) =>
      chooseKeyStore(flag, {TOOL_KEY_STORE: variable}, async () => 'passphrase');
    expect(await choose('file', 'keychain')).to.equal('file');
    expect(await choose(undefined, 'file')).to.equal('file');
    expect(await choose(undefined, undefined)).to.equal('passphrase');
  });

  it('L11: an empty variable is not set', async () => {
    expect(requiredKeyStore({TOOL_KEY_STORE: ''})).to.equal('auto');
    expect(await chooseKeyStore(undefined, {TOOL_KEY_STORE: ''}, async () => 'keychain')).to.equal(
      'keychain',
    );
  });

  it('L7: the preferences cannot ask for the file', async () => {
    for (const preferred of KEY_STORE_CHOICES)
      expect(await chooseKeyStore(undefined, {}, async () => preferred)).to.equal(
        preferred === 'file' ? 'auto' : preferred,
      );
  });

  it('is named in the error if there is no such store', async () => {
    const outcome = await failure(
      chooseKeyStore(undefined, {TOOL_KEY_STORE: 'cupboard'}, async () => 'auto'),
    );
    expect(outcome).to.include({code: 'CONFIG_INVALID', exitCode: 2});
    expect(outcome.message).to.contain('TOOL_KEY_STORE').and.not.contain('cupboard');
    expect(() => requiredKeyStore({TOOL_KEY_STORE: 'cupboard'})).to.throw('TOOL_KEY_STORE');
  });

  it('is weaker in this order: keychain, passphrase, file', () => {
    expect(isWeaker('file', 'passphrase')).to.equal(true);
    expect(isWeaker('passphrase', 'keychain')).to.equal(true);
    expect(isWeaker('keychain', 'file')).to.equal(false);
    expect(isWeaker('file', 'file')).to.equal(false);
  });
});
