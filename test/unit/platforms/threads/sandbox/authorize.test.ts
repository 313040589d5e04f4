import {expect} from 'chai';
import type {Sandbox, SandboxOptions} from '../../../../../src/platforms/threads/sandbox/sandbox.js';
import {
  authorizationParameters,
  authorize,
  get,
  obtainCode,
  REDIRECT_URI,
  redeem,
  redirectTarget,
  withSandbox,
} from './client.js';

const TWO_ACCOUNTS = [
  {user_id: '26139168152370559', username: 'first', name: 'First'},
  {user_id: '17841405793187218', username: 'second', name: '<b>"Second" & \'more\'</b>'},
];

function submitConsent(
  sandbox: Sandbox,
  decision: [string, string][],
  changes?: Record<string, string | null>,
) {
  const body = new URLSearchParams([...authorizationParameters(sandbox, changes), ...decision]);
  return fetch(sandbox.authorizeUrl, {method: 'POST', body, redirect: 'manual'});
}

async function fetchTokenData(sandbox: Sandbox, redirect: Response) {
  const {json} = await redeem(sandbox, redirectTarget(redirect).searchParams.get('code')!);
  const {access_token} = json;
  return (await get(sandbox, '/v1.0/debug_token', {input_token: access_token, access_token})).json.data;
}

describe('sandbox: authorization', () => {
  it(
    'redirects with a code, the state and the fragment #_',
    withSandbox(async sandbox => {
      const response = await authorize(sandbox);
      expect(response.status).to.equal(302);
      const to = redirectTarget(response);
      expect(to.origin + to.pathname).to.equal(REDIRECT_URI);
      expect([...to.searchParams.keys()]).to.have.members(['code', 'state']);
      expect(to.searchParams.get('state')).to.equal('a state & more');
      expect(to.hash).to.equal('#_');
    }),
  );

  it(
    'keeps the query of the redirect URI, and adds no state if none was sent',
    withSandbox(async sandbox => {
      const to = redirectTarget(await authorize(sandbox, {redirect_uri: `${REDIRECT_URI}?a=b`, state: null}));
      expect([...to.searchParams.keys()]).to.have.members(['a', 'code']);
    }),
  );

  it(
    'refuses with an error and the state, without a code',
    withSandbox(
      async sandbox => {
        const to = redirectTarget(await authorize(sandbox));
        expect(Object.fromEntries(to.searchParams)).to.deep.equal({
          error: 'access_denied',
          error_reason: 'user_denied',
          error_description: 'The user denied your request',
          state: 'a state & more',
        });
        expect(to.hash).to.equal('#_');
      },
      {consent: 'deny'},
    ),
  );

  const REFUSED: [string, Record<string, string | null>, number][] = [
    ['no client_id', {client_id: null}, 4476002],
    ['an unknown client', {client_id: '999'}, 1349026],
    ['a plain http redirect', {redirect_uri: 'http://example.com/callback'}, 1349187],
    ['an unregistered path', {redirect_uri: `${REDIRECT_URI}/`}, 1349168],
    ['no redirect URI', {redirect_uri: null}, 1349168],
    ['a response_type other than code', {response_type: 'token'}, 100],
    ['no threads_basic', {scope: 'threads_content_publish'}, 100],
    ['scopes separated by spaces', {scope: 'threads_basic threads_delete'}, 100],
    ['no scope', {scope: null}, 100],
  ];
  for (const consent of ['auto', 'page', 'deny'] as const)
    for (const [what, changes, code] of REFUSED)
      it(
        `${consent}: rejects ${what} with JSON`,
        withSandbox(
          async sandbox => {
            for (const response of [
              await authorize(sandbox, changes),
              await submitConsent(sandbox, [['decision', 'allow']], changes),
            ]) {
              expect(response.status).to.equal(400);
              const body = await response.json();
              expect(body).to.have.all.keys('error_message', 'error_code');
              expect(body).to.include({error_code: code});
            }
          },
          {consent, redirectUris: [REDIRECT_URI]},
        ),
      );

  it(
    'accepts only https and loopback http if no URIs are registered',
    withSandbox(async sandbox => {
      for (const redirect_uri of [
        'https://example.com/x',
        'http://127.0.0.1:1/x',
        'http://localhost/x',
        'http://[::1]/x',
      ])
        expect((await authorize(sandbox, {redirect_uri})).status, redirect_uri).to.equal(302);
      for (const redirect_uri of ['http://localhost.example.com/x', 'javascript:alert(1)', '/callback'])
        expect((await authorize(sandbox, {redirect_uri})).status, redirect_uri).to.equal(400);
    }),
  );

  it(
    'grants the scopes that scopesGranted picks',
    withSandbox(
      async sandbox => {
        expect((await fetchTokenData(sandbox, await authorize(sandbox))).scopes).to.deep.equal([
          'threads_basic',
        ]);
      },
      {scopesGranted: requested => requested.slice(0, 1)},
    ),
  );

  it(
    'grants every requested scope, including unknown ones',
    withSandbox(async sandbox => {
      const {scopes} = await fetchTokenData(
        sandbox,
        await authorize(sandbox, {scope: 'threads_basic,threads_new'}),
      );
      expect(scopes).to.deep.equal(['threads_basic', 'threads_new']);
    }),
  );

  it(
    'issues a new code each time',
    withSandbox(async sandbox => {
      expect(await obtainCode(sandbox)).to.not.equal(await obtainCode(sandbox));
    }),
  );
});

