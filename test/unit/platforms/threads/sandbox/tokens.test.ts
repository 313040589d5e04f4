import {expect} from 'chai';
import {exchange, expectGraphError, get, me, obtainCode, redeem, refresh, withSandbox} from './client.js';

const DAY = 86_400;
const TOKEN = /^THAA[\w-]{150}$/;

const USED = {
  error_type: 'OAuthException',
  code: 400,
  error_message: 'Matching code was not found or was already used',
};

describe('sandbox: code exchange', () => {
  it(
    'returns a token and the account ID as a number with every digit, and nothing else',
    withSandbox(async sandbox => {
      const {status, text, json} = await redeem(sandbox, await obtainCode(sandbox));
      expect(status).to.equal(200);
      expect(text).to.match(/^\{"access_token":"THAA[\w-]{150}","user_id":26139168152370559\}$/);
      expect(String(json.user_id)).to.equal('26139168152370560');
    }),
  );

  it(
    'accepts a code once',
    withSandbox(async sandbox => {
      const code = await obtainCode(sandbox);
      await redeem(sandbox, code);
      const {status, json} = await redeem(sandbox, code);
      expect(status).to.equal(400);
      expect(json).to.deep.equal(USED);
    }),
  );

  it(
    'accepts a code for an hour, and only unchanged',
    withSandbox(async sandbox => {
      const code = await obtainCode(sandbox);
      expect((await redeem(sandbox, `${code}#_`)).json).to.deep.equal(USED);
      sandbox.clock.advance({minutes: 61});
      expect((await redeem(sandbox, code)).json).to.deep.equal(USED);
      sandbox.clock.advance({minutes: -2});
      expect((await redeem(sandbox, code)).status).to.equal(200);
    }),
  );

  it(
    'names redirect_uri if it differs',
    withSandbox(async sandbox => {
      const reply = await redeem(sandbox, await obtainCode(sandbox), {
        redirect_uri: 'https://localhost:3456/callback/',
      });
      expectGraphError(reply, 100);
      expect(reply.json.error.message).to.include('redirect_uri');
    }),
  );

  it(
    'rejects a wrong app ID, app secret or grant type',
    withSandbox(async sandbox => {
      const code = await obtainCode(sandbox);
      expectGraphError(await redeem(sandbox, code, {client_id: '999'}), 101);
      expectGraphError(await redeem(sandbox, code, {client_secret: 'fake'}), 101);
      expectGraphError(await redeem(sandbox, code, {grant_type: 'implicit'}), 100);
      expect((await redeem(sandbox, code)).status).to.equal(200);
    }),
  );

  it(
    'ignores the query',
    withSandbox(async sandbox => {
      const {appId: client_id, appSecret: client_secret} = sandbox;
      const query = new URLSearchParams({client_id, client_secret, grant_type: 'authorization_code'});
      const response = await fetch(`${sandbox.url}/oauth/access_token?${query}`, {method: 'POST'});
      expect((await response.json()).error.code).to.equal(101);
    }),
  );
});

describe('sandbox: long-lived exchange', () => {
  it(
    'returns a token that is valid for 60 days',
    withSandbox(async sandbox => {
      const {json} = await exchange(sandbox, sandbox.mint({kind: 'short'}).access_token);
      expect(json).to.have.all.keys('access_token', 'token_type', 'expires_in');
      expect(json).to.include({token_type: 'bearer', expires_in: 5_184_000});
      expect(json.access_token).to.match(TOKEN);
      expect((await me(sandbox, json.access_token)).json.id).to.equal('26139168152370559');
    }),
  );

  it(
    'honors tokenLifetime',
    withSandbox(
      async sandbox => {
        const {json} = await exchange(sandbox, sandbox.mint({kind: 'short'}).access_token);
        expect(json.expires_in).to.equal(1000);
        sandbox.clock.advance({seconds: 1000});
        expectGraphError(await me(sandbox, json.access_token), 190, 463);
      },
      {tokenLifetime: 1000},
    ),
  );

  it(
    'rejects a wrong secret, a wrong grant type, a long-lived and an expired token',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint({kind: 'short'});
      expectGraphError(await exchange(sandbox, access_token, 'fake'), 101);
      const query = {client_secret: sandbox.appSecret, access_token, grant_type: 'ig_exchange_token'};
      expectGraphError(await get(sandbox, '/access_token', query), 100);
      expectGraphError(await exchange(sandbox, sandbox.mint().access_token), 452, 4279019);
      sandbox.clock.advance({hours: 1});
      expectGraphError(await exchange(sandbox, access_token), 190, 463);
    }),
  );
});

