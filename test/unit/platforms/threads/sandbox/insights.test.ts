import {expect} from 'chai';
import {caller, expectGraphError, withSandbox} from './client.js';

const USER = '26139168152370559';
const ACCOUNT_METRICS = 'views,likes,replies,reposts,quotes,clicks,followers_count';
const POST_METRICS = 'views,likes,replies,reposts,quotes,shares';
const DAY = 86_400;

describe('sandbox: insights of an account', () => {
  it(
    'gives views by day and totals of the rest',
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
    'always gives the same figures',
    withSandbox(async sandbox => {
      const {get} = caller(sandbox);
      const ask = async () => (await get(`/v1.0/${USER}/threads_insights`, {metric: 'likes,clicks'})).json;
      const first = await ask();
      sandbox.clock.advance({days: 10});
      expect(await ask()).to.deep.equal(first);
      expect(first.data[0].total_value.value).to.equal(110);
    }),
  );

  it(
    'follows since and until, and refuses what lies outside',
    withSandbox(async sandbox => {
      const {get} = caller(sandbox);
      const ask = (query: Record<string, string>) =>
        get('/v1.0/me/threads_insights', {metric: 'views', ...query});
      const now = Math.floor(Date.now() / 1000);
      const days = async (since: number, until: number) =>
        (await ask({since: `${since}`, until: `${until}`})).json.data[0].values.length;
      expect(await days(now - 7 * DAY, now - 2 * DAY)).to.equal(5);
      expect(await days(now - DAY / 2, now)).to.equal(1);
      expect(await days(now - DAY, now + 100 * DAY), 'no day to come').to.be.at.most(2);
      expect((await ask({since: '1712991600'})).status).to.equal(200);
      expectGraphError(await ask({since: '1712991599'}), 100);
      expectGraphError(await ask({since: `${now - DAY}`, until: `${now - 2 * DAY}`}), 100);
      expectGraphError(await ask({since: 'yesterday'}), 100);
      expectGraphError(await ask({until: 'today'}), 100);
    }),
  );

  it(
    'needs known metrics',
    withSandbox(async sandbox => {
      const {get} = caller(sandbox);
      for (const metric of ['', 'shares', 'views,shares', 'toString'])
        expectGraphError(await get('/v1.0/me/threads_insights', {metric}), 100);
    }),
  );
});

describe('sandbox: insights of a post', () => {
  it(
    'gives one value a metric, the same every time',
    withSandbox(async sandbox => {
      const {get, publish} = caller(sandbox);
      const id = await publish();
      const ask = async (metric: string) => (await get(`/v1.0/${id}/insights`, {metric})).json;
      const {data} = await ask(POST_METRICS);
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
      expect(await ask('likes')).to.deep.equal({data: [data[1]]});
    }),
  );

  it(
    'has nothing for a repost, and knows neither other metrics nor other posts',
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
