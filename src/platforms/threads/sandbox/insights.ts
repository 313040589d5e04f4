import {createHash} from 'node:crypto';
import {requireOwnPost} from './publishing.js';
import {graphRefusal, jsonResponse} from './responses.js';
import {authenticate, type Endpoint, type RoutedRequest, requireParameter} from './service.js';

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
/** April 13, 2024, in Unix seconds: Meta has no data from before. */
const FIRST_SECOND = 1_712_991_600;

/** The metrics of a post; none for a repost, which is another account's post. */
export const getPostInsights: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_manage_insights');
  const {id, media_type} = requireOwnPost(request.pathParameters.id!, account, service);
  const metrics = parseMetrics(request, POST_METRICS);
  if (media_type === 'REPOST_FACADE') return jsonResponse({data: []});
  return jsonResponse({
    data: metrics.map(name => ({
      name,
      period: 'lifetime',
      values: [{value: inventMetric(id, name)}],
      title: name,
      description: POST_METRICS[name],
      id: `${id}/insights/${name}/lifetime`,
    })),
  });
};

/**
 * The metrics of the account: views per day from `since` to `until` (Unix seconds; by default yesterday and today), and
 * totals of the others.
 */
export const getAccountInsights: Endpoint = (request, service) => {
  const {user_id} = authenticate(request, service, 'threads_manage_insights').account;
  const metrics = parseMetrics(request, ACCOUNT_METRICS);
  const days = listDays(request);
  return jsonResponse({
    data: metrics.map(name => ({
      name,
      period: 'day',
      ...(name === 'views'
        ? {values: days.map(end_time => ({value: inventMetric(user_id, name, end_time), end_time}))}
        : {total_value: {value: inventMetric(user_id, name)}}),
      title: name,
      description: ACCOUNT_METRICS[name],
      id: `${user_id}/insights/${name}/day`,
    })),
  });
};

function parseMetrics({query}: RoutedRequest, known: Record<string, string>): string[] {
  const metrics = [...new Set(requireParameter(query, 'metric').split(','))];
  const unknown = metrics.find(name => !Object.hasOwn(known, name));
  if (unknown !== undefined)
    throw graphRefusal(100, `Param metric must be one of {${Object.keys(known).join(', ')}}`);
  return metrics;
}

/** Lists the end of each day of the period, as in `2026-11-22T08:00:00+0000`. */
function listDays({query, at}: RoutedRequest): string[] {
  const now = Math.floor(at.getTime() / 1000);
  const until = Math.min(Number(query.get('until') ?? now), now);
  const since = Number(query.get('since') ?? until - 2 * DAY);
  if (!(since >= FIRST_SECOND && since <= until))
    throw graphRefusal(100, `Param since must be between ${FIRST_SECOND} and until, in Unix seconds`);
  const count = Math.ceil((until - since) / DAY);
  return Array.from({length: count}, (_, index) => {
    const end = new Date((until - (count - 1 - index) * DAY) * 1000);
    return `${end.toISOString().slice(0, 10)}T08:00:00+0000`;
  });
}

/** Invents a value below 1,000, always the same for the same arguments. */
function inventMetric(...key: string[]): number {
  return createHash('sha256').update(key.join('/')).digest().readUInt32BE() % 1000;
}