describe('sandbox: refresh', () => {
  it(
    'returns a new token; the old one remains valid until it expires',
    withSandbox(async sandbox => {
      const {access_token: old} = sandbox.mint();
      sandbox.clock.advance({days: 59});
      const {status, json} = await refresh(sandbox, old);
      expect(status).to.equal(200);
      expect(json).to.have.all.keys('access_token', 'token_type', 'expires_in');
      expect(json.expires_in).to.equal(60 * DAY);
      expect(json.access_token).to.match(TOKEN).and.not.equal(old);
      expect((await me(sandbox, old)).status).to.equal(200);
      sandbox.clock.advance({days: 1});
      expectGraphError(await me(sandbox, old), 190, 463);
      sandbox.clock.advance({days: 58});
      expect((await me(sandbox, json.access_token)).status).to.equal(200);
      sandbox.clock.advance({days: 1});
      expectGraphError(await me(sandbox, json.access_token), 190, 463);
    }),
  );

  it(
    'keeps the account and the scopes',
    withSandbox(async sandbox => {
      const scopes = ['threads_basic', 'threads_delete'];
      const {json} = await refresh(
        sandbox,
        sandbox.mint({scopes, issuedAt: new Date(Date.now() - 2e8)}).access_token,
      );
      const query = {input_token: json.access_token, access_token: json.access_token};
      const {data} = (await get(sandbox, '/v1.0/debug_token', query)).json;
      expect(data).to.deep.include({user_id: '26139168152370559', scopes});
    }),
  );

  it(
    'rejects a token younger than 24 hours',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint();
      sandbox.clock.advance({hours: 23, minutes: 59});
      expectGraphError(await refresh(sandbox, access_token), 100);
      sandbox.clock.advance({minutes: 1});
      expect((await refresh(sandbox, access_token)).status).to.equal(200);
    }),
  );

  it(
    'rejects an expired, a short-lived, an unknown and a revoked token',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint({issuedAt: new Date(Date.now() - 60 * DAY * 1000)});
      expectGraphError(await refresh(sandbox, access_token), 190, 463);
      expectGraphError(await refresh(sandbox, sandbox.mint({kind: 'short'}).access_token), 100);
      const longLivedShort = sandbox.mint({
        kind: 'short',
        issuedAt: new Date(Date.now() - 2e8),
        expiresAt: null,
      });
      expectGraphError(await refresh(sandbox, longLivedShort.access_token), 100);
      expectGraphError(await refresh(sandbox, 'THAAfake'), 190);
      const {access_token: revoked} = sandbox.mint();
      sandbox.revoke(revoked);
      expectGraphError(await refresh(sandbox, revoked), 190, 458);
    }),
  );

  it(
    'requires the grant type',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint({issuedAt: new Date(Date.now() - 2e8)});
      for (const query of [{access_token}, {access_token, grant_type: 'ig_refresh_token'}])
        expectGraphError(await get(sandbox, '/refresh_access_token', query), 100);
    }),
  );

  it(
    'revokes the old token with refreshInvalidatesOld',
    withSandbox(
      async sandbox => {
        const {access_token: old} = sandbox.mint();
        sandbox.clock.advance({days: 2});
        const {json} = await refresh(sandbox, old);
        expectGraphError(await me(sandbox, old), 190);
        expect((await me(sandbox, json.access_token)).status).to.equal(200);
      },
      {refreshInvalidatesOld: true},
    ),
  );

  for (const refreshInvalidatesOld of [true, false])
    it(
      `extends the same token with refreshReturnsSame (refreshInvalidatesOld: ${refreshInvalidatesOld})`,
      withSandbox(
        async sandbox => {
          const {access_token: old} = sandbox.mint();
          sandbox.clock.advance({days: 59});
          expect((await refresh(sandbox, old)).json).to.include({access_token: old, expires_in: 60 * DAY});
          sandbox.clock.advance({days: 2});
          expect((await me(sandbox, old)).status).to.equal(200);
        },
        {refreshReturnsSame: true, refreshInvalidatesOld},
      ),
    );
});

