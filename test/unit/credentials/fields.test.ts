import {inspect} from 'node:util';
import {expect} from 'chai';
import {type CredentialFields, credentialFromFields} from '../../../src/credentials/fields.js';
import {VaultError} from '../../../src/errors.js';
import {aCredential, recordName} from '../../support/credential.js';
import {secretsIn} from '../../support/secrets.js';

const REF = recordName('my.account');
const API = 'https://graph.threads.net';
const TOKEN = 'THAAfake-token-from-elsewhere-0123456789';

const complete = (fields: unknown) => credentialFromFields(REF, fields as CredentialFields, API);

describe('completing a credential', () => {
  it('keeps a whole one', () => {
    expect(complete(aCredential())).to.deep.equal(aCredential());
  });

  it('makes null of what is not known, and takes the service that commands talk to', () => {
    expect(complete({refresh_token: TOKEN})).to.deep.equal({
      ...Object.fromEntries(Object.keys(aCredential()).map(name => [name, null])),
      ...REF,
      refresh_token: TOKEN,
      api_url: API,
    });
  });

  it('names it as told, whatever the fields say', () => {
    expect(complete(aCredential({identifier: 'another', platform: 'another'}))).to.include(REF);
  });

  it('writes dates in UTC, and of an address only the origin', () => {
    const credential = complete({
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
    ['nothing but text', TOKEN],
    ['a list', [TOKEN]],
    ['no token', {username: 'a'}],
    ['an empty token', {refresh_token: ''}],
    ['a token of several lines', {refresh_token: `${TOKEN}\n${TOKEN}`}],
    ['a token that is no text', {refresh_token: 7}],
    ['an account’s number that lost its digits', {refresh_token: TOKEN, user_id: 26139168152370560}],
    ['an account’s number that is none', {refresh_token: TOKEN, user_id: TOKEN}],
    ['a name that is no text', {refresh_token: TOKEN, username: {toString: () => TOKEN}}],
    ['a date that is none', {refresh_token: TOKEN, expires_at: TOKEN}],
    ['a date that is no text', {refresh_token: TOKEN, expires_at: new Date()}],
    ['scopes that are no list', {refresh_token: TOKEN, scopes: 'threads_basic'}],
    ['scopes that are no text', {refresh_token: TOKEN, scopes: [7]}],
    [
      'an address that would carry the token in clear',
      {refresh_token: TOKEN, api_url: `http://${TOKEN}.test`},
    ],
    ['a field of another name', {refresh_token: TOKEN, [TOKEN]: TOKEN}],
  ] as const) {
    it(`refuses ${what}, and does not repeat it`, () => {
      let error: unknown;
      try {
        complete(fields);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(VaultError).and.include({code: 'USAGE'});
      expect(secretsIn(inspect(error), {TOKEN})).to.deep.equal([]);
    });
  }
});
