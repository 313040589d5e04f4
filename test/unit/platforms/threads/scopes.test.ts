import {expect} from 'chai';
import {VaultError} from '../../../../src/errors.js';
import {parseScopes, SCOPES} from '../../../../src/platforms/threads/scopes.js';

describe('parseScopes', () => {
  for (const [text, expected] of [
    ['threads_basic', ['threads_basic']],
    ['basic', ['threads_basic']],
    ['publish', ['threads_basic', 'threads_content_publish']],
    ['read_replies', ['threads_basic', 'threads_read_replies']],
    ['manage_replies', ['threads_basic', 'threads_manage_replies']],
    ['insights', ['threads_basic', 'threads_manage_insights']],
    ['threads_delete', ['threads_basic', 'threads_delete']],
    ['basic,publish', ['threads_basic', 'threads_content_publish']],
    [' publish , basic\n insights ', ['threads_basic', 'threads_content_publish', 'threads_manage_insights']],
    ['publish publish threads_content_publish', ['threads_basic', 'threads_content_publish']],
    ['threads_of_the_future', ['threads_basic', 'threads_of_the_future']],
    ['threads_v2_basic', ['threads_basic', 'threads_v2_basic']],
  ] as const)
    it(`parses ${JSON.stringify(text)} as ${expected.join(', ')}`, () => {
      expect(parseScopes(text)).to.deep.equal(expected);
    });

  it('expands `all` to every scope of Meta, and keeps the others', () => {
    expect(parseScopes('all')).to.deep.equal(SCOPES).and.have.lengthOf(11);
    expect(parseScopes('publish,all,threads_new')).to.have.members([...SCOPES, 'threads_new']);
  });

  for (const text of [
    '',
    ' ',
    ',',
    'post',
    'Threads_Basic',
    'threads-basic',
    'threads_basic;x_y',
    'a_b&state=x',
    '_basic',
    '7_x',
  ])
    it(`rejects ${JSON.stringify(text)} and lists the available scopes`, () => {
      try {
        expect.fail(parseScopes(text).join());
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        expect(error).to.include({code: 'USAGE', exitCode: 2});
        expect(error.suggestions.join()).to.include('publish').and.include('threads_delete');
      }
    });

  it('names an unknown scope, unless it may be a secret', () => {
    expect(() => parseScopes('publish,post')).to.throw('Unknown scope: post');
    for (const text of [`THAA${'x'.repeat(30)}`, '0123456789abcdef'.repeat(2), 'x'.repeat(40)])
      expect(() => parseScopes(text)).to.throw(/^Unknown scope\.$/);
  });
});
