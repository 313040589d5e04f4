import {expect} from 'chai';
import {caller, expectGraphError, TWO_ACCOUNTS, withSandbox} from './client.js';

const FIELDS = 'quota_usage,config,reply_quota_usage,reply_config,delete_quota_usage,delete_config';
const TEXT = {media_type: 'TEXT', text: 'A text'};
const ALL = ['threads_basic', 'threads_content_publish', 'threads_delete'];

describe('sandbox: quotas', () => {
  it(
    'returns usage and totals as documented, and only the requested fields',
    withSandbox(async sandbox => {
      const {get, delete: remove, publish, create} = caller(sandbox);
      const id = await publish();
      await publish({...TEXT, reply_to_id: id});
      await publish({...TEXT, reply_to_id: id});
      await publish();
      await remove(`/v1.0/${id}`);
      await create(TEXT);
      const {json} = await get('/v1.0/me/threads_publishing_limit', {fields: FIELDS});
      expect(json).to.deep.equal({
        data: [
          {
            quota_usage: 2,
            config: {quota_total: 250, quota_duration: 86_400},
            reply_quota_usage: 2,
            reply_config: {quota_total: 1000, quota_duration: 86_400},
            delete_quota_usage: 1,
            delete_config: {quota_total: 100, quota_duration: 86_400},
          },
        ],
      });
      const some = await get('/v1.0/me/threads_publishing_limit', {fields: 'delete_quota_usage'});
      expect(some.json).to.deep.equal({data: [{delete_quota_usage: 1}]});
      expect((await get('/v1.0/me/threads_publishing_limit')).json).to.deep.equal({data: [{quota_usage: 2}]});
      expectGraphError(await get('/v1.0/me/threads_publishing_limit', {fields: 'quota'}), 100);
    }),
  );

  it(
    'rejects what exceeds a quota, and allows it again 24 hours after the first use',
    withSandbox(
      async sandbox => {
        const {post, delete: remove, create, publish} = caller(sandbox);
        const first = await publish();
        sandbox.clock.advance({hours: 1});
        await post(`/v1.0/${first}/repost`);
        const creation_id = await create(TEXT);
        const publishAnother = () => post('/v1.0/me/threads_publish', {creation_id});
        expectGraphError(await publishAnother(), 613);
        expectGraphError(await post(`/v1.0/${first}/repost`), 613);
        expectGraphError(await post('/v1.0/me/threads', {...TEXT, auto_publish_text: 'true'}), 613);

        const reply = await publish({...TEXT, reply_to_id: first});
        const again = await create({...TEXT, reply_to_id: first});
        expectGraphError(await post('/v1.0/me/threads_publish', {creation_id: again}), 613);

        await remove(`/v1.0/${reply}`);
        expectGraphError(await remove(`/v1.0/${first}`), 613);
        expectGraphError(await publishAnother(), 613);
        expect(sandbox.posts).to.have.length(2);

        sandbox.clock.advance({hours: 22, minutes: 59});
        expectGraphError(await publishAnother(), 613);
        sandbox.clock.advance({minutes: 1});
        expect((await publishAnother()).status).to.equal(200);
        expectGraphError(await post(`/v1.0/${first}/repost`), 613);
      },
      {quotas: {posts: 2, replies: 1, deletes: 1}},
    ),
  );

  it(
    'counts each account separately, and lowers only the given quota',
    withSandbox(
      async sandbox => {
        await caller(sandbox, ALL, 'first').publish();
        const {get, publish, post, create} = caller(sandbox, ALL, 'second');
        await publish();
        const creation_id = await create(TEXT);
        expectGraphError(await post('/v1.0/me/threads_publish', {creation_id}), 613);
        const fields = 'config,reply_config';
        const [limit] = (await get('/v1.0/2/threads_publishing_limit', {fields})).json.data;
        expect([limit.config.quota_total, limit.reply_config.quota_total]).to.deep.equal([1, 1000]);
      },
      {accounts: TWO_ACCOUNTS, quotas: {posts: 1}},
    ),
  );
});
