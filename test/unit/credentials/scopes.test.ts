import {expect} from 'chai';
import type {FoundCredential} from '../../../src/credentials/find.js';
import {requireScopes} from '../../../src/credentials/scopes.js';
import {VaultError} from '../../../src/errors.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {aCredential} from '../../support/credential.js';

const variables = {found: [], empty: []};
const stored = (scopes: string[] | null): FoundCredential => ({
  credential: aCredential({scopes}),
  source: {kind: 'store', identifier: 'my.account', variables},
});
const fromEnvironment = (scopes: string[] | null): FoundCredential => ({
  credential: aCredential({scopes}),
  source: {kind: 'environment', identifier: null, variables},
});

function refusal(sourced: FoundCredential, needed: string[]): VaultError {
  try {
    requireScopes(threads, sourced, needed);
  } catch (error) {
    expect(error).to.be.instanceOf(VaultError);
    return error as VaultError;
  }
  throw new Error('It was let pass.');
}

describe('permission', () => {
  it('lets pass what was granted, what needs nothing, and what nobody knows', () => {
    requireScopes(threads, stored(['threads_basic', 'threads_delete']), ['threads_delete']);
    requireScopes(threads, stored([]), []);
    requireScopes(threads, stored(null), ['threads_delete']);
    requireScopes(threads, fromEnvironment(null), ['threads_delete']);
  });

  it('names what is missing, and the login that keeps what there is', () => {
    const error = refusal(stored(['threads_basic', 'threads_content_publish']), [
      'threads_basic',
      'threads_delete',
    ]);
    expect(error).to.include({code: 'PERMISSION_MISSING', exitCode: 4});
    expect(error.message).to.contain('threads_delete').and.not.contain('threads_basic');
    expect(error.suggestions).to.have.length(1);
    expect(error.suggestions[0]).to.match(
      / tool threads authorize --identifier my\.account --scope threads_basic,threads_content_publish,threads_delete$/,
    );
  });

  it('tells where the new token goes, for a credential from the environment', () => {
    const {suggestions} = refusal(fromEnvironment(['threads_basic']), ['threads_delete']);
    expect(suggestions[0]).to.match(/ tool threads authorize --scope threads_basic,threads_delete$/);
    expect(suggestions[1]).to.contain('THREADS_REFRESH_TOKEN');
  });

  it('puts nothing into a command line that is no scope’s name', () => {
    const {suggestions} = refusal(stored(['threads_basic', 'x; rm -rf ~', '$(id)']), ['threads_delete']);
    expect(suggestions[0]).to.match(/--scope threads_basic,threads_delete$/);
  });
});
