import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import type {Identifier} from '../../../src/credential.js';
import {type ExternalLogin, exchange} from '../../../src/credentials/login.js';
import {type ErrorCode, VaultError} from '../../../src/errors.js';
import type {Platform} from '../../../src/platforms/platform.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {failure} from '../oauth/support.js';
import {type Answers, aPlatform, contextWith} from './fake-platform.js';

const APP = {id: '1234567890', secret: 'fake-app-secret-0123456789'};
const TOKEN = {access_token: 'THAAfake-long-lived', expires_at: '2099-01-01T00:00:00.000Z'};
const CODE: ExternalLogin = {code: 'AQfake', redirectUri: 'https://example.test/callback'};
const SHORT: ExternalLogin = {shortLivedToken: 'THAAfake-short'};

const failing = (code: ErrorCode) => async () => {
  throw new VaultError(code, 'In words.');
};

async function run(home: Home, externalLogin: ExternalLogin, answers: Answers = {}, identifier?: string) {
  const platform = aPlatform({
    exchangeCode: async () => ({...TOKEN, user_id: '7'}),
    exchangeShortLived: async () => TOKEN,
    account: async () => ({user_id: '7', username: 'alice', name: null}),
    inspect: failing('PLATFORM_FAILED'),
    ...answers,
  });
  const request = {app: APP, externalLogin, identifier: identifier as Identifier | undefined};
  const context = contextWith({platform, vault: vaultIn(home), warn: () => {}});
  const {credential} = await exchange(context, request);
  return {credential, calls: platform.calls};
}

const names = (home: Home) => vaultIn(home).names('threads');

describe('exchange of a code or a short-lived token', () => {
  it(
    'stores the token for a code, with the redirect URI for the next login',
    withHome(async home => {
      let received: Parameters<Platform['exchangeCode']>[1] | undefined;
      const exchangeCode: Answers['exchangeCode'] = async (_, request) => {
        received = request;
        return {...TOKEN, user_id: '7'};
      };
      const {credential, calls} = await run(home, CODE, {exchangeCode});
      expect(calls).to.deep.equal(['exchangeCode', 'account', 'inspect']);
      expect(received!.parameters.get('code')).to.equal('AQfake');
      expect(received!.parameters.get('state')).to.equal(received!.state);
      expect(credential).to.include({
        identifier: 'alice',
        app_id: APP.id,
        app_secret: APP.secret,
        refresh_token: TOKEN.access_token,
        redirect_uri: 'https://example.test/callback',
      });
    }),
  );

  it(
    'stores the token for a short-lived token, and keeps a known redirect URI',
    withHome(async home => {
      const {credential, calls} = await run(home, SHORT);
      expect(calls).to.deep.equal(['exchangeShortLived', 'account', 'inspect']);
      expect(credential).to.include({refresh_token: TOKEN.access_token, redirect_uri: null});
      await run(home, CODE);
      expect((await run(home, SHORT)).credential.redirect_uri).to.equal('https://example.test/callback');
      expect(await names(home)).to.deep.equal(['alice']);
    }),
  );

  it(
    'stores nothing when the exchange fails or the new token is reported invalid',
    withHome(async home => {
      for (const answers of [
        {exchangeCode: failing('AUTHORIZATION_REFUSED')},
        {account: failing('CREDENTIAL_REVOKED')},
      ])
        expect((await failure(run(home, CODE, answers))).exitCode).to.equal(4);
      expect(await names(home)).to.deep.equal([]);
    }),
  );

  it(
    'stores the new token even if its account cannot be looked up',
    withHome(async home => {
      expect((await run(home, CODE, {account: failing('NETWORK_FAILED')})).credential.identifier).to.equal(
        '7',
      );
    }),
  );

  it(
    'does not use up the code when the name belongs to another app',
    withHome(async home => {
      await run(home, CODE, {}, 'work');
      const platform = aPlatform();
      const app = {...APP, id: '2'};
      const request = {app, externalLogin: CODE, identifier: 'work' as Identifier};
      const outcome = exchange(contextWith({platform, vault: vaultIn(home)}), request);
      expect((await failure(outcome)).code).to.equal('IDENTIFIER_TAKEN');
      expect(platform.calls).to.deep.equal([]);
    }),
  );
});
