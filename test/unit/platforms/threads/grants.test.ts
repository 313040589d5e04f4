import {inspect} from 'node:util';
import {expect} from 'chai';
import nock from 'nock';
import type {VaultError} from '../../../../src/errors.js';
import {
  authorizationUrl,
  exchangeCode,
  exchangeShortLived,
  refresh,
} from '../../../../src/platforms/threads/grants.js';
import {ERRORS_ABOUT_POSTS} from '../../../support/graph-errors.js';
import {failure} from '../../../support/outcome.js';
import {secretsIn} from '../../../support/secrets.js';
import {API, interceptRequests} from '../interception.js';

const SERVICE = {authorizeUrl: 'https://threads.com/oauth/authorize', apiUrl: API};
const REDIRECT_URI = 'https://localhost:3456/callback';
const SECRETS = {
  appSecret: 'fake-app-secret-0123456789abcdef',
  code: 'AQfake-code-0123456789abcdef',
  shortLived: 'THAAfake-short-lived-0123456789abcdef',
  longLived: 'THAAfake-long-lived-0123456789abcdef',
};
const APP = {id: '1234567890', secret: SECRETS.appSecret};
const USER_ID = '26139168152370559';
const STATE = 'the-right-state';

const exchange = (redirectUri = REDIRECT_URI, parameters = {code: SECRETS.code, state: STATE}) =>
  exchangeCode(SERVICE, {app: APP, redirectUri, parameters: new URLSearchParams(parameters), state: STATE});

function expectNoSecret(error: VaultError): void {
  const shown = inspect(error, {showHidden: true, depth: Infinity}) + JSON.stringify(error) + error.stack;
  expect(secretsIn(shown, SECRETS)).to.deep.equal([]);
  expect(error.cause).to.equal(undefined);
}

/** Returns the days from now until a date. */
const days = (iso: string | null) => (Date.parse(iso!) - Date.now()) / 86_400_000;

// Unusable responses, and the error code of each.
const FAILURES: [what: string, status: number, body: string, code: string][] = [
  ['an HTML page', 500, '<html>THAAfake</html>', 'PLATFORM_FAILED'],
  ['empty', 200, '', 'PLATFORM_FAILED'],
  ['an empty object', 200, '{}', 'PLATFORM_FAILED'],
  ['a list', 200, '[]', 'PLATFORM_FAILED'],
  ['truncated', 200, `{"access_token":"${SECRETS.longLived}`, 'PLATFORM_FAILED'],
  ['an empty token', 200, '{"access_token":"","expires_in":1}', 'PLATFORM_FAILED'],
  ['a token that is a number', 200, '{"access_token":7}', 'PLATFORM_FAILED'],
  ['a redirect', 302, `{"access_token":"${SECRETS.longLived}"}`, 'PLATFORM_FAILED'],
  ['a refusal', 503, '{"error":{"code":2,"is_transient":true}}', 'PLATFORM_FAILED'],
  ['a rate limit', 429, '{"error":{"code":4}}', 'RATE_LIMITED'],
  ['an error', 400, `{"error":{"message":"${SECRETS.appSecret}","code":101}}`, 'APP_REJECTED'],
  ['an error for an expired token', 401, '{"error":{"code":190,"error_subcode":463}}', 'CREDENTIAL_EXPIRED'],
  ['an error with status 200', 200, '{"error":{"code":190}}', 'CREDENTIAL_REVOKED'],
  ['too large', 200, `{"access_token":"${'x'.repeat(1024 * 1024)}"}`, 'PLATFORM_FAILED'],
];

