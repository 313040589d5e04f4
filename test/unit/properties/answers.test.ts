import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {inspect as inspectObject} from 'node:util';
import {expect} from 'chai';
import fc from 'fast-check';
import {ThreadsClient} from '../../../src/platforms/threads/api/client.js';
import {exchangeCode, type LongLivedToken, refresh} from '../../../src/platforms/threads/grants.js';
import {account, inspect} from '../../../src/platforms/threads/token-facts.js';
import {secretsIn} from '../../support/secrets.js';
import {jsonText, objectText} from './hostile-json.js';
import {errorOf, properties} from './properties.js';

const SECRETS = {
  appSecret: 'fake-app-secret-0123456789abcdef',
  code: 'AQfake-code-0123456789abcdef',
  token: 'THAAfake-token-0123456789abcdef',
  issued: 'THAAfake-issued-token-0123456789abcdef',
};
const STATE = 'a-state-of-ours';
const ISO = /^([+-]\d{2})?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

interface Reply {
  status: number;
  body: string | Uint8Array;
  headers?: Record<string, string>;
}

/** Error texts in which the service may repeat a secret. */
const errorTexts = fc
  .constantFrom(...Object.values(SECRETS), 'redirect_uri', 'code', '')
  .map(text => JSON.stringify(`refused: ${text} ${text}`));
const anyValue = fc.oneof(jsonText, errorTexts);
const codes = fc.oneof(
  fc.constantFrom(1, 2, 4, 10, 100, 101, 102, 190, 200, 299, 368, 400, 613).map(String),
  jsonText,
);
const graphError = objectText({
  message: anyValue,
  type: anyValue,
  code: codes,
  error_subcode: codes,
  is_transient: fc.constantFrom('true', 'false', '"true"', '1'),
  fbtrace_id: anyValue,
});
const meta = objectText({
  id: anyValue,
  username: anyValue,
  name: anyValue,
  user_id: anyValue,
  access_token: fc.oneof(anyValue, fc.constantFrom(`"${SECRETS.issued}"`, '""')),
  token_type: anyValue,
  expires_in: anyValue,
  scope: anyValue,
  id_token: anyValue,
  data: fc.oneof(
    anyValue,
    objectText({
      is_valid: anyValue,
      app_id: anyValue,
      user_id: anyValue,
      scopes: anyValue,
      issued_at: anyValue,
      expires_at: anyValue,
      data_access_expires_at: anyValue,
    }),
    objectText({
      scopes: fc.array(anyValue, {maxLength: 3}).map(values => `[${values}]`),
      expires_at: anyValue,
    }),
  ),
});
const figures = objectText({
  data: fc.oneof(
    anyValue,
    fc
      .array(
        fc.oneof(
          anyValue,
          objectText({
            name: fc.oneof(anyValue, fc.constantFrom('"views"', '"__proto__"')),
            values: fc.oneof(anyValue, fc.constant('[{"value":1},{"value":2}]')),
            total_value: fc.oneof(anyValue, fc.constant('{"value":3}')),
            quota_usage: fc.oneof(anyValue, fc.constant('4')),
            config: anyValue,
            reply_quota_usage: anyValue,
            reply_config: anyValue,
          }),
        ),
        {maxLength: 3},
      )
      .map(each => `[${each}]`),
  ),
  status: fc.oneof(anyValue, fc.constantFrom('"FINISHED"', '"ERROR"', '"EXPIRED"', '"PUBLISHED"')),
  error_message: anyValue,
  id: fc.oneof(anyValue, fc.constantFrom('26139168152370559', '"1"')),
  permalink: anyValue,
  success: anyValue,
});
const errorBody = fc.oneof(
  objectText({error: fc.oneof(graphError, anyValue)}),
  objectText({
    error_message: anyValue,
    error_type: anyValue,
    code: codes,
    error_code: codes,
    error: anyValue,
  }),
);
const reply: fc.Arbitrary<Reply> = fc.record(
  {
    status: fc.oneof(
      {weight: 5, arbitrary: fc.constant(200)},
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          201,
          204,
          206,
          299,
          300,
          301,
          302,
          304,
          307,
          400,
          401,
          403,
          404,
          429,
          500,
          503,
          599,
        ),
      },
    ),
    body: fc.oneof(
      {weight: 6, arbitrary: meta},
      {weight: 3, arbitrary: figures},
      {weight: 3, arbitrary: errorBody},
      {weight: 2, arbitrary: jsonText},
      {
        weight: 1,
        arbitrary: fc.oneof(fc.string({unit: 'binary', maxLength: 100}), fc.uint8Array({maxLength: 100})),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(meta, fc.nat({max: 200})).map(([text, length]) => text.slice(0, length)),
      },
      {weight: 1, arbitrary: meta.map(text => `\ufeff${text}`)},
    ),
    headers: fc.record(
      {
        // No delay, or more than the client waits for.
        'retry-after': fc.constantFrom('0', '0', '21', '999999999999', 'Thu, 01 Jan 1970 00:00:00 GMT'),
        date: fc.constantFrom(
          'Thu, 01 Jan 1970 00:00:00 GMT',
          'Fri, 31 Dec 9999 23:59:59 GMT',
          new Date(Date.now() + 40 * 86_400_000).toUTCString(),
          new Date(Date.now() - 1000).toISOString(),
          'yesterday',
          '',
        ),
        'content-type': fc.constantFrom(
          'application/json',
          'text/html',
          'text/javascript; charset=utf-7',
          'x',
        ),
        location: fc.constantFrom(
          '/elsewhere',
          'http://127.0.0.1:1/',
          'file:///etc/hostname',
          `https://example.test/?t=${SECRETS.token}`,
        ),
      },
      {requiredKeys: ['retry-after']},
    ),
  },
  {requiredKeys: ['status', 'body', 'headers']},
);

