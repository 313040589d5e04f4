import {expect} from 'chai';
import nock from 'nock';
import {
  type Published,
  type PublishOptions,
  type Step,
  ThreadsClient,
} from '../../../../../src/platforms/threads/api/client.js';
import type {Content} from '../../../../../src/platforms/threads/api/content.js';
import {aCredential} from '../../../../support/credential.js';
import {secretsIn} from '../../../../support/secrets.js';
import {failure} from '../../../oauth/support.js';
import {API, interceptRequests} from '../../interception.js';

const TOKEN = 'THAAfake-token-0123456789abcdef';
const USER = '26139168152370559';
const CONTAINER = '17900000000000001';
const POST = '17900000000000003';
const PERMALINK = 'https://www.threads.com/@my.account/post/abc';
const TEXT: Content = {type: 'text', text: 'Hello'};
const now = {'retry-after': '0'};
const NOT_READY = {
  error: {code: 24, error_subcode: 4279009, message: 'The requested resource does not exist'},
};

const client = new ThreadsClient({accessToken: TOKEN, userId: USER});
const service = () => nock(API, {reqheaders: {authorization: `Bearer ${TOKEN}`}});

/** Expects requests to the service. */
const expected = {
  create: (form: object | RegExp = /./) => service().post(`/v1.0/${USER}/threads`, form as never),
  statusRequest: (container = CONTAINER) =>
    service().get(`/v1.0/${container}`).query({fields: 'status,error_message'}),
  status: (status: string, more = {}, container = CONTAINER) =>
    expected.statusRequest(container).reply(200, {id: container, status, ...more}),
  publish: (container = CONTAINER) =>
    service().post(`/v1.0/${USER}/threads_publish`, {creation_id: container}),
  permalink: (id = POST) =>
    service().get(`/v1.0/${id}`).query({fields: 'permalink'}).reply(200, {id, permalink: PERMALINK}),
  posts: () =>
    service()
      .get(`/v1.0/${USER}/threads`)
      .query({fields: 'id,media_type,text,timestamp,permalink', limit: '10'}),
};

const PUBLISHED: Published = {id: POST, permalink: PERMALINK, container: CONTAINER, already_published: false};
const PUBLISHED_BEFORE: Published = {
  id: null,
  permalink: null,
  container: CONTAINER,
  already_published: true,
};

function recordSteps(): {steps: string[]; options: PublishOptions} {
  const steps: string[] = [];
  const onStatus = ({step, container, item}: Step) =>
    steps.push([step, container, item && `${item.number}/${item.of}`].filter(Boolean).join(' '));
  return {steps, options: {onStatus}};
}

describe('ThreadsClient: constructor', () => {
  for (const [what, options] of [
    ['no token', {accessToken: ''}],
    [
      'an http URL, which would send the token unencrypted',
      {accessToken: TOKEN, apiUrl: 'http://example.test'},
    ],
    ['an invalid URL', {accessToken: TOKEN, apiUrl: TOKEN}],
    ['a user ID that is not a number', {accessToken: TOKEN, userId: TOKEN}],
  ] as const) {
    it(`rejects ${what} and does not repeat it`, async () => {
      const error = await failure((async () => new ThreadsClient(options))());
      expect(error.code).to.equal('USAGE');
      expect(secretsIn([error.message, ...error.suggestions].join(), {TOKEN})).to.deep.equal([]);
    });
  }
});

describe('ThreadsClient: profile', () => {
  interceptRequests();
  const fields = 'id,username,name,threads_profile_picture_url,threads_biography,is_verified';
  const me = () => service().get('/v1.0/me').query({fields});

  it('returns the account, with every digit of its ID', async () => {
    me().reply(
      200,
      `{"id":${USER},"username":"my.account","name":"Me","threads_profile_picture_url":"https://p","threads_biography":"b","is_verified":true}`,
    );
    expect(await client.profile()).to.deep.equal({
      user_id: USER,
      username: 'my.account',
      name: 'Me',
      biography: 'b',
      is_verified: true,
      picture_url: 'https://p',
      url: 'https://www.threads.com/@my.account',
    });
  });

  it('returns null for fields that are left out', async () => {
    me().reply(200, {id: USER});
    const {user_id, ...rest} = await client.profile();
    expect(user_id).to.equal(USER);
    expect(new Set(Object.values(rest))).to.deep.equal(new Set([null]));
  });

  it('retries after a transient error', async () => {
    me().reply(500, '<html>', now);
    me().reply(200, {id: USER});
    expect((await client.profile()).user_id).to.equal(USER);
  });

  it('rejects an answer whose ID is not a number', async () => {
    me().reply(200, {id: '../me'});
    expect((await failure(client.profile())).code).to.equal('PLATFORM_FAILED');
  });

  it('sends the token of a credential to the service that issued it', async () => {
    const credential = aCredential({api_url: 'http://127.0.0.1:4567'});
    nock('http://127.0.0.1:4567', {reqheaders: {authorization: `Bearer ${credential.refresh_token}`}})
      .get('/v1.0/me')
      .query(true)
      .reply(200, {id: '1'});
    expect((await ThreadsClient.for(credential).profile()).user_id).to.equal('1');
  });
});