describe('sandbox: consent page', () => {
  const PAGE: SandboxOptions = {consent: 'page', accounts: TWO_ACCOUNTS};

  it(
    'is a page without scripts that says it is not Threads',
    withSandbox(async sandbox => {
      const response = await authorize(sandbox);
      const html = await response.text();
      expect(response.status).to.equal(200);
      expect(response.headers.get('content-type')).to.match(/^text\/html/);
      const policy = response.headers.get('content-security-policy');
      expect(policy).to.include("default-src 'none'").and.not.include('form-action');
      expect(html).to.include('not Threads').and.include(sandbox.appId).and.include(REDIRECT_URI);
      expect(html).to.not.match(/<script|https?:\/\/(?!localhost:3456)/);
      expect(html).to.match(/value="threads_basic" checked disabled/);
      expect(html).to.match(/value="threads_content_publish" checked>/);
      expect(html.match(/type="radio"/g)).to.have.length(2);
    }, PAGE),
  );

  it(
    'escapes every value',
    withSandbox(async sandbox => {
      const evil = '"><b>\'&';
      const changes = {state: evil, scope: `threads_basic,${evil}`, redirect_uri: `${REDIRECT_URI}?${evil}`};
      const html = await (await authorize(sandbox, changes)).text();
      expect(html).to.not.include('<b>').and.not.include('"second"');
      expect(html).to.include('name="state" value="&#34;&#62;&#60;b&#62;&#39;&#38;"');
    }, PAGE),
  );

  it(
    'grants the chosen account, the checked scopes and always threads_basic',
    withSandbox(async sandbox => {
      const data = await fetchTokenData(
        sandbox,
        await submitConsent(
          sandbox,
          [
            ['decision', 'allow'],
            ['account', '17841405793187218'],
            ['granted', 'threads_manage_insights'],
            ['granted', 'threads_never_requested'],
          ],
          {scope: 'threads_basic,threads_content_publish,threads_manage_insights'},
        ),
      );
      expect(data.user_id).to.equal('17841405793187218');
      expect(data.scopes).to.deep.equal(['threads_basic', 'threads_manage_insights']);
    }, PAGE),
  );

  it(
    'redirects with access_denied after Deny',
    withSandbox(async sandbox => {
      const to = redirectTarget(
        await submitConsent(sandbox, [
          ['decision', 'deny'],
          ['account', '26139168152370559'],
        ]),
      );
      expect(to.searchParams.get('error')).to.equal('access_denied');
      expect(to.searchParams.get('state')).to.equal('a state & more');
    }, PAGE),
  );

  it(
    'rejects an unknown account',
    withSandbox(async sandbox => {
      expect(
        (
          await submitConsent(sandbox, [
            ['decision', 'allow'],
            ['account', '1'],
          ])
        ).status,
      ).to.equal(400);
    }, PAGE),
  );
});