describe('threads: the authorization URL', () => {
  const request = {
    appId: APP.id,
    redirectUri: REDIRECT_URI,
    scopes: ['threads_basic', 'threads_content_publish'],
    state: 'a state & more=',
  };

  it('has exactly the documented parameters', async () => {
    const url = new URL(await authorizationUrl(SERVICE, request));
    expect(url.origin + url.pathname).to.equal('https://threads.com/oauth/authorize');
    expect(url.hash).to.equal('');
    expect([...url.searchParams].sort()).to.deep.equal([
      ['client_id', '1234567890'],
      ['redirect_uri', REDIRECT_URI],
      ['response_type', 'code'],
      ['scope', 'threads_basic,threads_content_publish'],
      ['state', 'a state & more='],
    ]);
  });

  it('contains the redirect URI unchanged', async () => {
    for (const redirectUri of [
      'https://example.test',
      'https://EXAMPLE.test/a%20b/',
      'https://localhost:443/x?y=z',
    ]) {
      const url = new URL(await authorizationUrl(SERVICE, {...request, redirectUri}));
      expect(url.searchParams.get('redirect_uri')).to.equal(redirectUri);
    }
  });

  it('uses the given service', async () => {
    const sandbox = {authorizeUrl: 'http://127.0.0.1:4567/oauth/authorize', apiUrl: 'http://127.0.0.1:4567'};
    expect(await authorizationUrl(sandbox, request)).to.match(
      /^http:\/\/127\.0\.0\.1:4567\/oauth\/authorize\?/,
    );
  });
});