const isTextOrNull = (value: unknown) => value === null || typeof value === 'string';
const isDateOrNull = (value: unknown) =>
  value === null || (typeof value === 'string' && ISO.test(value) && !Number.isNaN(Date.parse(value)));

function expectToken({access_token, issued_at, expires_at}: LongLivedToken): void {
  expect(access_token).to.match(/^[\x21-\x7e]{1,4096}$/);
  expect([issued_at, expires_at].every(isDateOrNull)).to.equal(true);
  expect(Date.parse(expires_at!)).to.be.greaterThan(Date.parse(issued_at));
}

const bodyOf = ({body}: Reply) =>
  JSON.parse(
    Buffer.from(body)
      .toString()
      .replace(/^\ufeff/, ''),
  );

describe("properties of Meta's responses", function () {
  this.timeout(300_000);
  const {holds, note} = properties("Meta's responses");
  let server: Server;
  let api: string;
  let paths: string[] = [];
  /** The responses of the service in order; the last one is repeated. */
  let replies: Reply[] = [];
  let results = 0;
  let errors = 0;

  before(async () => {
    server = createServer((request, response) => {
      paths.push(request.url!.split('?')[0]!);
      const {status, body, headers} = replies.length > 1 ? replies.shift()! : replies[0]!;
      request.resume();
      response.writeHead(status, headers).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    note(`${results.toLocaleString('en')} results, ${errors.toLocaleString('en')} VaultErrors`);
  });

  /** Returns the result, or undefined after a VaultError, which must contain no secret. */
  async function ask<T>(answers: Reply[], attempt: () => Promise<T>): Promise<T | undefined> {
    replies = answers.map(each => ({...each}));
    paths = [];
    let result: T | undefined;
    const error = await errorOf(async () => {
      result = await attempt();
    });
    if (!error) {
      results++;
      return result;
    }
    errors++;
    expect(error.code).to.match(/^[A-Z_]+$/);
    expect(error.exitCode).to.be.oneOf([2, 4, 7]);
    expect(error.message).to.match(/^[^\n]{10,200}$/);
    const shown = inspectObject(error, {showHidden: true, depth: Infinity}) + JSON.stringify(error);
    expect(secretsIn(shown, SECRETS)).to.deep.equal([]);
    expect(shown).not.to.contain('refused: ');
    return undefined;
  }

  const exchange = () =>
    exchangeCode(
      {authorizeUrl: `${api}/oauth/authorize`, apiUrl: api},
      {
        app: {id: '1234567890', secret: SECRETS.appSecret},
        redirectUri: 'https://localhost:3456/callback',
        parameters: new URLSearchParams({code: SECRETS.code, state: STATE}),
        state: STATE,
      },
    );

  it(
    'account returns a name and an ID, or fails with a VaultError',
    holds(reply, async answer => {
      const result = await ask([answer], () => account(api, SECRETS.token));
      if (!result) return;
      expect(result).to.have.all.keys('user_id', 'username', 'name');
      expect([result.username, result.name].every(isTextOrNull)).to.equal(true);
      // An ID that the service sent, not something else converted to a string.
      expect(result.user_id)
        .to.be.a('string')
        .and.not.be.oneOf(['', 'undefined', 'null', 'true', 'false', '[object Object]']);
      expect(typeof bodyOf(answer).id).to.be.oneOf(['string', 'number']);
    }),
  );

  it(
    'inspect returns facts of the right types, or fails with a VaultError',
    holds(reply, async answer => {
      const facts = await ask([answer], () => inspect(api, SECRETS.token));
      if (!facts) return;
      // A token must not be reported valid without facts.
      expect(bodyOf(answer).data).to.be.an('object');
      expect(facts.is_valid).to.be.a('boolean');
      expect([facts.app_id, facts.user_id].every(isTextOrNull)).to.equal(true);
      expect([facts.issued_at, facts.expires_at, facts.data_access_expires_at].every(isDateOrNull)).to.equal(
        true,
      );
      if (facts.scopes !== null) for (const scope of facts.scopes) expect(scope).to.be.a('string');
    }),
  );

  const client = () =>
    new ThreadsClient({apiUrl: api, accessToken: SECRETS.token, userId: '26139168152370559'});

  it(
    'reading returns values of the right types, or fails with a VaultError',
    holds(
      reply,
      async answer => {
        const profile = await ask([answer], () => client().profile());
        if (profile) {
          expect(profile.user_id).to.match(/^\d+$/);
          const {is_verified, ...texts} = profile;
          expect(Object.values(texts).every(isTextOrNull)).to.equal(true);
          expect(is_verified).to.be.oneOf([true, false, null]);
        }
        const insights = await ask([answer], () => client().insights());
        if (insights) for (const value of Object.values(insights)) expect(value).to.be.a('number');
        const limits = await ask([answer], () => client().publishingLimit());
        if (limits) expect(limits).to.have.all.keys('posts', 'replies', 'deletes');
        const state = await ask([answer], () => client().containerStatus('1'));
        if (state) {
          expect(state.status).to.match(/^[A-Z_]+$/);
          if (state.error !== null) expect(state.error).to.match(/^[A-Z_]+$/);
        }
      },
      {runs: 250},
    ),
  );

  it(
    'changing sends one request and returns an ID, or fails with a VaultError',
    holds(
      reply,
      async answer => {
        for (const [path, act] of [
          ['/v1.0/26139168152370559/threads', () => client().createContainer({type: 'text', text: 'x'})],
          [
            '/v1.0/7/repost',
            () =>
              client()
                .repost('7')
                .then(({id}) => id),
          ],
          [
            '/v1.0/7',
            () =>
              client()
                .delete('7')
                .then(() => '7'),
          ],
        ] as const) {
          const id = await ask([answer], act);
          expect(paths.filter(each => each === path)).to.have.length(1);
          if (id !== undefined) expect(id).to.match(/^\d+$/);
        }
      },
      {runs: 250},
    ),
  );

  it(
    'refresh sends one request and returns a token and its expiry, or fails with a VaultError',
    holds(reply, async answer => {
      const token = await ask([answer], () => refresh(api, SECRETS.token));
      expect(paths).to.deep.equal(['/refresh_access_token']);
      if (!token) return;
      expectToken(token);
    }),
  );

  it(
    'exchangeCode requests each grant once and returns a long-lived token and its expiry, or fails with a VaultError',
    holds(
      fc.tuple(
        fc.oneof(
          reply,
          objectText({access_token: fc.constant(`"${SECRETS.issued}"`), user_id: anyValue}).map(body => ({
            status: 200,
            body,
          })),
        ),
        reply,
      ),
      async answers => {
        const token = await ask(answers, exchange);
        expect(paths).to.deep.equal(['/oauth/access_token', '/access_token'].slice(0, paths.length));
        if (!token) return;
        expectToken(token);
        expect(isTextOrNull(token.user_id)).to.equal(true);
      },
    ),
  );

  it(
    'an ID keeps every digit, as a string or a number, with any whitespace',
    holds(
      fc.record({
        id: fc.stringMatching(/^[1-9][0-9]{0,40}$/, {size: 'max'}),
        quote: fc.constantFrom('', '"'),
        space: fc.constantFrom('', ' ', '\n\t'),
        end: fc.constantFrom('', ' ', '\n'),
      }),
      async ({id, quote, space, end}) => {
        const value = `${space}:${space}${quote}${id}${quote}${end}`;
        const reply200 = (body: string) => [{status: 200, body}];
        expect((await ask(reply200(`{"id"${value}}`), () => account(api, SECRETS.token)))!.user_id).to.equal(
          id,
        );
        const data = `{"data":{"is_valid":true,"user_id"${value}}}`;
        expect((await ask(reply200(data), () => inspect(api, SECRETS.token)))!.user_id).to.equal(id);
        const issued = `{"access_token":"${SECRETS.issued}","user_id"${value}}`;
        expect((await ask(reply200(issued), exchange))!.user_id).to.equal(id);
      },
    ),
  );

  it(
    'a name is kept exactly, whatever it contains',
    holds(
      fc.oneof(
        fc.string({unit: 'binary', minLength: 1}),
        fc.constantFrom('"id":1', '{"id": 12}', '\\"user_id\\" : 7', '"id"', ':1'),
      ),
      async name => {
        const body = JSON.stringify({name, username: name, id: '1'});
        expect(await ask([{status: 200, body}], () => account(api, SECRETS.token))).to.deep.equal({
          user_id: '1',
          username: name,
          name,
        });
      },
    ),
  );

  it(
    'a response larger than 1 MiB is an error',
    holds(
      fc.record({
        before: fc.constantFrom('', '[', `{"access_token":"${SECRETS.issued}","user_id":1,"more":"`),
        piece: fc.constantFrom('[', '{"a":', '\u0000', ' ', 'x', '"user_id":1,'),
        after: fc.constantFrom('', ']', '"}'),
        grant: fc.constantFrom<() => Promise<unknown>>(() => refresh(api, SECRETS.token), exchange),
      }),
      async ({before, piece, after, grant}) => {
        const count = errors;
        const body = before + piece.repeat(Math.ceil((1024 * 1024 + 1) / piece.length)) + after;
        await ask([{status: 200, body}], grant);
        expect(errors).to.equal(count + 1);
      },
      {runs: 200},
    ),
  );
});
