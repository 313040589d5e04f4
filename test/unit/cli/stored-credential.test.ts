import {expect} from 'chai';
import {checkStored, findStored} from '../../../src/cli/stored-credential.js';
import type {Preferences} from '../../../src/config/preferences.js';
import {parsePlatformName} from '../../../src/credential.js';
import type {Vault} from '../../../src/vault/vault.js';
import {recordName} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';

const holding = (...names: string[]) =>
  ({names: async (platform: string) => (platform === 'threads' ? names : [])}) as unknown as Vault;
const preferring = (name?: string) => async () => ({default: name ? {threads: name} : {}}) as Preferences;

describe('choosing a stored credential', () => {
  it('names the platforms when it does not know the one that was given', async () => {
    const none = await failure(
      findStored(holding(), {platform: 'facebook', identifier: undefined}, preferring()),
    );
    expect(none).to.include({code: 'CREDENTIAL_MISSING', exitCode: 3});
    expect(none.suggestions).to.deep.equal(['Platforms: threads']);
    const platform = parsePlatformName('facebook');
    const name = await failure(checkStored(holding(), {...recordName('a'), platform}));
    expect(name.suggestions).to.deep.equal(['Platforms: threads']);
  });

  it('takes the named one, stored or not', async () => {
    const ref = await findStored(holding('a'), {platform: 'threads', identifier: 'b'}, preferring());
    expect(ref).to.deep.equal(recordName('b'));
  });

  it('takes the only one, or else the default', async () => {
    expect(
      (await findStored(holding('a'), {platform: 'threads', identifier: undefined}, preferring('b')))
        .identifier,
    ).to.equal('a');
    expect(
      (await findStored(holding('a', 'b'), {platform: 'threads', identifier: undefined}, preferring('b')))
        .identifier,
    ).to.equal('b');
  });

  it('needs a name if there are several and no default', async () => {
    const outcome = await failure(
      findStored(holding('a', 'b'), {platform: 'threads', identifier: undefined}, preferring()),
    );
    expect(outcome).to.include({code: 'IDENTIFIER_NEEDED', exitCode: 2});
  });

  it('fails if none is stored', async () => {
    const outcome = await failure(
      findStored(holding(), {platform: 'threads', identifier: undefined}, preferring()),
    );
    expect(outcome).to.include({code: 'CREDENTIAL_MISSING', exitCode: 3});
    expect(
      (await failure(findStored(holding('a'), {platform: 'facebook', identifier: undefined}, preferring())))
        .exitCode,
    ).to.equal(3);
  });

  it('refuses invalid names', async () => {
    expect(
      (await failure(findStored(holding('a'), {platform: 'threads', identifier: '../a'}, preferring()))).code,
    ).to.equal('IDENTIFIER_INVALID');
    for (const platform of ['', '..', '../x', 'Threads', 'a-b', 'x'.repeat(33)])
      expect(
        (await failure(findStored(holding('a'), {platform, identifier: 'a'}, preferring()))).code,
      ).to.equal('USAGE');
  });

  it('can check that it is stored, readable or not', async () => {
    await checkStored(holding('a'), recordName('a'));
    const outcome = await failure(checkStored(holding('a', 'c'), recordName('b')));
    expect(outcome).to.include({code: 'CREDENTIAL_MISSING', exitCode: 3});
    expect(outcome.message).to.include('a, c');
  });
});