describe('threads: the code exchange', () => {
  interceptRequests();

  /** Intercepts the code exchange and passes its form to `onForm`. */
  const codeGrant = (onForm: (form: Record<string, string>) => void = () => {}) =>
    nock(API).post('/oauth/access_token', (form: Record<string, string>) => {
      onForm(form);
      return true;
    });
  const shortLived = `{"access_token":"${SECRETS.shortLived}","user_id":${USER_ID}}`;
  const longLivedGrant = () =>
    nock(API)
      .get('/access_token')
      .query({grant_type: 'th_exchange_token', client_secret: APP.secret, access_token: SECRETS.shortLived});
  const longLived = {access_token: SECRETS.longLived, token_type: 'bearer', expires_in: 5_184_000};

  it('returns a long-lived token and every digit of the account', async () => {
    let form = {};
    codeGrant(sent => {
      form = sent;
    }).reply(200, shortLived);
    longLivedGrant().reply(200, longLived);
    const token = await exchange();
    expect(token).to.include({access_token: SECRETS.longLived, user_id: USER_ID});
    expect(days(token.expires_at)).to.be.closeTo(60, 0.01);
    expect(form).to.deep.equal({
      client_id: APP.id,
      client_secret: APP.secret,
      grant_type: 'authorization_code',
      redirect_uri: REDIRECT_URI,
      code: SECRETS.code,
    });
  });

  it('sends no secret in the URL or in a header', async () => {
    let address = '';
    let headers = '';
    codeGrant().reply(200, function (path) {
      address = path;
      headers = JSON.stringify(this.req.headers);
      return JSON.parse(shortLived);
    });
    longLivedGrant().reply(200, longLived);
    await exchange();
    expect(address).to.equal('/oauth/access_token');
    expect(secretsIn(headers, SECRETS)).to.deep.equal([]);
  });

  for (const redirectUri of [
    'https://example.test',
    'https://EXAMPLE.test/callback',
    'https://example.test/a%20b/?x=y',
    'https://localhost:443/callback',
  ])
    it(`sends ${redirectUri} unchanged`, async () => {
      let sent: string | undefined;
      codeGrant(form => {
        sent = form.redirect_uri;
      }).reply(200, shortLived);
      longLivedGrant().reply(200, longLived);
      await exchange(redirectUri);
      expect(sent).to.equal(redirectUri);
    });

  it('sends a code unchanged', async () => {
    const code = 'AQ_fake+/=% &#ä';
    let sent: string | undefined;
    codeGrant(form => {
      sent = form.code;
    }).reply(200, shortLived);
    longLivedGrant().reply(200, longLived);
    await exchange(REDIRECT_URI, {code, state: STATE});
    expect(sent).to.equal(code);
  });

  it('accepts a response with other fields, and one without an account', async () => {
    codeGrant().reply(200, {
      access_token: SECRETS.shortLived,
      user_id: 'text',
      token_type: 'bearer',
      permissions: 'a,b',
      expires_in: 3600,
    });
    longLivedGrant().reply(200, longLived);
    expect((await exchange()).user_id).to.equal('text');
    codeGrant().reply(200, {access_token: SECRETS.shortLived});
    longLivedGrant().reply(200, longLived);
    expect((await exchange()).user_id).to.equal(null);
  });

  it('sends nothing if the state is wrong', async () => {
    let requests = 0;
    codeGrant(() => requests++).reply(200, shortLived);
    expectNoSecret(await failure(exchange(REDIRECT_URI, {code: SECRETS.code, state: 'another'})));
    expect(requests).to.equal(0);
    nock.cleanAll();
  });

  for (const [what, status, body, code] of FAILURES)
    it(`is ${code} and sent once if the response is ${what}`, async () => {
      let requests = 0;
      nock('https://elsewhere.test').get(/.*/).query(true).reply(200, longLived);
      nock(API)
        .persist()
        .post('/oauth/access_token')
        .reply(() => {
          requests++;
          return [status, body, {'retry-after': '0', location: 'https://elsewhere.test/'}];
        });
      const outcome = await failure(exchange());
      expect(outcome.code).to.equal(code);
      expectNoSecret(outcome);
      expect(requests).to.equal(1);
      expect(nock.pendingMocks().join()).to.include('elsewhere');
      nock.cleanAll();
    });

  it('is AUTHORIZATION_REFUSED if the code was already used', async () => {
    codeGrant().reply(400, {
      error_type: 'OAuthException',
      code: 400,
      error_message: `Matching code was not found or was already used: ${SECRETS.code}`,
    });
    const outcome = await failure(exchange());
    expect(outcome).to.include({code: 'AUTHORIZATION_REFUSED', exitCode: 4});
    expectNoSecret(outcome);
  });

  it('is REDIRECT_URI_REJECTED if the redirect URI differs', async () => {
    codeGrant().reply(400, {error: {message: 'Invalid redirect_uri', code: 100}});
    expect(await failure(exchange())).to.include({code: 'REDIRECT_URI_REJECTED', exitCode: 2});
  });

  it('is NETWORK_FAILED and sent once if the connection breaks', async () => {
    let requests = 0;
    nock(API)
      .persist()
      .post('/oauth/access_token')
      .replyWithError(`broken ${SECRETS.code}`)
      .on('request', () => requests++);
    const outcome = await failure(exchange());
    expect(outcome.code).to.equal('NETWORK_FAILED');
    expectNoSecret(outcome);
    expect(requests).to.equal(1);
    nock.cleanAll();
  });

  for (const [what, status, body, code] of FAILURES)
    it(`does not reveal the short-lived token if the second response is ${what}`, async () => {
      let requests = 0;
      codeGrant().reply(200, shortLived);
      longLivedGrant().reply(() => {
        requests++;
        return [status, body, {'retry-after': '0'}];
      });
      const outcome = await failure(exchange());
      expect(outcome.code).to.equal(code);
      expectNoSecret(outcome);
      expect(requests).to.equal(1);
    });
});

