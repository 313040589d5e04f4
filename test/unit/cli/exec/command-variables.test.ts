import {expect} from 'chai';
import {commandVariables, parseOnly, prefixesFor} from '../../../../src/cli/exec/command-variables.js';
import {platformVariables, readEnvironment} from '../../../../src/config/variables.js';
import {VaultError} from '../../../../src/errors.js';
import {aCredential} from '../../../support/credential.js';

const CREDENTIAL = aCredential();
const given = (...args: Parameters<typeof commandVariables>) => Object.fromEntries(commandVariables(...args));

describe('the variables of a command', () => {
  it('are those that the tool itself reads, and read back as the same credential', async () => {
    const variables = given(CREDENTIAL, 'THREADS_');
    expect(variables).to.have.all.keys(platformVariables('threads'));
    const {app_id, app_secret, refresh_token, user_id, expires_at} = CREDENTIAL;
    const same = {app_id, app_secret, refresh_token, user_id, expires_at};
    expect(
      await readEnvironment({platform: CREDENTIAL.platform, env: variables, apiUrl: CREDENTIAL.api_url}),
    ).to.include(same);
    const {THREADS_REFRESH_TOKEN: _, ...others} = variables;
    expect(
      await readEnvironment({platform: CREDENTIAL.platform, env: others, apiUrl: CREDENTIAL.api_url}),
    ).to.include(same);
  });

  it('leave out what is unknown', () => {
    const credential = aCredential({app_id: null, app_secret: null, user_id: null, expires_at: null});
    expect(given(credential, 'THREADS_')).to.have.all.keys('THREADS_REFRESH_TOKEN', 'THREADS_ACCESS_TOKEN');
  });

  it('are the ones asked for, under the credential’s own names', () => {
    expect(given(CREDENTIAL, 'THREADS_SHOP_', ['THREADS_USER_ID'])).to.deep.equal({
      THREADS_SHOP_USER_ID: CREDENTIAL.user_id,
    });
  });

  it('are missing with exit 3 where one that was asked for is unknown', () => {
    const credential = aCredential({app_secret: null});
    expect(() => commandVariables(credential, 'THREADS_', ['THREADS_APP_SECRET']))
      .to.throw(VaultError, 'THREADS_APP_SECRET')
      .with.property('exitCode', 3);
  });

  it('have names, and every other one is refused without being repeated', () => {
    expect(parseOnly('threads', ['THREADS_USER_ID', 'THREADS_APP_ID'])).to.have.length(2);
    for (const name of ['ACCESS_TOKEN', 'threads_user_id', 'PATH', '', 'THREADS_CREDENTIALS_FILE']) {
      expect(() => parseOnly('threads', ['THREADS_USER_ID', name]), name)
        .to.throw(VaultError, 'that there is not')
        .with.property('suggestions')
        .that.deep.equals([`There are: ${platformVariables('threads').join(', ')}`]);
    }
  });

  it('begin plain for the first credential, and with its own name for each other one', () => {
    expect(prefixesFor('threads', [])).to.deep.equal(['THREADS_']);
    expect(prefixesFor('threads', ['my.account'])).to.deep.equal(['THREADS_']);
    expect(prefixesFor('threads', ['a', 'my.account', 'Shop-2'])).to.deep.equal([
      'THREADS_',
      'THREADS_MY_ACCOUNT_',
      'THREADS_SHOP_2_',
    ]);
    expect(prefixesFor('threads', ['a.b', 'a_b'])).to.deep.equal(['THREADS_', 'THREADS_A_B_']);
    expect(() => prefixesFor('threads', ['x', 'a.b', 'A_B']))
      .to.throw(VaultError, 'would be the same')
      .with.property('exitCode', 2);
  });

  it('never have the plain names twice, whatever a credential is called', () => {
    const plain = platformVariables('threads');
    for (const name of [
      'app',
      'user',
      'refresh',
      'access',
      'token',
      'app_id',
      'token_expires',
      'credentials',
    ]) {
      const named = plain.map(each => each.replace('THREADS_', prefixesFor('threads', ['x', name])[1]!));
      expect(
        named.filter(each => plain.includes(each)),
        name,
      ).to.deep.equal([]);
    }
  });
});