describe('ThreadsClient: post', () => {
  interceptRequests();

  it('creates a container, checks that it is ready, publishes it, and returns the URL', async () => {
    expected.create({media_type: 'TEXT', text: 'Hello'}).reply(200, {id: CONTAINER});
    expected.status('FINISHED');
    expected.publish().reply(200, `{"id":${POST}}`);
    expected.permalink();
    const {steps, options} = recordSteps();
    expect(await client.post(TEXT, options)).to.deep.equal(PUBLISHED);
    expect(steps).to.deep.equal(['creating', `processing ${CONTAINER}`, `publishing ${CONTAINER}`]);
  });

  it('uses the account of the token if no ID is given', async () => {
    service().post('/v1.0/me/threads').reply(200, {id: CONTAINER});
    expect(await new ThreadsClient({accessToken: TOKEN}).createContainer(TEXT)).to.equal(CONTAINER);
  });

  it('waits while the service processes the container', async () => {
    expected.status('IN_PROGRESS');
    expected.status('SOMETHING_NEW');
    expected.status('FINISHED');
    expected.publish().reply(200, {id: POST});
    expected.permalink();
    const {steps, options} = recordSteps();
    expect(await client.publish(CONTAINER, options)).to.deep.equal(PUBLISHED);
    expect(steps.filter(step => step.startsWith('processing'))).to.have.length(3);
  });

  it('throws PUBLISH_TIMEOUT without publishing', async () => {
    expected.statusRequest().reply(200, {status: 'IN_PROGRESS'});
    // How often it asks again depends on how busy the machine is.
    expected.statusRequest().times(20).optionally().reply(200, {status: 'IN_PROGRESS'});
    const error = await failure(client.publish(CONTAINER, {timeout: 0.05}));
    expect(error).to.include({code: 'PUBLISH_TIMEOUT', exitCode: 8});
  });

  it('succeeds even if the URL cannot be fetched', async () => {
    expected.status('FINISHED');
    expected.publish().reply(200, {id: POST});
    service()
      .get(`/v1.0/${POST}`)
      .query(true)
      .reply(403, {error: {code: 10}});
    expect(await client.publish(CONTAINER)).to.deep.equal({...PUBLISHED, permalink: null});
  });

  it('creates the carousel once the containers of all items are ready', async () => {
    const children = ['11', '12'];
    for (const [index, id] of children.entries())
      expected
        .create({
          media_type: 'IMAGE',
          is_carousel_item: 'true',
          image_url: `https://example.com/${index}.jpg`,
        })
        .reply(200, {id});
    expected.status('IN_PROGRESS', {}, '11');
    expected.status('FINISHED', {}, '11');
    expected.status('FINISHED', {}, '12');
    expected.create({media_type: 'CAROUSEL', children: '11,12', text: 'Two'}).reply(200, {id: CONTAINER});
    expected.status('FINISHED');
    expected.publish().reply(200, {id: POST});
    expected.permalink();
    const {steps, options} = recordSteps();
    const items = [0, 1].map(index => ({type: 'image' as const, url: `https://example.com/${index}.jpg`}));
    expect(await client.post({type: 'carousel', items, text: 'Two'}, options)).to.deep.equal(PUBLISHED);
    expect(steps).to.deep.equal([
      'creating 1/2',
      'processing 11 1/2',
      'creating 2/2',
      'processing 12 2/2',
      'processing 11 1/2',
      'creating',
      `processing ${CONTAINER}`,
      `publishing ${CONTAINER}`,
    ]);
  });

  it('publishes nothing if an item of a carousel fails, and names the item', async () => {
    expected.create(/IMAGE/).reply(200, {id: '11'});
    expected.create(/VIDEO/).reply(200, {id: '12'});
    expected.status('FINISHED', {}, '11');
    expected.status('ERROR', {error_message: 'FAILED_DOWNLOADING_VIDEO'}, '12');
    const items = [
      {type: 'image' as const, url: 'https://example.com/a.jpg'},
      {type: 'video' as const, url: 'https://example.com/b.mp4'},
    ];
    const error = await failure(client.post({type: 'carousel', items}));
    expect(error).to.include({code: 'MEDIA_REJECTED', exitCode: 2});
    expect(error.message).to.match(/item 2.*downloaded.*FAILED_DOWNLOADING_VIDEO/);
    expect(error.suggestions).to.include('Nothing was published.');
  });

  it('sends no request if the content exceeds a limit', async () => {
    const long = {...TEXT, text: 'x'.repeat(501)};
    expect((await failure(client.post(long))).code).to.equal('USAGE');
    expect((await failure(client.createContainer(long))).code).to.equal('USAGE');
    expect((await failure(client.publish('me'))).code).to.equal('USAGE');
  });

  for (const [what, answer, code] of [
    ['a server error', [500, '<html>'], 'PLATFORM_FAILED'],
    ['a transient error', [400, {error: {code: 2}}], 'PLATFORM_FAILED'],
    ['an answer without an ID', [200, {}], 'PLATFORM_FAILED'],
  ] as const) {
    it(`creates no second container after ${what}`, async () => {
      expected.create().reply(...(answer as [number, object]), now);
      expect((await failure(client.post(TEXT))).code).to.equal(code);
    });
  }

  it('creates no second container after a broken connection, and says that nothing was published', async () => {
    expected.create().replyWithError(Object.assign(new Error('broken'), {code: 'ECONNRESET'}));
    const error = await failure(client.post(TEXT));
    expect(error.code).to.equal('NETWORK_FAILED');
    expect(error.suggestions).to.include('Nothing was published.');
  });
});

