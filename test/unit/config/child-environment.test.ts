import {expect} from 'chai';
import {withoutCredentials, withoutSecrets} from '../../../src/config/child-environment.js';

describe('the environment of a child', () => {
  it('has no secret, where the child is our own', () => {
    const env = {PATH: '/bin', THREADS_APP_SECRET: 'x', GITHUB_TOKEN: 'x', TOOL_VAULT_PASSPHRASE: 'x'};
    expect(withoutSecrets(env)).to.deep.equal({PATH: '/bin'});
  });

  it('has all but the credentials and the vault’s, where the person runs it', () => {
    const kept = {
      PATH: '/bin',
      GITHUB_TOKEN: 'x',
      THREADS: '8',
      TOOL_HOME: '/home',
      TOOL_THREADS_API_URL: 'x',
    };
    const cleared = {
      THREADS_ACCESS_TOKEN: 'x',
      THREADS_SHOP_ACCESS_TOKEN: 'x',
      THREADS_: 'x',
      TOOL_VAULT_PASSPHRASE: 'x',
      TOOL_VAULT_NEW_PASSPHRASE_FILE: 'x',
    };
    expect(withoutCredentials({...kept, ...cleared}, 'threads')).to.deep.equal(kept);
  });

  it('has the person’s own settings for debugging, which were put aside', () => {
    const env = {TOOL_EXEC_DEBUG: 'theirs', TOOL_EXEC_NODE_DEBUG: 'http'};
    expect(withoutCredentials(env, 'threads')).to.deep.equal({DEBUG: 'theirs', NODE_DEBUG: 'http'});
    expect(withoutCredentials({DEBUG: 'x'}, 'threads')).to.deep.equal({DEBUG: 'x'});
  });
});
