import {expect} from 'chai';
import type {Sandbox} from '../../../../../src/platforms/threads/sandbox/sandbox.js';
import {caller, expectGraphError, get, TWO_ACCOUNTS, withSandbox} from './client.js';

const IMAGE = {media_type: 'IMAGE', image_url: 'https://example.com/a.jpg'};
const VIDEO = {media_type: 'VIDEO', video_url: 'https://example.com/a.mp4'};
const TEXT = {media_type: 'TEXT', text: 'A text'};
const UNKNOWN = '17900000000000001';
const ALL = 'threads_basic,threads_content_publish,threads_delete,threads_manage_insights'.split(',');

const status = async (sandbox: Sandbox, id: string) =>
  (await caller(sandbox).get(`/v1.0/${id}`, {fields: 'status,error_message'})).json;

describe('sandbox: publishing', () => {
  it(
    'creates a container and publishes it',
    withSandbox(async sandbox => {
      const {get, create, post} = caller(sandbox);
      const creation_id = await create({...TEXT, topic_tag: 'letters'});
      expect(sandbox.posts).to.have.length(0);
      expect(sandbox.containers[0]).to.include({
        id: creation_id,
        status: 'FINISHED',
        text: 'A text',
        media_type: 'TEXT',
      });

      const {status, json} = await post('/v1.0/26139168152370559/threads_publish', {creation_id});
      expect(status).to.equal(200);
      expect(json).to.deep.equal({id: sandbox.posts[0]!.id});
      expect(json.id)
        .to.match(/^\d{17}$/)
        .and.not.equal(creation_id);
      for (const id of [creation_id, json.id])
        expect(String(Number(id)), 'the ID changes as a number').to.not.equal(id);
      expect(sandbox.containers[0]).to.include({status: 'PUBLISHED', post_id: json.id});

      const fields = 'permalink,text,media_type,timestamp,username,topic_tag,is_reply,alt_text';
      const published = (await get(`/v1.0/${json.id}`, {fields})).json;
      expect(published).to.deep.equal({
        id: json.id,
        permalink: `https://www.threads.com/@sandbox_account/post/${sandbox.posts[0]!.shortcode}`,
        text: 'A text',
        media_type: 'TEXT_POST',
        timestamp: published.timestamp,
        username: 'sandbox_account',
        topic_tag: 'letters',
        is_reply: false,
      });
      expect(published.timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
      expect(Date.parse(published.timestamp)).to.be.closeTo(Date.now(), 10_000);
    }),
  );

  it(
    'accepts parameters and the token in the query or the form, with or without the version',
    withSandbox(async sandbox => {
      const {access_token} = sandbox.mint();
      const query = new URLSearchParams({...TEXT, access_token});
      const created = await (await fetch(`${sandbox.url}/me/threads?${query}`, {method: 'POST'})).json();
      const body = new URLSearchParams({creation_id: created.id, access_token});
      const published = await fetch(`${sandbox.url}/me/threads_publish`, {method: 'POST', body});
      expect(await published.json()).to.deep.equal({id: sandbox.posts[0]!.id});
    }),
  );

  it(
    'returns the requested fields, by default the ID, and rejects fields of the other kind',
    withSandbox(async sandbox => {
      const {get, create, publish} = caller(sandbox);
      const container = await create(TEXT);
      const post = await publish();
      expect((await get(`/v1.0/${container}`)).json).to.deep.equal({id: container});
      expect((await get(`/v1.0/${post}`)).json).to.deep.equal({id: post});
      expectGraphError(await get(`/v1.0/${post}`, {fields: 'status'}), 100);
      expectGraphError(await get(`/v1.0/${container}`, {fields: 'text'}), 100);
    }),
  );

  for (const content of [IMAGE, VIDEO]) {
    it(
      `processes a ${content.media_type} for as long as mediaProcessing says`,
      withSandbox(
        async sandbox => {
          const {create, post} = caller(sandbox);
          const creation_id = await create(content);
          const published = () => post('/v1.0/me/threads_publish', {creation_id});
          expect(await status(sandbox, creation_id)).to.deep.equal({
            id: creation_id,
            status: 'IN_PROGRESS',
          });
          const refused = await published();
          expectGraphError(refused, 24, 4279009);
          expect(refused.json.error).to.include({
            error_user_title: 'Media Not Found',
            error_user_msg: `The media with id ${creation_id} cannot be found.`,
          });
          sandbox.clock.advance({seconds: 60});
          expect((await status(sandbox, creation_id)).status).to.equal('FINISHED');
          expect((await published()).status).to.equal(200);
          expect(sandbox.posts[0]).to.include({
            media_type: content.media_type,
            media_url: 'image_url' in content ? content.image_url : content.video_url,
          });
        },
        {mediaProcessing: 60},
      ),
    );
  }

  it(
    'processes text at once',
    withSandbox(
      async sandbox => {
        expect((await status(sandbox, await caller(sandbox).create(TEXT))).status).to.equal('FINISHED');
      },
      {mediaProcessing: 60},
    ),
  );

  it(
    'processes an image at once by default',
    withSandbox(async sandbox => {
      expect((await status(sandbox, await caller(sandbox).create(IMAGE))).status).to.equal('FINISHED');
    }),
  );

  it(
    'fails after processing if the path of the URL contains "broken"',
    withSandbox(
      async sandbox => {
        const {create, post} = caller(sandbox);
        const video = await create({...VIDEO, video_url: 'https://example.com/broken.mp4'});
        const image = await create({...IMAGE, image_url: 'https://example.com/broken/a.jpg'});
        const fine = await create({...IMAGE, image_url: 'https://broken.example.com/a.jpg?broken'});
        expect((await status(sandbox, video)).status).to.equal('IN_PROGRESS');
        sandbox.clock.advance({seconds: 5});
        expect(await status(sandbox, video)).to.deep.equal({
          id: video,
          status: 'ERROR',
          error_message: 'FAILED_DOWNLOADING_VIDEO',
        });
        expect(await status(sandbox, image)).to.include({status: 'ERROR', error_message: 'UNKNOWN'});
        expect((await status(sandbox, fine)).status).to.equal('FINISHED');
        expectGraphError(await post('/v1.0/me/threads_publish', {creation_id: video}), 24, 4279009);
      },
      {mediaProcessing: 5},
    ),
  );

  it(
    'expires a container after 24 hours, unless it was published',
    withSandbox(async sandbox => {
      const {create, post} = caller(sandbox);
      const publish = (creation_id: string) => post('/v1.0/me/threads_publish', {creation_id});
      const [used, unused] = [await create(TEXT), await create(TEXT)];
      await publish(used);
      sandbox.clock.advance({hours: 23, minutes: 59});
      expect((await status(sandbox, unused)).status).to.equal('FINISHED');
      sandbox.clock.advance({minutes: 1});
      expect((await status(sandbox, unused)).status).to.equal('EXPIRED');
      expect((await status(sandbox, used)).status).to.equal('PUBLISHED');
      expectGraphError(await publish(unused), 24, 4279009);
    }),
  );

  it(
    'publishes a container once, and rejects an unknown one',
    withSandbox(async sandbox => {
      const {create, post} = caller(sandbox);
      const creation_id = await create(TEXT);
      expect((await post('/v1.0/me/threads_publish', {creation_id})).status).to.equal(200);
      expectGraphError(await post('/v1.0/me/threads_publish', {creation_id}), 24, 4279009);
      expectGraphError(await post('/v1.0/me/threads_publish', {creation_id: UNKNOWN}), 24, 4279009);
      expectGraphError(await post('/v1.0/me/threads_publish'), 100);
      expect(sandbox.posts).to.have.length(1);
    }),
  );

  it(
    'publishes a text at once with auto_publish_text, and returns the ID of the post',
    withSandbox(async sandbox => {
      const id = await caller(sandbox).create({...TEXT, auto_publish_text: 'true'});
      expect(sandbox.posts).to.have.length(1);
      expect(sandbox.posts[0]!.id).to.equal(id);
      expect(sandbox.containers[0]).to.include({status: 'PUBLISHED', post_id: id});
    }),
  );

  it(
    'publishes a carousel unless an item is broken, and no item on its own',
    withSandbox(
      async sandbox => {
        const {create, post} = caller(sandbox);
        const item = {...IMAGE, is_carousel_item: 'true'};
        const children = [await create(item), await create({...VIDEO, is_carousel_item: 'true'})];
        const broken = await create({...item, image_url: 'https://example.com/broken.jpg'});
        sandbox.clock.advance({seconds: 10});
        const carousel = (...items: string[]) =>
          create({media_type: 'CAROUSEL', children: items.join(','), text: 'Both'});
        const creation_id = await carousel(...children);
        const failing = await carousel(...children, broken);
        expect((await status(sandbox, creation_id)).status).to.equal('IN_PROGRESS');
        sandbox.clock.advance({seconds: 10});
        expect((await status(sandbox, creation_id)).status).to.equal('FINISHED');
        expect(await status(sandbox, failing)).to.include({status: 'ERROR', error_message: 'UNKNOWN'});

        expectGraphError(await post('/v1.0/me/threads_publish', {creation_id: children[0]!}), 100);
        const published = await post('/v1.0/me/threads_publish', {creation_id});
        expect(sandbox.posts.at(-1)).to.deep.include({
          id: published.json.id,
          media_type: 'CAROUSEL_ALBUM',
          text: 'Both',
          children: {data: children.map(id => ({id}))},
        });
      },
      {mediaProcessing: 10},
    ),
  );

  it(
    'records which posts are replied to and quoted',
    withSandbox(async sandbox => {
      const {get, publish} = caller(sandbox);
      const root = await publish();
      const reply = await publish({...TEXT, reply_to_id: root});
      const quote = await publish({...TEXT, quote_post_id: root, reply_control: 'mentioned_only'});
      expect(sandbox.posts.map(({id}) => id)).to.deep.equal([root, reply, quote]);
      expect(sandbox.posts[1]).to.deep.include({is_reply: true, replied_to: {id: root}});
      expect(sandbox.posts[2]).to.deep.include({
        is_quote_post: true,
        quoted_post: {id: root},
        reply_audience: 'MENTIONED_ONLY',
      });

      const ids = async (path: string, query = {}) =>
        (await get(path, query)).json.data.map(({id}: {id: string}) => id);
      expect(await ids('/v1.0/me/threads')).to.deep.equal([quote, root]);
      expect(await ids('/v1.0/me/replies')).to.deep.equal([reply]);
    }),
  );

  it(
    'lists posts newest first, in pages',
    withSandbox(async sandbox => {
      const {get, publish} = caller(sandbox);
      const ids = [await publish(), await publish(), await publish()].reverse();
      const list = (query: Record<string, string>) => get('/v1.0/me/threads', query);
      const first = (await list({fields: 'text', limit: '2'})).json;
      expect(first).to.deep.equal({
        data: ids.slice(0, 2).map(id => ({id, text: 'A text'})),
        paging: {cursors: {before: ids[0], after: ids[1]}},
      });
      const second = (await list({limit: '2', after: first.paging.cursors.after})).json;
      expect(second).to.deep.equal({data: [{id: ids[2]}], paging: {cursors: {before: ids[2]}}});
      expect((await list({after: ids[2]!})).json).to.deep.equal({data: []});
      for (const limit of ['0', '101', '1.5', 'x']) expectGraphError(await list({limit}), 100);
      expectGraphError(await list({fields: 'status'}), 100);
    }),
  );

  it(
    'reposts a post of another account',
    withSandbox(
      async sandbox => {
        const original = await caller(sandbox, ALL, 'first').publish();
        const {post, get} = caller(sandbox, ALL, 'second');
        const {json} = await post(`/v1.0/${original}/repost`);
        expect(json).to.deep.equal({id: sandbox.posts.at(-1)!.id});
        expect(json.id).to.not.equal(original);
        expect(sandbox.posts.at(-1)).to.deep.include({
          media_type: 'REPOST_FACADE',
          username: 'second',
          reposted_post: {id: original},
        });
        expect((await get('/v1.0/me/threads')).json.data).to.deep.equal([{id: json.id}]);
        expectGraphError(await post(`/v1.0/${UNKNOWN}/repost`), 100, 33);
      },
      {accounts: TWO_ACCOUNTS},
    ),
  );

  it(
    'deletes a post, once',
    withSandbox(async sandbox => {
      const {get, delete: remove, publish} = caller(sandbox);
      const [kept, id] = [await publish(), await publish()];
      expect((await remove(`/v1.0/${id}`)).json).to.deep.equal({success: true, deleted_id: id});
      expect(sandbox.posts.map(post => post.id)).to.deep.equal([kept]);
      expectGraphError(await get(`/v1.0/${id}`), 100, 33);
      expectGraphError(await remove(`/v1.0/${id}`), 100, 33);
    }),
  );
});

describe('sandbox: access', () => {
  it(
    "rejects a user other than the token's account, on every endpoint",
    withSandbox(
      async sandbox => {
        const {get, post} = caller(sandbox, ALL, 'first');
        for (const path of [
          'threads',
          'replies',
          'threads_publishing_limit',
          'threads_insights?metric=views',
        ])
          expectGraphError(await get(`/v1.0/2/${path}`), 100, 33);
        expectGraphError(await post('/v1.0/2/threads', TEXT), 100, 33);
        expectGraphError(await post('/v1.0/2/threads_publish', {creation_id: '1'}), 100, 33);
        expect(sandbox.containers).to.have.length(0);
      },
      {accounts: TWO_ACCOUNTS},
    ),
  );

  it(
    'lets other accounts reply to a post, and do nothing else with it or with a container',
    withSandbox(
      async sandbox => {
        const first = caller(sandbox, ALL, 'first');
        const second = caller(sandbox, ALL, 'second');
        const creation_id = await first.create(TEXT);
        const item = await first.create({...IMAGE, is_carousel_item: 'true'});
        const id = await first.publish();
        expectGraphError(await second.get(`/v1.0/${creation_id}`), 100, 33);
        expectGraphError(await second.get(`/v1.0/${id}`), 100, 33);
        expectGraphError(await second.get(`/v1.0/${id}/insights`, {metric: 'views'}), 100, 33);
        expectGraphError(await second.delete(`/v1.0/${id}`), 100, 33);
        expectGraphError(await second.post('/v1.0/me/threads_publish', {creation_id}), 24, 4279009);
        const carousel = {media_type: 'CAROUSEL', children: `${item},${item}`};
        expectGraphError(await second.post('/v1.0/me/threads', carousel), 100);
        expect(sandbox.posts).to.have.length(1);
        await second.publish({...TEXT, reply_to_id: id});
        expect((await second.get('/v1.0/me/threads')).json).to.deep.equal({data: []});
      },
      {accounts: TWO_ACCOUNTS},
    ),
  );

  const CALLS: [scope: string, method: 'get' | 'post' | 'delete', path: string][] = [
    ['threads_basic', 'get', '/v1.0/POST'],
    ['threads_basic', 'get', '/v1.0/me/threads'],
    ['threads_basic', 'get', '/v1.0/me/replies'],
    ['threads_content_publish', 'post', '/v1.0/me/threads?media_type=TEXT&text=A'],
    ['threads_content_publish', 'post', '/v1.0/me/threads_publish?creation_id=CONTAINER'],
    ['threads_content_publish', 'post', '/v1.0/POST/repost'],
    ['threads_content_publish', 'get', '/v1.0/me/threads_publishing_limit?'],
    ['threads_manage_insights', 'get', '/v1.0/me/threads_insights?metric=likes&x='],
    ['threads_manage_insights', 'get', '/v1.0/POST/insights?metric=likes&x='],
    ['threads_delete', 'delete', '/v1.0/POST'],
  ];
  for (const [scope, method, path] of CALLS) {
    it(
      `needs ${scope} and a valid token for ${method.toUpperCase()} ${path}`,
      withSandbox(async sandbox => {
        const everything = caller(sandbox);
        const real = path.replace('CONTAINER', await everything.create(TEXT));
        const target = real.replace('POST', await everything.publish());
        const without = ALL.filter(each => each !== scope);
        const denied = await caller(sandbox, without)[method](target);
        expectGraphError(denied, 10);
        expect(denied.json.error.message).to.include(scope);
        expectGraphError(await get(sandbox, '/v1.0/me/threads'), 104);
        expect((await caller(sandbox, ['threads_basic', scope])[method](target)).status).to.equal(200);

        const revoked = caller(sandbox);
        sandbox.revoke(sandbox.issued().at(-1)!);
        expectGraphError(await revoked[method](target), 190, 458);
      }),
    );
  }
});
