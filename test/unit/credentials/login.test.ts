import {readdir, readFile, rm, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import type {Credential, Identifier} from '../../../src/credential.js';
import {checkRedirectUri, type LoginDialog, login} from '../../../src/credentials/login.js';
import type {StoredCredential} from '../../../src/credentials/store.js';
import {type ErrorCode, VaultError} from '../../../src/errors.js';
import type {Account, Platform, TokenFacts} from '../../../src/platforms/platform.js';
import {aCredential, recordName} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';
import {freePort} from '../../support/ports.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {ask} from '../oauth/support.js';
import {type Answers, aPlatform, contextWith} from './fake-platform.js';

const SERVICE = {authorizeUrl: 'https://threads.com/oauth/authorize', apiUrl: 'https://graph.threads.net'};
/** On another host: nothing listens, and the redirect is pasted. */
const REDIRECT_URI = 'https://example.test/callback';
const TOKEN = 'THAAfake-long-lived-0123456789abcdef';
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const EXPIRES_AT = inDays(60);

const failing = (code: ErrorCode) => async () => {
  throw new VaultError(code, 'In words.');
};

interface Login {
  username: string | null;
  user_id: string;
  appId: string;
  identifier: string;
  apiUrl: string;
  redirectUri: string;
  /** Replaces answers of the service. */
  answers: Answers;
  /** Returns what the user pastes instead of the successful redirect. */
  paste: (url: URL) => string;
}

/** What the user sees during a login, and its result. */
interface Outcome {
  shown: string[];
  warnings: string[];
  calls: string[];
  authorized?: StoredCredential;
  error?: VaultError;
}

const redirected = (url: URL) => `${REDIRECT_URI}?code=AQfake&state=${url.searchParams.get('state')}#_`;

async function logIn(home: Home, options: Partial<Login> = {}): Promise<Outcome> {
  const {username = 'my.account', user_id = '26139168152370559', appId = '1234567890'} = options;
  const {apiUrl = SERVICE.apiUrl, redirectUri = REDIRECT_URI, paste = redirected} = options;
  const platform = aPlatform({
    exchangeCode: async () => ({access_token: TOKEN, expires_at: EXPIRES_AT, user_id}),
    account: async (): Promise<Account> => ({user_id, username, name: null}),
    inspect: async (): Promise<TokenFacts> => ({
      is_valid: true,
      app_id: appId,
      user_id,
      scopes: ['threads_basic'],
      issued_at: '2026-01-01T00:00:00.000Z',
      expires_at: EXPIRES_AT,
      data_access_expires_at: '2026-04-01T00:00:00.000Z',
    }),
    ...options.answers,
  });
  const outcome: Outcome = {shown: [], warnings: [], calls: platform.calls};
  let show: (url: URL) => void = () => {};
  const url = new Promise<URL>(resolve => {
    show = resolve;
  });
  const dialog: LoginDialog = {
    onUrl: address => {
      outcome.shown.push(address);
      show(new URL(address));
    },
    onCertificateWarning: () => {},
    onBadPaste: () => {},
    pasted: (async function* () {
      yield paste(await url);
    })(),
  };
  const request = {
    app: {id: appId, secret: 'fake-app-secret-0123456789'},
    scopes: ['threads_basic', 'threads_delete'],
    redirectUri,
    timeout: 30,
    certificateFolder: home.tls,
    identifier: options.identifier as Identifier | undefined,
  };
  const context = contextWith({
    platform: {...platform, defaultService: {...SERVICE, apiUrl}},
    vault: vaultIn(home),
    warn: message => outcome.warnings.push(message),
  });
  try {
    outcome.authorized = await login(context, request, dialog);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    outcome.error = error;
  }
  return outcome;
}

const names = (home: Home) => vaultIn(home).names('threads');
const stored = (home: Home, identifier: string) => vaultIn(home).read(recordName(identifier));
const nameOf = ({authorized, error}: Outcome) => authorized?.credential.identifier ?? error?.code;

describe('login', () => {
  it(
    'stores the new credential and returns it',
    withHome(async home => {
      const {authorized, warnings, calls, shown} = await logIn(home);
      const expected: Credential = aCredential({
        app_secret: 'fake-app-secret-0123456789',
        refresh_token: TOKEN,
        scopes: ['threads_basic'],
        expires_at: EXPIRES_AT,
        redirect_uri: REDIRECT_URI,
      });
      expect(authorized!.credential).to.deep.equal(expected);
      expect(await stored(home, 'my.account')).to.deep.equal(expected);
      expect(calls).to.deep.equal(['exchangeCode', 'account', 'inspect']);
      expect(warnings).to.deep.equal([]);
      const asked = new URL(shown[0]!).searchParams;
      expect(asked.get('client_id')).to.equal('1234567890');
      expect(asked.get('scope')).to.equal('threads_basic,threads_delete');
      expect(asked.get('redirect_uri')).to.equal(REDIRECT_URI);
      expect(asked.get('state')).to.have.lengthOf.at.least(32);
    }),
  );

  it(
    "passes the parameters of the redirect and the login's state to the exchange",
    withHome(async home => {
      let received: Parameters<Platform['exchangeCode']>[1] | undefined;
      const {shown} = await logIn(home, {
        answers: {
          exchangeCode: async (_, request) => {
            received = request;
            return {access_token: TOKEN, expires_at: EXPIRES_AT, user_id: '7'};
          },
        },
      });
      const state = new URL(shown[0]!).searchParams.get('state');
      expect(received!.parameters.get('code')).to.equal('AQfake');
      expect(received!.state).to.equal(state);
      expect(received!.redirectUri).to.equal(REDIRECT_URI);
      expect(received!.app).to.deep.equal({id: '1234567890', secret: 'fake-app-secret-0123456789'});
    }),
  );

  it(
    'stores nothing when the user denies access',
    withHome(async home => {
      const paste = (url: URL) =>
        `${REDIRECT_URI}?error=access_denied&error_reason=user_denied&state=${url.searchParams.get('state')}`;
      const {error, calls} = await logIn(home, {paste});
      expect(error).to.include({code: 'AUTHORIZATION_REFUSED', exitCode: 4});
      expect(calls).to.deep.equal([]);
      expect(await names(home)).to.deep.equal([]);
    }),
  );

  for (const code of ['AUTHORIZATION_REFUSED', 'APP_REJECTED', 'PLATFORM_FAILED', 'NETWORK_FAILED'] as const)
    it(
      `stores nothing when the exchange fails (${code})`,
      withHome(async home => {
        const {error, calls} = await logIn(home, {answers: {exchangeCode: failing(code)}});
        expect(error!.code).to.equal(code);
        expect(calls).to.deep.equal(['exchangeCode']);
        expect(await names(home)).to.deep.equal([]);
      }),
    );

  it(
    'keeps the stored credential when a new login fails',
    withHome(async home => {
      await logIn(home);
      const before = await readFile(join(home.tokens, 'threads-my.account.token'));
      await logIn(home, {answers: {exchangeCode: failing('NETWORK_FAILED')}});
      expect(await readFile(join(home.tokens, 'threads-my.account.token'))).to.deep.equal(before);
    }),
  );

  it(
    'stores the credential without scopes, with a warning, when the lookup fails',
    withHome(async home => {
      for (const code of ['PLATFORM_FAILED', 'PERMISSION_MISSING'] as const) {
        const {authorized, warnings} = await logIn(home, {answers: {inspect: failing(code)}});
        expect(authorized!.credential).to.include({scopes: null, data_access_expires_at: null});
        expect(authorized!.credential.expires_at).to.equal(EXPIRES_AT);
        expect(Date.now() - Date.parse(authorized!.credential.issued_at!)).to.be.within(0, 10_000);
        expect(warnings).to.have.lengthOf(1);
      }
    }),
  );

  it(
    'stores the credential under the user ID, with a warning, when the username cannot be looked up',
    withHome(async home => {
      const {authorized, warnings} = await logIn(home, {answers: {account: failing('PLATFORM_FAILED')}});
      expect(authorized!.credential).to.include({
        identifier: '26139168152370559',
        user_id: '26139168152370559',
        username: null,
      });
      expect(warnings).to.have.lengthOf(1);
    }),
  );

  it(
    'stores nothing when the account is unknown',
    withHome(async home => {
      const exchangeCode = async () => ({access_token: TOKEN, expires_at: EXPIRES_AT, user_id: null});
      const {error} = await logIn(home, {answers: {exchangeCode, account: failing('PLATFORM_FAILED')}});
      expect(error!.code).to.equal('PLATFORM_FAILED');
      expect(await names(home)).to.deep.equal([]);
    }),
  );

  it(
    'stores nothing when the new token is reported invalid',
    withHome(async home => {
      const invalid: Answers[] = [
        {account: failing('CREDENTIAL_REVOKED')},
        {inspect: failing('CREDENTIAL_REVOKED')},
        {inspect: async () => ({is_valid: false}) as TokenFacts},
      ];
      for (const answers of invalid) expect((await logIn(home, {answers})).error!.exitCode).to.equal(4);
      expect(await names(home)).to.deep.equal([]);
    }),
  );

  it(
    'does not show the login URL while the key cannot be used',
    withHome(async home => {
      await logIn(home);
      await rm(home.keyFile);
      const {error, shown} = await logIn(home);
      expect(error).to.include({code: 'KEY_GONE', exitCode: 5});
      expect(shown).to.deep.equal([]);
    }),
  );

  it(
    'accepts the redirect from the browser, and shows success only after storing the credential',
    withHome(async home => {
      const redirectUri = `http://127.0.0.1:${await freePort()}/callback`;
      let page = '';
      let storedBefore: string[] = [];
      const {authorized} = await logIn(home, {
        redirectUri,
        paste: url => {
          ask(new URL(redirectUri).origin, `/callback?code=x&state=${url.searchParams.get('state')}`).then(
            async ({body}) => {
              storedBefore = await names(home);
              page = body;
            },
          );
          return 'not an address';
        },
      });
      expect(authorized!.credential.redirect_uri).to.equal(redirectUri);
      while (page === '') await new Promise(setImmediate);
      expect(page).to.include('@my.account');
      expect(storedBefore).to.deep.equal(['my.account']);
    }),
  );

  it(
    'also shows a failure in the browser',
    withHome(async home => {
      const redirectUri = `http://127.0.0.1:${await freePort()}/callback`;
      let page: ReturnType<typeof ask> | undefined;
      const {error} = await logIn(home, {
        redirectUri,
        answers: {exchangeCode: failing('APP_REJECTED')},
        paste: url => {
          page = ask(new URL(redirectUri).origin, `/callback?code=x&state=${url.searchParams.get('state')}`);
          return '';
        },
      });
      expect(error!.code).to.equal('APP_REJECTED');
      expect((await page!).body)
        .to.include('In words.')
        .and.not.include('@my.account');
    }),
  );
});

describe('name of a credential from a login', () => {
  for (const username of ['my.account', 'a', '_x_', '0.1-2', 'x'.repeat(64)])
    it(
      `is the username ${username.slice(0, 12)}`,
      withHome(async home => expect(nameOf(await logIn(home, {username}))).to.equal(username)),
    );

  for (const username of ['.hidden', '..', 'a b', 'жук', 'a/../b', '', 'x'.repeat(65), null])
    it(
      `is the user ID for the username ${JSON.stringify(username)?.slice(0, 12)}`,
      withHome(async home => {
        const {authorized} = await logIn(home, {username});
        expect(authorized!.credential).to.include({identifier: '26139168152370559', username});
        expect(await names(home)).to.deep.equal(['26139168152370559']);
      }),
    );

  it(
    'is the requested identifier',
    withHome(async home => {
      expect(nameOf(await logIn(home, {identifier: 'work'}))).to.equal('work');
      expect(await names(home)).to.deep.equal(['work']);
    }),
  );

  it(
    'is refused before the login when it is invalid',
    withHome(async home => {
      for (const identifier of ['', '../x', '.x', 'a b']) {
        const {error, shown} = await logIn(home, {identifier});
        expect(error).to.include({code: 'IDENTIFIER_INVALID', exitCode: 2});
        expect(shown).to.deep.equal([]);
      }
    }),
  );

  it(
    'stays when the same account logs in again, even under a new username',
    withHome(async home => {
      await logIn(home, {identifier: 'work'});
      const {authorized} = await logIn(home, {username: 'renamed'});
      expect(authorized!.credential).to.include({identifier: 'work', username: 'renamed'});
      expect(authorized!.renamedFrom).to.equal(undefined);
      expect(await names(home)).to.deep.equal(['work']);
    }),
  );

  it(
    'changes when another is requested, leaving one record',
    withHome(async home => {
      await logIn(home);
      const {authorized} = await logIn(home, {identifier: 'work'});
      expect(authorized!.renamedFrom).to.equal('my.account');
      expect(await names(home)).to.deep.equal(['work']);
      expect((await stored(home, 'work'))!.identifier).to.equal('work');
      expect((await logIn(home, {identifier: 'work'})).authorized!.renamedFrom).to.equal(undefined);
    }),
  );

  const OTHER = {user_id: '7', username: 'other'};

  it(
    'is refused when it belongs to another account, leaving both credentials intact',
    withHome(async home => {
      await logIn(home);
      await logIn(home, OTHER);
      const before = [await stored(home, 'my.account'), await stored(home, 'other')];
      for (const login of [
        {...OTHER, identifier: 'my.account'},
        {user_id: '8', username: 'my.account'},
        {user_id: '8', username: 'third', identifier: 'other'},
      ]) {
        const {error} = await logIn(home, login);
        expect(error).to.include({code: 'IDENTIFIER_TAKEN', exitCode: 2});
        expect(error!.message).to.match(/@(my\.account|other) of app 1234567890/);
        expect(error!.suggestions.join()).to.include('--identifier');
      }
      expect([await stored(home, 'my.account'), await stored(home, 'other')]).to.deep.equal(before);
      expect(await names(home)).to.deep.equal(['my.account', 'other']);
    }),
  );

  it(
    'is refused before the login when it belongs to a credential of another app',
    withHome(async home => {
      await logIn(home);
      const before = await stored(home, 'my.account');
      const {error, shown} = await logIn(home, {appId: '999', identifier: 'my.account'});
      expect(error!.code).to.equal('IDENTIFIER_TAKEN');
      expect(shown).to.deep.equal([]);
      expect(await stored(home, 'my.account')).to.deep.equal(before);
    }),
  );

  it(
    'differs for each app and each service of an account',
    withHome(async home => {
      await logIn(home);
      expect(nameOf(await logIn(home, {appId: '999'}))).to.equal('IDENTIFIER_TAKEN');
      expect(nameOf(await logIn(home, {appId: '999', identifier: 'other-app'}))).to.equal('other-app');
      const apiUrl = 'http://127.0.0.1:4567';
      expect(nameOf(await logIn(home, {apiUrl, identifier: 'sandbox'}))).to.equal('sandbox');
      expect(nameOf(await logIn(home, {apiUrl}))).to.equal('sandbox');
      expect(nameOf(await logIn(home, {appId: '999'}))).to.equal('other-app');
      expect(nameOf(await logIn(home))).to.equal('my.account');
      expect(await names(home)).to.deep.equal(['my.account', 'other-app', 'sandbox']);
    }),
  );

  it(
    'is found despite another record that cannot be opened, which stays untouched',
    withHome(async home => {
      await logIn(home, {identifier: 'a', user_id: '7'});
      await logIn(home, {identifier: 'b'});
      const path = join(home.tokens, 'threads-a.token');
      await truncate(path, 30);
      const before = await readFile(path);
      expect(nameOf(await logIn(home))).to.equal('b');
      expect(await readFile(path)).to.deep.equal(before);
      expect((await readdir(home.tokens)).filter(name => name.endsWith('.token'))).to.have.lengthOf(2);
    }),
  );

  it(
    'of a record that cannot be opened is not reused',
    withHome(async home => {
      await logIn(home);
      const path = join(home.tokens, 'threads-my.account.token');
      await truncate(path, 30);
      const before = await readFile(path);
      for (const login of [{}, {identifier: 'my.account'}])
        expect((await logIn(home, login)).error).to.include({code: 'RECORD_DAMAGED', exitCode: 6});
      expect(await readFile(path)).to.deep.equal(before);
    }),
  );
});

describe('redirect URI of a login', () => {
  for (const uri of [
    'https://localhost:3456/callback',
    'https://example.test',
    'https://example.test/a?b=c',
    'http://localhost:3456/callback',
    'http://127.0.0.1/',
    'http://[::1]:1/x',
  ])
    it(`may be ${uri}, and stays unchanged`, () => {
      expect(checkRedirectUri(uri)).to.equal(uri);
    });

  for (const uri of [
    '',
    'callback',
    'localhost:3456/callback',
    'http://example.test/callback',
    'http://192.168.0.1/callback',
    'https://example.test/#x',
    'https://fake-user@example.test/',
    'custom-scheme:/callback',
    'urn:ietf:wg:oauth:2.0:oob',
  ])
    it(`may not be ${uri || '(empty)'}`, async () => {
      const outcome = await failure((async () => checkRedirectUri(uri))());
      expect(outcome).to.include({code: 'USAGE', exitCode: 2});
    });
});