describe('threads: the long-lived exchange and the refresh', () => {
  interceptRequests();
  const TOKEN = SECRETS.shortLived;
  const GRANTS = {
    'the exchange': {
      run: () => exchangeShortLived(API, APP, TOKEN),
      path: '/access_token',
      query: {grant_type: 'th_exchange_token', client_secret: APP.secret, access_token: TOKEN},
    },
    'the refresh': {
      run: () => refresh(API, TOKEN),
      path: '/refresh_access_token',
      query: {grant_type: 'th_refresh_token', access_token: TOKEN},
    },
  };

  for (const [name, {run, path, query}] of Object.entries(GRANTS)) {
    const at = () =>
      nock(API, {badheaders: ['authorization']})
        .get(path)
        .query(query);

    it(`${name} sends exactly the documented parameters and computes the expiry`, async () => {
      at().reply(200, {access_token: SECRETS.longLived, token_type: 'bearer', expires_in: 86_400});
      const token = await run();
      expect(token.access_token).to.equal(SECRETS.longLived);
      expect(days(token.expires_at)).to.be.closeTo(1, 0.01);
    });

    for (const expires_in of [undefined, null, 0, -1, 'soon', {}])
      it(`${name} assumes 60 days for an expires_in of ${JSON.stringify(expires_in)}`, async () => {
        at().reply(200, {access_token: SECRETS.longLived, expires_in});
        expect(days((await run()).expires_at)).to.be.closeTo(60, 0.01);
      });

    for (const [what, status, body, code] of FAILURES)
      it(`${name} is ${code} and sent once if the response is ${what}`, async () => {
        let requests = 0;
        nock('https://elsewhere.test').get(/.*/).query(true).reply(200, {access_token: 'fake'});
        nock(API)
          .persist()
          .get(path)
          .query(query)
          .reply(() => {
            requests++;
            return [status, body, {'retry-after': '0', location: `https://elsewhere.test/?t=${TOKEN}`}];
          });
        const outcome = await failure(run());
        expect(outcome.code).to.equal(code);
        expectNoSecret(outcome);
        expect(requests).to.equal(1);
        expect(nock.pendingMocks().join()).to.include('elsewhere');
        nock.cleanAll();
      });

    it(`${name} is sent once if the connection breaks`, async () => {
      let requests = 0;
      nock(API)
        .persist()
        .get(path)
        .query(query)
        .replyWithError(`broken ${TOKEN}`)
        .on('request', () => requests++);
      const outcome = await failure(run());
      expect(outcome.code).to.equal('NETWORK_FAILED');
      expectNoSecret(outcome);
      expect(requests).to.equal(1);
      nock.cleanAll();
    });
  }

  for (const [what, error] of Object.entries(ERRORS_ABOUT_POSTS))
    it(`D9: no grant speaks of posts after ${what}`, async () => {
      const code = () =>
        exchangeCode(SERVICE, {
          app: APP,
          redirectUri: REDIRECT_URI,
          parameters: new URLSearchParams({code: SECRETS.code, state: STATE}),
          state: STATE,
        });
      for (const [run, refusal] of [
        [GRANTS['the exchange'].run, 'VALUE_REFUSED'],
        [GRANTS['the refresh'].run, 'REFRESH_REFUSED'],
        [code, 'VALUE_REFUSED'],
      ] as const)
        for (const [status, expected] of [
          [400, refusal],
          [500, 'PLATFORM_FAILED'],
        ] as const) {
          nock(API)
            .get(/access_token/)
            .query(true)
            .optionally()
            .reply(status, {error});
          nock(API).post('/oauth/access_token').optionally().reply(status, {error});
          const outcome = await failure(run());
          expect(outcome.code).to.equal(expected);
          expect(JSON.stringify(outcome)).not.to.match(/post|container|IDs|image/i);
          nock.cleanAll();
        }
    });

  it('the refresh is REFRESH_REFUSED after a refusal without an error code of its own, but not after a server error', async () => {
    for (const [status, error, code] of [
      [400, {code: 100}, 'REFRESH_REFUSED'],
      [500, {code: 100}, 'PLATFORM_FAILED'],
      [400, {code: 100, is_transient: true}, 'PLATFORM_FAILED'],
      [400, {code: 190}, 'CREDENTIAL_REVOKED'],
    ] as const) {
      nock(API).get('/refresh_access_token').query(true).reply(status, {error});
      expect((await failure(refresh(API, TOKEN))).code).to.equal(code);
    }
  });
});
