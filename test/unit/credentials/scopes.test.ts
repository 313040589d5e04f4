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

function refusal(found: FoundCredential, needed: string[]): VaultError {
  try {
    requireScopes(threads, found, needed);
  } catch (error) {
    expect(error).to.be.instanceOf(VaultError);
    return error as VaultError;
  }
  throw new Error('Expected a refusal.');
}

describe('required scopes', () => {
  it('are accepted when granted, when none is needed, and when the granted scopes are unknown', () => {
    requireScopes(threads, stored(['threads_basic', 'threads_delete']), ['threads_delete']);
    requireScopes(threads, stored([]), []);
    requireScopes(threads, stored(null), ['threads_delete']);
    requireScopes(threads, fromEnvironment(null), ['threads_delete']);
  });

  it('name what is missing, and a login command that keeps the granted scopes', () => {
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

  it('explain where to put the new token of a credential from the environment', () => {
    const {suggestions} = refusal(fromEnvironment(['threads_basic']), ['threads_delete']);
    expect(suggestions[0]).to.match(/ tool threads authorize --scope threads_basic,threads_delete$/);
    expect(suggestions[1]).to.contain('THREADS_REFRESH_TOKEN');
  });

  it('put only valid scope names into a suggested command', () => {
    const {suggestions} = refusal(stored(['threads_basic', 'x; rm -rf ~', '$(id)']), ['threads_delete']);
    expect(suggestions[0]).to.match(/--scope threads_basic,threads_delete$/);
  });
});