describe('ThreadsClient: publish', () => {
  interceptRequests();

  it('does not publish a container twice', async () => {
    expected.status('PUBLISHED');
    expect(await client.publish(CONTAINER)).to.deep.equal(PUBLISHED_BEFORE);
  });

  for (const [what, loseAnswer] of [
    ['the connection breaks', () => expected.publish().replyWithError(new Error('broken'))],
    ['the service fails', () => expected.publish().reply(500, '<html>', now)],
    ['the service reports a transient error', () => expected.publish().reply(400, {error: {code: 1}}, now)],
    ['the answer has no ID', () => expected.publish().reply(200, {})],
    ['a redirect is the answer', () => expected.publish().reply(302, '', {location: '/elsewhere'})],
  ] as const) {
    it(`finds the post that it published if ${what}`, async () => {
      expected.create().reply(200, {id: CONTAINER});
      expected.status('FINISHED');
      loseAnswer();
      expected.status('PUBLISHED');
      expected.posts().reply(200, {
        data: [
          {id: '9', text: 'Something else', timestamp: new Date().toISOString(), permalink: 'https://other'},
          {id: POST, text: 'Hello', timestamp: new Date().toISOString(), permalink: PERMALINK},
        ],
      });
      expect(await client.post(TEXT)).to.deep.equal(PUBLISHED);
    });

    it(`sends the request once and throws OUTCOME_UNKNOWN if ${what} and the container is gone`, async () => {
      expected.status('FINISHED');
      loseAnswer();
      expected.statusRequest().reply(404, '{}');
      const error = await failure(client.publish(CONTAINER));
      expect(error).to.include({code: 'OUTCOME_UNKNOWN', exitCode: 7});
      expect(error.message).to.contain(CONTAINER);
    });
  }

  it('checks the container several times before it gives up', async () => {
    expected.status('FINISHED');
    expected.publish().reply(500, '', now);
    expected.statusRequest().twice().reply(200, {status: 'FINISHED'});
    expected.status('PUBLISHED');
    expect(await client.publish(CONTAINER)).to.deep.equal({...PUBLISHED_BEFORE, already_published: false});
  });

  it('does not mistake an older post with the same text for the new one, and does not guess', async () => {
    const old = new Date(Date.now() - 3_600_000).toISOString();
    for (const data of [[{id: '9', text: 'Hello', timestamp: old}], 'odd', [null, 7]]) {
      expected.create().reply(200, {id: CONTAINER});
      expected.status('FINISHED');
      expected.publish().reply(500, '', now);
      expected.status('PUBLISHED');
      expected.posts().reply(200, {data});
      expect(await client.post(TEXT)).to.deep.equal({...PUBLISHED_BEFORE, already_published: false});
    }
  });

  it('does not mistake a repost for a post without text', async () => {
    const timestamp = new Date().toISOString();
    const image: Content = {type: 'image', url: 'https://example.com/a.jpg'};
    expected.create().reply(200, {id: CONTAINER});
    expected.status('FINISHED');
    expected.publish().reply(500, '', now);
    expected.status('PUBLISHED');
    expected.posts().reply(200, {
      data: [
        null,
        {id: '9', media_type: 'REPOST_FACADE', timestamp},
        {id: POST, media_type: 'IMAGE', timestamp, permalink: PERMALINK},
      ],
    });
    expect(await client.post(image)).to.deep.equal(PUBLISHED);
  });

  it('reports the container before the first request', async () => {
    expected.statusRequest().reply(400, {error: {code: 190}});
    const {steps, options} = recordSteps();
    expect((await failure(client.publish(CONTAINER, options))).code).to.equal('CREDENTIAL_REVOKED');
    expect(steps).to.deep.equal([`processing ${CONTAINER}`]);
  });

  it('retries if the service says that the container was not ready', async () => {
    expected.statusRequest().twice().reply(200, {status: 'FINISHED'});
    expected.publish().reply(400, NOT_READY);
    expected.publish().reply(200, {id: POST});
    expected.permalink();
    expect(await client.publish(CONTAINER)).to.deep.equal(PUBLISHED);
  });

  it('notices from the same refusal that another process published the container', async () => {
    expected.status('FINISHED');
    expected.publish().reply(400, NOT_READY);
    expected.status('PUBLISHED');
    expect(await client.publish(CONTAINER)).to.deep.equal(PUBLISHED_BEFORE);
  });

  it('stops retrying at the time limit', async () => {
    expected.status('FINISHED');
    expected.publish().reply(400, NOT_READY);
    // How often it tries again depends on how busy the machine is.
    expected.statusRequest().times(20).optionally().reply(200, {status: 'FINISHED'});
    expected.publish().times(20).optionally().reply(400, NOT_READY);
    expect((await failure(client.publish(CONTAINER, {timeout: 0.05}))).code).to.equal('PUBLISH_TIMEOUT');
  });

  for (const [answer, code] of [
    [{error: {code: 190}}, 'CREDENTIAL_REVOKED'],
    [{error: {code: 10}}, 'PERMISSION_MISSING'],
    [{error: {code: 613}}, 'RATE_LIMITED'],
    [{error: {code: 199}}, 'PLATFORM_FAILED'],
    [{error: {code: 100}}, 'VALUE_REFUSED'],
    [{error: {code: 100, error_subcode: 33}}, 'NOT_FOUND'],
  ] as const) {
    it(`throws ${code} if the service refuses the request`, async () => {
      expected.status('FINISHED');
      expected.publish().reply(400, answer);
      expect((await failure(client.publish(CONTAINER))).code).to.equal(code);
    });
  }

  it('treats a 429 without a body as a refusal', async () => {
    expected.status('FINISHED');
    expected.publish().reply(429, '');
    expect((await failure(client.publish(CONTAINER))).code).to.equal('RATE_LIMITED');
  });

  it('reports a container that has expired or failed, without repeating text from Meta', async () => {
    expected.status('EXPIRED');
    expect(await failure(client.publish(CONTAINER))).to.include({code: 'CONTAINER_EXPIRED', exitCode: 2});
    expected.status('ERROR', {error_message: 'INVALID_BIT_RATE'});
    const failed = await failure(client.publish(CONTAINER));
    expect(failed.code).to.equal('MEDIA_REJECTED');
    expect(failed.message).to.contain('INVALID_BIT_RATE');
    expected.status('ERROR', {error_message: `refused ${TOKEN}`});
    const odd = await failure(client.publish(CONTAINER));
    expect(secretsIn(JSON.stringify(odd), {TOKEN})).to.deep.equal([]);
  });

  it('waits for a new container to become known, but not for long', async () => {
    expected
      .statusRequest()
      .times(4)
      .reply(400, {error: {code: 100, error_subcode: 33}});
    expect((await failure(client.publish(CONTAINER))).code).to.equal('NOT_FOUND');
    expected.statusRequest().reply(400, NOT_READY);
    expected.status('FINISHED');
    expected.publish().reply(200, {id: POST});
    expected.permalink();
    expect(await client.publish(CONTAINER)).to.deep.equal(PUBLISHED);
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const abortable = new ThreadsClient({accessToken: TOKEN, userId: USER, signal: controller.signal});
    expected.statusRequest().reply(() => {
      setImmediate(() => controller.abort());
      return [200, {status: 'IN_PROGRESS'}];
    });
    expect((await failure(abortable.publish(CONTAINER))).code).to.equal('INTERRUPTED');
  });
});

