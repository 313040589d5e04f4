import {expect} from 'chai';
import {commandVariables, parseOnly, prefixesFor} from '../../../../src/cli/exec/command-variables.js';
import {platformVariables, readEnvironment} from '../../../../src/config/variables.js';
import {VaultError} from '../../../../src/errors.js';
import {aCredential} from '../../../support/credential.js';

const CREDENTIAL = aCredential();
const given = (...args: Parameters<typeof commandVariables>) => Object.fromEntries(commandVariables(...args));

describe('variables of a command', () => {
  it('are those that the tool itself reads, which make the same credential again', async () => {
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

  it('leave out unknown values', () => {
    const credential = aCredential({app_id: null, app_secret: null, user_id: null, expires_at: null});
    expect(given(credential, 'THREADS_')).to.have.all.keys('THREADS_REFRESH_TOKEN', 'THREADS_ACCESS_TOKEN');
  });

  it('are those named by --only, with the prefix of the credential', () => {
    expect(given(CREDENTIAL, 'THREADS_SHOP_', ['THREADS_USER_ID'])).to.deep.equal({
      THREADS_SHOP_USER_ID: CREDENTIAL.user_id,
    });
  });

  it('fail with exit code 3 if the value of a named one is unknown', () => {
    const credential = aCredential({app_secret: null});
    expect(() => commandVariables(credential, 'THREADS_', ['THREADS_APP_SECRET']))
      .to.throw(VaultError, 'THREADS_APP_SECRET')
      .with.property('exitCode', 3);
  });

  it('must exist to be named by --only', () => {
    expect(parseOnly('threads', ['THREADS_USER_ID', 'THREADS_APP_ID'])).to.have.length(2);
    for (const name of ['ACCESS_TOKEN', 'threads_user_id', 'PATH', 'THREADS_CREDENTIALS_FILE']) {
      expect(() => parseOnly('threads', ['THREADS_USER_ID', name]), name)
        .to.throw(VaultError, `--only: no variable named ${name}.`)
        .with.property('suggestions')
        .that.deep.equals([`Available: ${platformVariables('threads').join(', ')}`]);
    }
  });

  it('are not repeated in the error if they may be a secret', () => {
    for (const name of ['', CREDENTIAL.refresh_token, `x=${CREDENTIAL.refresh_token}`])
      expect(() => parseOnly('threads', [name]), name).to.throw(VaultError, '--only: unknown variable.');
  });

  it('have the plain prefix for the first credential, and add the name of each other one', () => {
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

  it('never repeat a plain name, whatever a credential is called', () => {
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
