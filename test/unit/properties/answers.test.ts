import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {inspect as inspectObject} from 'node:util';
import {expect} from 'chai';
import fc from 'fast-check';
import {ThreadsClient} from '../../../src/platforms/threads/api/client.js';
import {exchangeCode, refresh} from '../../../src/platforms/threads/grants.js';
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

/** What the service may repeat in its words. */
const words = fc
  .constantFrom(...Object.values(SECRETS), 'redirect_uri', 'code', '')
  .map(text => JSON.stringify(`refused: ${text} ${text}`));
const valued = fc.oneof(jsonText, words);
const codes = fc.oneof(
  fc.constantFrom(1, 2, 4, 10, 100, 101, 102, 190, 200, 299, 368, 400, 613).map(String),
  jsonText,
);
const graphError = objectText({
  message: valued,
  type: valued,
  code: codes,
  error_subcode: codes,
  is_transient: fc.constantFrom('true', 'false', '"true"', '1'),
  fbtrace_id: valued,
});
const meta = objectText({
  id: valued,
  username: valued,
  name: valued,
  user_id: valued,
  access_token: fc.oneof(valued, fc.constantFrom(`"${SECRETS.issued}"`, '""')),
  token_type: valued,
  expires_in: valued,
  scope: valued,
  id_token: valued,
  data: fc.oneof(
    valued,
    objectText({
      is_valid: valued,
      app_id: valued,
      user_id: valued,
      scopes: valued,
      issued_at: valued,
      expires_at: valued,
      data_access_expires_at: valued,
    }),
    objectText({scopes: fc.array(valued, {maxLength: 3}).map(values => `[${values}]`), expires_at: valued}),
  ),
});
const figures = objectText({
  data: fc.oneof(
    valued,
    fc
      .array(
        fc.oneof(
          valued,
          objectText({
            name: fc.oneof(valued, fc.constantFrom('"views"', '"__proto__"')),
            values: fc.oneof(valued, fc.constant('[{"value":1},{"value":2}]')),
            total_value: fc.oneof(valued, fc.constant('{"value":3}')),
            quota_usage: fc.oneof(valued, fc.constant('4')),
            config: valued,
            reply_quota_usage: valued,
            reply_config: valued,
          }),
        ),
        {maxLength: 3},
      )
      .map(each => `[${each}]`),
  ),
  status: fc.oneof(valued, fc.constantFrom('"FINISHED"', '"ERROR"', '"EXPIRED"', '"PUBLISHED"')),
  error_message: valued,
  id: fc.oneof(valued, fc.constantFrom('26139168152370559', '"1"')),
  permalink: valued,
  success: valued,
});
const failed = fc.oneof(
  objectText({error: fc.oneof(graphError, valued)}),
  objectText({error_message: valued, error_type: valued, code: codes, error_code: codes, error: valued}),
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
      {weight: 3, arbitrary: failed},
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
        // No waiting, or more than is waited for.
        'retry-after': fc.constantFrom('0', '0', '21', '999999999999', 'Thu, 01 Jan 1970 00:00:00 GMT'),
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

const bodyOf = ({body}: Reply) =>
  JSON.parse(
    Buffer.from(body)
      .toString()
      .replace(/^\ufeff/, ''),
  );

describe('properties of Meta’s answers', function () {
  this.timeout(300_000);
  const {holds, note} = properties('Meta’s answers');
  let server: Server;
  let api: string;
  let paths: string[] = [];
  /** What the service answers, one after the other; the last one again and again. */
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
    note(`${results.toLocaleString('en')} results, ${errors.toLocaleString('en')} errors of ours`);
  });

  /** The result, or nothing after an error that is ours and holds no secret. */
  async function ask<T>(answers: Reply[], question: () => Promise<T>): Promise<T | undefined> {
    replies = answers.map(each => ({...each}));
    paths = [];
    let result: T | undefined;
    const error = await errorOf(async () => {
      result = await question();
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
    'account: a name and an id, or an error of ours',
    holds(reply, async answer => {
      const result = await ask([answer], () => account(api, SECRETS.token));
      if (!result) return;
      expect(result).to.have.all.keys('user_id', 'username', 'name');
      expect([result.username, result.name].every(isTextOrNull)).to.equal(true);
      // An id that the service sent, and not what JavaScript makes of something else.
      expect(result.user_id)
        .to.be.a('string')
        .and.not.be.oneOf(['', 'undefined', 'null', 'true', 'false', '[object Object]']);
      expect(typeof bodyOf(answer).id).to.be.oneOf(['string', 'number']);
    }),
  );

  it(
    'inspect: facts of their types, or an error of ours',
    holds(reply, async answer => {
      const facts = await ask([answer], () => inspect(api, SECRETS.token));
      if (!facts) return;
      // No facts are not the fact that it is valid.
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
    'reading: of its type, or an error of ours',
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
    'changing: an id, or an error of ours; asked once',
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
    'refresh: a token and its date, or an error of ours; asked once',
    holds(reply, async answer => {
      const token = await ask([answer], () => refresh(api, SECRETS.token));
      expect(paths).to.deep.equal(['/refresh_access_token']);
      if (!token) return;
      expect(token.access_token).to.be.a('string').and.not.equal('');
      expect(isDateOrNull(token.expires_at)).to.equal(true);
    }),
  );

  it(
    'exchangeCode: a long-lived token and its date, or an error of ours; each grant asked once',
    holds(
      fc.tuple(
        fc.oneof(
          reply,
          objectText({access_token: fc.constant(`"${SECRETS.issued}"`), user_id: valued}).map(body => ({
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
        expect(token.access_token).to.be.a('string').and.not.equal('');
        expect(isDateOrNull(token.expires_at)).to.equal(true);
        expect(isTextOrNull(token.user_id)).to.equal(true);
      },
    ),
  );

  it(
    'an id keeps every digit, as a text or a number, however it is set',
    holds(
      fc.record({
        id: fc.stringMatching(/^[1-9][0-9]{0,40}$/, {size: 'max'}),
        quote: fc.constantFrom('', '"'),
        space: fc.constantFrom('', ' ', '\n\t'),
        end: fc.constantFrom('', ' ', '\n'),
      }),
      async ({id, quote, space, end}) => {
        const value = `${space}:${space}${quote}${id}${quote}${end}`;
        const say = (body: string) => [{status: 200, body}];
        expect((await ask(say(`{"id"${value}}`), () => account(api, SECRETS.token)))!.user_id).to.equal(id);
        const data = `{"data":{"is_valid":true,"user_id"${value}}}`;
        expect((await ask(say(data), () => inspect(api, SECRETS.token)))!.user_id).to.equal(id);
        const issued = `{"access_token":"${SECRETS.issued}","user_id"${value}}`;
        expect((await ask(say(issued), exchange))!.user_id).to.equal(id);
      },
    ),
  );

  it(
    'a name is kept to the letter, whatever it looks like',
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
    'megabytes are no answer',
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
