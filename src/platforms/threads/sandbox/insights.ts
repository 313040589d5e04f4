import {createHash} from 'node:crypto';
import {graphError, json} from './answers.js';
import {ownPost} from './publishing.js';
import {authenticate, type Endpoint, type RoutedRequest, required} from './service.js';

const POST_METRICS: Record<string, string> = {
  views: 'The number of times your post was played or displayed.',
  likes: 'The number of likes on your post.',
  replies: 'The number of replies on your post.',
  reposts: 'The number of times your post was reposted.',
  quotes: 'The number of times your post was quoted.',
  shares: 'The number of times your post was shared.',
};

const ACCOUNT_METRICS: Record<string, string> = {
  views: 'The number of times your profile was viewed.',
  likes: 'The number of likes on your posts.',
  replies: 'The number of replies on your posts.',
  reposts: 'The number of times your posts were reposted.',
  quotes: 'The number of times your posts were quoted.',
  clicks: 'The number of times a link in your posts was clicked.',
  followers_count: 'Your total number of followers on Threads.',
};

const DAY = 86_400;
/** 13 April 2024, the first day that there are figures of. */
const FIRST_SECOND = 1_712_991_600;

/** Nothing for a repost: the post is somebody else's. */
export const postInsights: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_manage_insights');
  const {id, media_type} = ownPost(request.pathParameters.id!, account, service);
  const metrics = metricsOf(request, POST_METRICS);
  if (media_type === 'REPOST_FACADE') return json({data: []});
  return json({
    data: metrics.map(name => ({
      name,
      period: 'lifetime',
      values: [{value: figure(id, name)}],
      title: name,
      description: POST_METRICS[name],
      id: `${id}/insights/${name}/lifetime`,
    })),
  });
};

/** Views a day from `since` to `until`, in unix seconds, by default yesterday and today; totals of the rest. */
export const accountInsights: Endpoint = (request, service) => {
  const {user_id} = authenticate(request, service, 'threads_manage_insights').account;
  const metrics = metricsOf(request, ACCOUNT_METRICS);
  const days = daysOf(request);
  return json({
    data: metrics.map(name => ({
      name,
      period: 'day',
      ...(name === 'views'
        ? {values: days.map(end_time => ({value: figure(user_id, name, end_time), end_time}))}
        : {total_value: {value: figure(user_id, name)}}),
      title: name,
      description: ACCOUNT_METRICS[name],
      id: `${user_id}/insights/${name}/day`,
    })),
  });
};

function metricsOf({query}: RoutedRequest, known: Record<string, string>): string[] {
  const metrics = [...new Set(required(query, 'metric').split(','))];
  const unknown = metrics.find(name => !Object.hasOwn(known, name));
  if (unknown !== undefined)
    throw graphError(100, `Param metric must be one of {${Object.keys(known).join(', ')}}`);
  return metrics;
}

/** The end of each day, as in `2026-11-22T08:00:00+0000`. */
function daysOf({query, at}: RoutedRequest): string[] {
  const now = Math.floor(at.getTime() / 1000);
  const until = Math.min(Number(query.get('until') ?? now), now);
  const since = Number(query.get('since') ?? until - 2 * DAY);
  if (!(since >= FIRST_SECOND && since <= until))
    throw graphError(100, `Param since must be between ${FIRST_SECOND} and until, in unix seconds`);
  const count = Math.ceil((until - since) / DAY);
  return Array.from({length: count}, (_, index) => {
    const end = new Date((until - (count - 1 - index) * DAY) * 1000);
    return `${end.toISOString().slice(0, 10)}T08:00:00+0000`;
  });
}

/** Below 1,000, and always the same for the same words. */
function figure(...words: string[]): number {
  return createHash('sha256').update(words.join('/')).digest().readUInt32BE() % 1000;
}
