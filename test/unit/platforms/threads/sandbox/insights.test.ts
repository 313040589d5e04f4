import {expect} from 'chai';
import {caller, expectGraphError, withSandbox} from './client.js';

const USER = '26139168152370559';
const ACCOUNT_METRICS = 'views,likes,replies,reposts,quotes,clicks,followers_count';
const POST_METRICS = 'views,likes,replies,reposts,quotes,shares';
const DAY = 86_400;

describe('sandbox: insights of an account', () => {
  it(
    'returns views by day and totals of the others',
    withSandbox(async sandbox => {
      sandbox.clock.advance({seconds: (Date.parse('2031-05-10T12:00:00Z') - Date.now()) / 1000});
      const {get} = caller(sandbox);
      const {json} = await get('/v1.0/me/threads_insights', {metric: ACCOUNT_METRICS});
      expect(json.data.map(({name}: {name: string}) => name).join()).to.equal(ACCOUNT_METRICS);
      const [views] = json.data;
      const followers = json.data.at(-1);
      expect(views).to.have.all.keys('name', 'period', 'values', 'title', 'description', 'id');
      expect(views).to.include({period: 'day', id: `${USER}/insights/views/day`});
      expect(views.values.map(({end_time}: {end_time: string}) => end_time)).to.deep.equal([
        '2031-05-09T08:00:00+0000',
        '2031-05-10T08:00:00+0000',
      ]);
      expect(views.values[0].value).to.be.a('number').and.not.equal(views.values[1].value);
      expect(followers).to.have.all.keys('name', 'period', 'total_value', 'title', 'description', 'id');
      expect(followers.total_value).to.have.all.keys('value');
      expect(followers.total_value.value).to.be.a('number');
    }),
  );

  it(
    'always returns the same values',
    withSandbox(async sandbox => {
      const {get} = caller(sandbox);
      const fetchInsights = async () =>
        (await get(`/v1.0/${USER}/threads_insights`, {metric: 'likes,clicks'})).json;
      const first = await fetchInsights();
      sandbox.clock.advance({days: 10});
      expect(await fetchInsights()).to.deep.equal(first);
      expect(first.data[0].total_value.value).to.equal(110);
    }),
  );

  it(
    'honors since and until, and rejects values out of range',
    withSandbox(async sandbox => {
      const {get} = caller(sandbox);
      const fetchInsights = (query: Record<string, string>) =>
        get('/v1.0/me/threads_insights', {metric: 'views', ...query});
      const now = Math.floor(Date.now() / 1000);
      const days = async (since: number, until: number) =>
        (await fetchInsights({since: `${since}`, until: `${until}`})).json.data[0].values.length;
      expect(await days(now - 7 * DAY, now - 2 * DAY)).to.equal(5);
      expect(await days(now - DAY / 2, now)).to.equal(1);
      expect(await days(now - DAY, now + 100 * DAY), 'no future days').to.be.at.most(2);
      expect((await fetchInsights({since: '1712991600'})).status).to.equal(200);
      expectGraphError(await fetchInsights({since: '1712991599'}), 100);
      expectGraphError(await fetchInsights({since: `${now - DAY}`, until: `${now - 2 * DAY}`}), 100);
      expectGraphError(await fetchInsights({since: 'yesterday'}), 100);
      expectGraphError(await fetchInsights({until: 'today'}), 100);
    }),
  );

  it(
    'rejects unknown metrics',
    withSandbox(async sandbox => {
      const {get} = caller(sandbox);
      for (const metric of ['', 'shares', 'views,shares', 'toString'])
        expectGraphError(await get('/v1.0/me/threads_insights', {metric}), 100);
    }),
  );
});

describe('sandbox: insights of a post', () => {
  it(
    'returns one value per metric, always the same',
    withSandbox(async sandbox => {
      const {get, publish} = caller(sandbox);
      const id = await publish();
      const fetchInsights = async (metric: string) => (await get(`/v1.0/${id}/insights`, {metric})).json;
      const {data} = await fetchInsights(POST_METRICS);
      expect(data.map(({name}: {name: string}) => name).join()).to.equal(POST_METRICS);
      expect(data[1]).to.deep.equal({
        name: 'likes',
        period: 'lifetime',
        values: [{value: data[1].values[0].value}],
        title: 'likes',
        description: 'The number of likes on your post.',
        id: `${id}/insights/likes/lifetime`,
      });
      expect(data[1].values[0].value).to.be.a('number');
      expect(await fetchInsights('likes')).to.deep.equal({data: [data[1]]});
    }),
  );

  it(
    'returns nothing for a repost, and rejects other metrics and unknown posts',
    withSandbox(async sandbox => {
      const {get, post, publish} = caller(sandbox);
      const id = await publish();
      const repost = (await post(`/v1.0/${id}/repost`)).json.id;
      expect((await get(`/v1.0/${repost}/insights`, {metric: 'likes'})).json).to.deep.equal({data: []});
      expectGraphError(await get(`/v1.0/${id}/insights`, {metric: 'clicks'}), 100);
      expectGraphError(await get(`/v1.0/${id}/insights`), 100);
      expectGraphError(await get('/v1.0/17900000000000001/insights', {metric: 'likes'}), 100, 33);
    }),
  );
});
