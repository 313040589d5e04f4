import {inspect as inspectObject} from 'node:util';
import {expect} from 'chai';
import nock from 'nock';
import {account, inspect} from '../../../../src/platforms/threads/token-facts.js';
import {failure} from '../../../support/outcome.js';
import {secretsIn} from '../../../support/secrets.js';
import {API, interceptRequests} from '../interception.js';

const TOKEN = 'THAAfake-token-0123456789abcdef';
const USER_ID = '26139168152370559';
const now = {'retry-after': '0'};

describe('account (GET /me)', () => {
  interceptRequests();
  const me = () =>
    nock(API, {reqheaders: {authorization: `Bearer ${TOKEN}`}})
      .get('/v1.0/me')
      .query({fields: 'id,username,name'});

  it('returns the account of the token, which is sent in a header', async () => {
    me().reply(200, {id: USER_ID, username: 'my.account', name: 'My Account'});
    expect(await account(API, TOKEN)).to.deep.equal({
      user_id: USER_ID,
      username: 'my.account',
      name: 'My Account',
    });
  });

  it('keeps every digit of the ID, whether string or number', async () => {
    for (const id of [`"${USER_ID}"`, USER_ID, ` ${USER_ID}`]) {
      me().reply(200, `{"username":"x","id":${id}}`);
      expect((await account(API, TOKEN)).user_id).to.equal(USER_ID);
    }
  });

  it('returns null for fields that the service leaves out', async () => {
    me().reply(200, {id: USER_ID, name: ''});
    expect(await account(API, TOKEN)).to.deep.equal({user_id: USER_ID, username: null, name: null});
  });

  it('retries after transient errors', async () => {
    me().reply(500, '<html>', now);
    me().reply(429, '{}', now);
    me().reply(400, {error: {code: 190, is_transient: true}}, now);
    me().reply(200, {id: USER_ID});
    expect((await account(API, TOKEN)).user_id).to.equal(USER_ID);
  });

  it('does not retry with an expired token', async () => {
    me().reply(401, {error: {code: 190, error_subcode: 463}});
    expect((await failure(account(API, TOKEN))).code).to.equal('CREDENTIAL_EXPIRED');
  });

  it('sends the request to the given origin', async () => {
    nock('http://127.0.0.1:4567').get('/v1.0/me').query(true).reply(200, {id: '1'});
    expect((await account('http://127.0.0.1:4567', TOKEN)).user_id).to.equal('1');
  });
});

describe('inspect (GET /debug_token)', () => {
  interceptRequests();
  const debugToken = () =>
    nock(API, {badheaders: ['authorization']})
      .get('/v1.0/debug_token')
      .query({input_token: TOKEN, access_token: TOKEN});
  const data = {
    type: 'USER',
    application: 'Some app',
    app_id: '1234567890',
    user_id: USER_ID,
    scopes: ['threads_basic', 'threads_delete'],
    is_valid: true,
    issued_at: 1_767_225_600,
    expires_at: 1_772_409_600,
    data_access_expires_at: 1_775_001_600,
  };

  it('returns validity, account, scopes and dates', async () => {
    debugToken().reply(200, {data});
    expect(await inspect(API, TOKEN)).to.deep.equal({
      is_valid: true,
      app_id: '1234567890',
      user_id: USER_ID,
      scopes: ['threads_basic', 'threads_delete'],
      issued_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-03-02T00:00:00.000Z',
      data_access_expires_at: '2026-04-01T00:00:00.000Z',
    });
  });

  it('keeps every digit of the account ID', async () => {
    for (const id of [`"${USER_ID}"`, USER_ID]) {
      debugToken().reply(200, `{"data":{"is_valid":true,"user_id":${id}}}`);
      expect((await inspect(API, TOKEN)).user_id).to.equal(USER_ID);
    }
  });

  for (const [expires_at, expected] of [
    [0, null],
    [undefined, null],
    [null, null],
    [-1, null],
    ['never', null],
    [1e300, null],
    [8.64e12, null],
    ['1772409600', '2026-03-02T00:00:00.000Z'],
    [1, '1970-01-01T00:00:01.000Z'],
  ] as const)
    it(`converts an expires_at of ${expires_at} to ${expected}`, async () => {
      debugToken().reply(200, {data: {...data, expires_at}});
      expect((await inspect(API, TOKEN)).expires_at).to.equal(expected);
    });

  it('reports a token that is not valid', async () => {
    debugToken().reply(200, {data: {is_valid: false, scopes: []}});
    expect(await inspect(API, TOKEN)).to.deep.include({
      is_valid: false,
      scopes: [],
      user_id: null,
      expires_at: null,
    });
  });

  for (const body of [
    '{}',
    '{"data":null}',
    '{"data":[]}',
    '{"data":{}}',
    '{"data":{"is_valid":"true"}}',
    '{"data":{"is_valid":1}}',
  ])
    it(`rejects ${body}`, async () => {
      debugToken().reply(200, body);
      expect((await failure(inspect(API, TOKEN))).code).to.equal('PLATFORM_FAILED');
    });

  it('returns null for scopes that the service leaves out', async () => {
    debugToken().reply(200, {data: {...data, scopes: undefined}});
    expect((await inspect(API, TOKEN)).scopes).to.equal(null);
  });

  for (const [what, status, body, code] of [
    ['an HTML page', 500, '<html>', 'PLATFORM_FAILED'],
    ['empty', 200, '', 'PLATFORM_FAILED'],
    ['a redirect', 302, '', 'PLATFORM_FAILED'],
    ['an error', 400, '{"error":{"code":190}}', 'CREDENTIAL_REVOKED'],
    ['an error with status 200', 200, '{"error":{"code":190}}', 'CREDENTIAL_REVOKED'],
  ] as const)
    it(`throws ${code} without the token if the answer is ${what}`, async () => {
      const elsewhere = nock('https://elsewhere.test').get(/.*/).query(true).reply(200, {data});
      debugToken()
        .times(status === 500 ? 4 : 1)
        .reply(status, body, {...now, location: `https://elsewhere.test/?access_token=${TOKEN}`});
      const outcome = await failure(inspect(API, TOKEN));
      expect(outcome.code).to.equal(code);
      const shown = inspectObject(outcome, {showHidden: true, depth: Infinity}) + JSON.stringify(outcome);
      expect(secretsIn(shown, {TOKEN})).to.deep.equal([]);
      expect(elsewhere.isDone()).to.equal(false);
      nock.cleanAll();
    });
});
