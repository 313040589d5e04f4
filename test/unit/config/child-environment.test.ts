import {expect} from 'chai';
import {withoutCredentials, withoutSecrets} from '../../../src/config/child-environment.js';

describe('child environment', () => {
  it('contains no secrets for a child process of our own', () => {
    const env = {PATH: '/bin', THREADS_APP_SECRET: 'x', GITHUB_TOKEN: 'x', TOOL_VAULT_PASSPHRASE: 'x'};
    expect(withoutSecrets(env)).to.deep.equal({PATH: '/bin'});
    const others = {
      DB_PASSWORD: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      TOOL_MEMBER_KEY: 'x',
      npm_config_token: 'x',
    };
    expect(withoutSecrets({...others, PWD: '/', TOOL_KEY_STORE: 'file'})).to.deep.equal({
      PWD: '/',
      TOOL_KEY_STORE: 'file',
    });
  });

  it("contains everything except credentials and the vault's variables for a person's command", () => {
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

  it("restores the person's own debug variables", () => {
    const env = {TOOL_EXEC_DEBUG: 'theirs', TOOL_EXEC_NODE_DEBUG: 'http'};
    expect(withoutCredentials(env, 'threads')).to.deep.equal({DEBUG: 'theirs', NODE_DEBUG: 'http'});
    expect(withoutCredentials({DEBUG: 'x'}, 'threads')).to.deep.equal({DEBUG: 'x'});
  });
});
