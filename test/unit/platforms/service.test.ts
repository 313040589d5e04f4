import {expect} from 'chai';
import {VaultError} from '../../../src/errors.js';
import {findService} from '../../../src/platforms/service.js';
import {threads} from '../../../src/platforms/threads/threads.js';

const NAMES = ['TOOL_THREADS_AUTHORIZE_URL', 'TOOL_THREADS_API_URL'] as const;

function refusal(env: NodeJS.ProcessEnv): VaultError {
  try {
    return expect.fail(`accepted: ${JSON.stringify(findService(threads, env))}`);
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}

describe('service', () => {
  it("is the platform's own by default", () => {
    const own = {authorizeUrl: 'https://threads.com/oauth/authorize', apiUrl: 'https://graph.threads.net'};
    expect(findService(threads, {})).to.deep.equal(own);
    expect(findService(threads, {[NAMES[0]]: '', [NAMES[1]]: ''})).to.deep.equal(own);
  });

  it('is changed by each variable separately', () => {
    expect(findService(threads, {[NAMES[0]]: 'https://other.test/login?x=1'})).to.deep.equal({
      authorizeUrl: 'https://other.test/login?x=1',
      apiUrl: 'https://graph.threads.net',
    });
    expect(findService(threads, {[NAMES[1]]: 'https://graph.threads.com'})).to.deep.equal({
      authorizeUrl: 'https://threads.com/oauth/authorize',
      apiUrl: 'https://graph.threads.com',
    });
  });

  for (const url of [
    'https://other.test',
    'https://other.test:8443',
    'https://192.0.2.1',
    'http://localhost:4567',
    'http://127.0.0.1:4567',
    'http://[::1]:4567',
    'HTTP://LOCALHOST:4567',
  ])
    it(`may be ${url}`, () => {
      for (const name of NAMES) {
        const {authorizeUrl, apiUrl} = findService(threads, {[name]: url});
        expect([new URL(authorizeUrl).origin, apiUrl]).to.include(new URL(url).origin);
      }
    });

  it('uses only the origin of the API URL', () => {
    expect(findService(threads, {[NAMES[1]]: 'https://other.test/v1.0/?a=b#c'}).apiUrl).to.equal(
      'https://other.test',
    );
  });

  for (const url of [
    'http://graph.threads.net',
    'http://localhost.other.test',
    'http://127.0.0.1.other.test',
    'http://localhost@other.test',
    'http://192.168.0.1',
    'http://0.0.0.0',
    'http://[::]',
    'ftp://localhost',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'localhost:4567',
    'graph.threads.net',
    '/relative',
    'https://',
    'https://fake-user:fake-password@other.test',
    'http://fake-user@localhost',
  ])
    it(`may not be ${url}`, () => {
      for (const name of NAMES) {
        const {code, exitCode, message, suggestions} = refusal({[name]: url});
        expect({code, exitCode}).to.deep.equal({code: 'USAGE', exitCode: 2});
        expect(message).to.include(name);
        expect([message, ...suggestions].join()).not.to.include('fake-');
      }
    });
});