describe('sandbox: debug_token', () => {
  it(
    'returns kind, account, scopes and dates, with and without the version',
    withSandbox(async sandbox => {
      const issuedAt = new Date('2026-01-01T00:00:00.900Z');
      const expiresAt = new Date('2126-01-01T00:00:00Z');
      const {access_token} = sandbox.mint({issuedAt, expiresAt, scopes: ['threads_basic']});
      for (const path of ['/v1.0/debug_token', '/debug_token']) {
        const {data} = (await get(sandbox, path, {input_token: access_token, access_token})).json;
        expect(data).to.deep.equal({
          type: 'USER',
          application: 'Sandbox app',
          user_id: '26139168152370559',
          scopes: ['threads_basic'],
          is_valid: true,
          issued_at: 1_767_225_600,
          expires_at: expiresAt.getTime() / 1000,
          data_access_expires_at: 1_767_225_600 + 90 * DAY,
        });
      }
    }),
  );

  it(
    'returns 0 for a token that never expires',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint({expiresAt: null});
      sandbox.clock.advance({days: 9999});
      const {data} = (await get(sandbox, '/v1.0/debug_token', {input_token: access_token, access_token}))
        .json;
      expect(data).to.include({expires_at: 0, is_valid: true});
    }),
  );

  it(
    'describes revoked and unknown tokens to the app token only',
    withSandbox(async sandbox => {
      const {access_token: revoked} = sandbox.mint();
      sandbox.revoke(revoked);
      const appToken = `TH|${sandbox.appId}|${sandbox.appSecret}`;
      const inspect = (input_token: string, access_token: string) =>
        get(sandbox, '/v1.0/debug_token', {input_token, access_token});
      expect((await inspect(revoked, appToken)).json.data).to.include({
        is_valid: false,
        user_id: '26139168152370559',
      });
      expect((await inspect('THAAfake', appToken)).json.data).to.deep.equal({is_valid: false, scopes: []});
      expectGraphError(await inspect(revoked, revoked), 190, 458);
      expectGraphError(await inspect(revoked, `TH|${sandbox.appId}|fake`), 190);
    }),
  );
});

describe('sandbox: me', () => {
  it(
    'accepts the token in the header or the query, with and without the version',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint();
      const profile = {id: '26139168152370559', username: 'sandbox_account'};
      for (const path of ['/v1.0/me', '/me']) {
        expect((await get(sandbox, path, {fields: 'id,username', access_token})).json).to.deep.equal(profile);
        const headers = {authorization: `Bearer ${access_token}`};
        expect((await get(sandbox, path, {fields: 'id,username'}, headers)).json).to.deep.equal(profile);
      }
    }),
  );

  it(
    'returns the ID by default, leaves out empty fields, and rejects unknown ones',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint();
      expect((await get(sandbox, '/me', {access_token})).json).to.deep.equal({id: '26139168152370559'});
      const fields = 'name,is_verified,threads_biography,threads_profile_picture_url';
      expect((await get(sandbox, '/me', {access_token, fields})).json).to.deep.equal({
        id: '26139168152370559',
        name: 'Sandbox Account',
        is_verified: false,
      });
      expectGraphError(await get(sandbox, '/me', {access_token, fields: 'toString'}), 100);
    }),
  );

  it(
    'rejects a missing, an unknown and a revoked token, and one without threads_basic',
    withSandbox(async sandbox => {
      expectGraphError(await get(sandbox, '/v1.0/me'), 104);
      expectGraphError(await me(sandbox, 'THAAfake'), 190);
      const {access_token} = sandbox.mint();
      sandbox.revoke(access_token);
      expectGraphError(await me(sandbox, access_token), 190, 458);
      expectGraphError(await me(sandbox, sandbox.mint({scopes: []}).access_token), 10);
    }),
  );
});
