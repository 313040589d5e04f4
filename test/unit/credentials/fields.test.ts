import {inspect} from 'node:util';
import {expect} from 'chai';
import {type CredentialFields, credentialFromFields} from '../../../src/credentials/fields.js';
import {VaultError} from '../../../src/errors.js';
import {aCredential, recordName} from '../../support/credential.js';
import {secretsIn} from '../../support/secrets.js';

const REF = recordName('my.account');
const API = 'https://graph.threads.net';
const TOKEN = 'THAAfake-token-from-elsewhere-0123456789';

const fromFields = (fields: unknown) => credentialFromFields(REF, fields as CredentialFields, API);

describe('a credential from given fields', () => {
  it('keeps a complete credential unchanged', () => {
    expect(fromFields(aCredential())).to.deep.equal(aCredential());
  });

  it('sets unknown fields to null, and uses the service that commands talk to', () => {
    expect(fromFields({refresh_token: TOKEN})).to.deep.equal({
      ...Object.fromEntries(Object.keys(aCredential()).map(name => [name, null])),
      ...REF,
      refresh_token: TOKEN,
      api_url: API,
    });
  });

  it('uses the given name, whatever the fields say', () => {
    expect(fromFields(aCredential({identifier: 'another', platform: 'another'}))).to.include(REF);
  });

  it('converts dates to UTC, and URLs to their origin', () => {
    const credential = fromFields({
      refresh_token: TOKEN,
      expires_at: '2027-01-19T11:00:00+01:00',
      api_url: 'https://graph.threads.com/v1.0',
    });
    expect(credential).to.include({
      expires_at: '2027-01-19T10:00:00.000Z',
      api_url: 'https://graph.threads.com',
    });
  });

  for (const [what, fields] of [
    ['nothing', undefined],
    ['null', null],
    ['a string', TOKEN],
    ['an array', [TOKEN]],
    ['no token', {username: 'a'}],
    ['an empty token', {refresh_token: ''}],
    ['a token of several lines', {refresh_token: `${TOKEN}\n${TOKEN}`}],
    ['a token that is not a string', {refresh_token: 7}],
    ['a user ID that lost digits', {refresh_token: TOKEN, user_id: 26139168152370560}],
    ['a user ID that is not a number', {refresh_token: TOKEN, user_id: TOKEN}],
    ['a username that is not a string', {refresh_token: TOKEN, username: {toString: () => TOKEN}}],
    ['an invalid date', {refresh_token: TOKEN, expires_at: TOKEN}],
    ['a date that is not a string', {refresh_token: TOKEN, expires_at: new Date()}],
    ['scopes that are not an array', {refresh_token: TOKEN, scopes: 'threads_basic'}],
    ['scopes that are not strings', {refresh_token: TOKEN, scopes: [7]}],
    ['a URL that would send the token unencrypted', {refresh_token: TOKEN, api_url: `http://${TOKEN}.test`}],
    ['an unknown field', {refresh_token: TOKEN, [TOKEN]: TOKEN}],
  ] as const) {
    it(`refuses ${what} without repeating it`, () => {
      let error: unknown;
      try {
        fromFields(fields);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(VaultError).and.include({code: 'USAGE'});
      expect(secretsIn(inspect(error), {TOKEN})).to.deep.equal([]);
    });
  }
});
