import {expect} from 'chai';
import {FORMATS} from '../../../src/cli/output/formats.js';
import {maskCredential} from '../../../src/cli/output/mask.js';
import type {Candidate} from '../../../src/import/candidate.js';
import {readDocument} from '../../../src/import/document.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {aCredential} from '../../support/credential.js';
import {failure} from '../oauth/support.js';

const API = 'https://graph.threads.net';
const read = (text: string) => readDocument({text, source: 'file', platform: threads, apiUrl: API});
const only = (fields: object): Candidate => read(JSON.stringify(fields))[0]!;
const TOKEN = {refresh_token: 'THAAfake'};

describe('reading a JSON document of credentials', () => {
  it('reads every field that `show --format json` prints', () => {
    const credential = aCredential();
    expect(read(FORMATS.json(credential))).to.deep.equal([{source: 'file', credential}]);
    expect(read(`\ufeff${FORMATS.json(credential)}`)).to.deep.equal([{source: 'file', credential}]);
  });

  it('reads an array, and continues after an invalid entry', () => {
    const all = read(JSON.stringify([aCredential(), 7, {platform: 'facebook'}, {}, aCredential()]));
    expect(all.map(({source}) => source)).to.deep.equal([1, 2, 3, 4, 5].map(each => `file, number ${each}`));
    expect(all.map(each => Object.keys(each)[1])).to.deep.equal([
      'credential',
      'error',
      'skipped',
      'error',
      'credential',
    ]);
  });

  it('requires only a token', () => {
    expect(only(TOKEN)).to.deep.include({
      credential: {
        ...Object.fromEntries(Object.keys(aCredential()).map(name => [name, null])),
        platform: 'threads',
        identifier: '',
        refresh_token: 'THAAfake',
        api_url: API,
      },
    });
  });

  it('keeps every digit of a number', () => {
    const [candidate] = read(
      '{"refresh_token":"THAAfake","user_id": 26139168152370559,"app_id":99060262793809811}',
    );
    expect((candidate as {credential: object}).credential).to.include({
      user_id: '26139168152370559',
      app_id: '99060262793809811',
    });
  });

  for (const [field, value] of [
    ['refresh_token', undefined],
    ['refresh_token', ''],
    ['refresh_token', 'two words'],
    ['refresh_token', 7],
    ['user_id', 'alice'],
    ['user_id', {}],
    ['app_secret', 7],
    ['username', []],
    ['scopes', 'threads_basic'],
    ['scopes', [7]],
    ['expires_at', 'soon'],
    ['issued_at', 7],
  ] as const)
    it(`refuses ${JSON.stringify(value)} as ${field} and names the field`, () => {
      const {error} = only({...TOKEN, [field]: value}) as {error: Error & {code: string}};
      expect(error.code).to.equal('USAGE');
      expect(error.message).to.include(field);
    });

  it('refuses an API URL that would send the token unencrypted', () => {
    const {error} = only({...TOKEN, api_url: 'http://example.test'}) as {error: Error};
    expect(error.message).to.include('api_url').and.not.include('example.test');
    expect(only({...TOKEN, api_url: 'http://127.0.0.1:1'})).to.have.property('credential');
  });

  it('explains that masked secrets cannot be imported', () => {
    const {error} = only(maskCredential(aCredential())) as {error: Error};
    expect(error.message).to.include('masked');
  });

  for (const text of ['', 'no JSON', '{"refresh_token":"THAAfake"'])
    it(`refuses ${JSON.stringify(text)} without repeating it`, async () => {
      const error = await failure((async () => read(text))());
      expect(error).to.include({code: 'USAGE'});
      expect(JSON.stringify(error)).not.to.include('THAAfake');
    });
});