describe('ThreadsClient: repost and delete', () => {
  interceptRequests();
  const repost = () => service().post(`/v1.0/${POST}/repost`);
  const remove = () => service().delete(`/v1.0/${POST}`);

  it('reposts', async () => {
    repost().reply(200, '{"id":17900000000000005}');
    expected.permalink('17900000000000005');
    expect(await client.repost(POST)).to.deep.equal({id: '17900000000000005', permalink: PERMALINK});
  });

  it('deletes', async () => {
    remove().reply(200, `{"success":true,"deleted_id":${POST}}`);
    await client.delete(POST);
    remove().reply(200, {success: false});
    expect((await failure(client.delete(POST))).code).to.equal('PLATFORM_FAILED');
  });

  for (const [what, act, request] of [
    ['reposts', () => client.repost(POST), repost],
    ['deletes', () => client.delete(POST), remove],
  ] as const) {
    it(`${what} once, and throws OUTCOME_UNKNOWN if the answer is lost`, async () => {
      request().reply(500, '<html>', now);
      expect((await failure(act())).code).to.equal('OUTCOME_UNKNOWN');
      request().replyWithError(new Error('broken'));
      expect((await failure(act())).code).to.equal('OUTCOME_UNKNOWN');
    });

    it(`throws NOT_FOUND if the service says so when it ${what}`, async () => {
      request().reply(400, {error: {code: 100, error_subcode: 33}});
      expect(await failure(act())).to.include({code: 'NOT_FOUND', exitCode: 2});
    });
  }

  it('rejects a URL or path as an ID', async () => {
    for (const act of [client.repost('x'), client.delete('../me'), client.insights('x')])
      expect((await failure(act)).code).to.equal('USAGE');
  });
});

describe('ThreadsClient: insights and publishingLimit', () => {
  interceptRequests();

  it('returns the metrics of a post', async () => {
    const metric = 'views,likes,replies,reposts,quotes,shares';
    service()
      .get(`/v1.0/${POST}/insights`)
      .query({metric})
      .reply(200, {
        data: [
          {name: 'views', period: 'lifetime', values: [{value: 7}], id: 'x'},
          {name: 'likes', values: [{value: 0}]},
          {name: 'replies', values: []},
          {name: 'quotes', values: [{value: 'many'}]},
          null,
        ],
      });
    expect(await client.insights(POST)).to.deep.equal({views: 7, likes: 0});
  });

  it('adds up the metrics of the account', async () => {
    const metric = 'views,likes,replies,reposts,quotes,clicks,followers_count';
    service()
      .get(`/v1.0/${USER}/threads_insights`)
      .query({metric})
      .reply(200, {
        data: [
          {name: 'views', values: [{value: 7}, {value: 8}]},
          {name: 'likes', total_value: {value: 9}},
          {name: 'clicks', link_total_values: [{value: 1, link_url: 'https://a'}, {value: 2}]},
        ],
      });
    expect(await client.insights()).to.deep.equal({views: 15, likes: 9, clicks: 3});
  });

  const limits = (fields: string) => service().get(`/v1.0/${USER}/threads_publishing_limit`).query({fields});
  const POSTS = 'quota_usage,config';
  const ALL = `${POSTS},reply_quota_usage,reply_config,delete_quota_usage,delete_config`;
  const posts = {quota_usage: 4, config: {quota_total: 250, quota_duration: 86_400}};

  it('returns how much of the limits is used', async () => {
    limits(ALL).reply(200, {
      data: [{...posts, reply_quota_usage: 1, delete_quota_usage: 0, delete_config: {}}],
    });
    expect(await client.publishingLimit()).to.deep.equal({
      posts: {used: 4, total: 250, period: 86_400},
      replies: {used: 1, total: null, period: null},
      deletes: {used: 0, total: null, period: null},
    });
  });

  it('asks for the post quota only if the others need more permissions', async () => {
    limits(ALL).reply(400, {error: {code: 10}});
    limits(POSTS).reply(200, {data: [posts]});
    expect(await client.publishingLimit()).to.deep.equal({
      posts: {used: 4, total: 250, period: 86_400},
      replies: null,
      deletes: null,
    });
  });

  it('rejects an answer without data', async () => {
    for (const body of [{}, {data: []}, {data: [null]}, {data: 'x'}]) {
      limits(ALL).reply(200, body);
      expect((await failure(client.publishingLimit())).code).to.equal('PLATFORM_FAILED');
    }
  });
});
