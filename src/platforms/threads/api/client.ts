import type {Credential} from '../../../credential.js';
import {VaultError} from '../../../errors.js';
import {checkServiceUrl} from '../../service.js';
import {type ChangeResult, GraphApi, requireId, stringOrNull, unexpectedResponse} from '../graph.js';
import {type Content, checkContent, checkId} from './content.js';
import {
  type ContainerStatus,
  fetchContainerStatus,
  fetchPermalink,
  Publication,
  type Published,
  type PublishOptions,
} from './publication.js';

export type {ContainerStatus, Published, PublishOptions, Step} from './publication.js';

/** An account's public profile. Fields that it left empty are null. */
export interface Profile {
  user_id: string;
  username: string | null;
  name: string | null;
  biography: string | null;
  is_verified: boolean | null;
  /** The URL of the profile picture. */
  picture_url: string | null;
  /** The profile's URL. */
  url: string | null;
}

/** A repost. */
export interface Shared {
  /** The ID of the repost, not of the post that was shared. */
  id: string;
  /** The URL of the repost; null if Threads did not return it. */
  permalink: string | null;
}

/** Totals by Meta's metric names: `views`, `likes`, `replies`, ... Metrics that Threads does not report are absent. */
export type Insights = Record<string, number>;

/** How much of a limit is used. Null: Threads does not report it. */
export interface Quota {
  used: number;
  total: number | null;
  /** The length of the rolling window in seconds. */
  period: number | null;
}

/** A quota is null if Threads does not report it, for example because the token lacks `threads_delete`. */
export interface PublishingLimit {
  posts: Quota | null;
  replies: Quota | null;
  deletes: Quota | null;
}

const ACCOUNT_METRICS = 'views,likes,replies,reposts,quotes,clicks,followers_count';
const POST_METRICS = 'views,likes,replies,reposts,quotes,shares';

/**
 * Posts to Threads and reads from it, as the account that a valid token belongs to (Meta: "Threads API Reference").
 *
 * Requests that read are repeated up to three times after network failures, 5xx answers, rate limits and errors
 * that Meta calls transient. Requests that change something are sent once. Each may take 20 seconds.
 *
 * Errors are `VaultError`. Every method may throw:
 *
 * - USAGE: an ID is not a number;
 * - CREDENTIAL_EXPIRED, CREDENTIAL_REVOKED, ACCOUNT_HELD: the account must log in again, or confirm something first;
 * - PERMISSION_MISSING: the token lacks a scope, which the method names under "Needs";
 * - RATE_LIMITED: Threads allows no more of these requests for now;
 * - NOT_FOUND, CONTAINER_NOT_READY, VALUE_REFUSED: Threads has no such object, or not yet, or rejects a value;
 * - NETWORK_FAILED, PLATFORM_FAILED: Threads could not be reached, or failed;
 * - INTERRUPTED: `signal` was aborted.
 *
 * No error contains the token.
 *
 * @example
 * ```ts
 * import {resolveCredential, ThreadsClient} from 'agora-vault';
 *
 * const {credential} = await resolveCredential();
 * const client = ThreadsClient.for(credential);
 * const {permalink} = await client.post({type: 'text', text: 'Version 2 is out.'});
 * console.log(permalink);
 * ```
 */
export class ThreadsClient {
  readonly #graph: GraphApi;
  /** The account's ID, or `me` for the account of the token. */
  readonly #user: string;

  /**
   * Creates a client; sends no request.
   *
   * - `accessToken`: a long-lived or short-lived access token.
   * - `userId`: the ID of the account, digits only; by default the account of the token.
   * - `apiUrl`: the origin of the API, by default `https://graph.threads.net`. Must be https, or http to this machine.
   * - `signal`: aborts requests and waits in progress.
   *
   * Throws USAGE if an option is invalid.
   */
  constructor({
    apiUrl = 'https://graph.threads.net',
    accessToken,
    userId,
    signal,
  }: {
    apiUrl?: string | undefined;
    accessToken: string;
    userId?: string | null | undefined;
    signal?: AbortSignal | undefined;
  }) {
    if (!accessToken) throw new VaultError('USAGE', 'accessToken must not be empty.');
    this.#graph = new GraphApi(checkServiceUrl('apiUrl', apiUrl).origin, accessToken, signal);
    this.#user = userId ? checkId(userId) : 'me';
  }

  /**
   * Creates a client for a stored credential. Its token is sent only to the service that issued it.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * console.log(await client.profile());
   * ```
   */
  static for({api_url, refresh_token, user_id}: Credential): ThreadsClient {
    return new ThreadsClient({apiUrl: api_url, accessToken: refresh_token, userId: user_id});
  }

  /**
   * Returns the profile of the account that the token belongs to (Meta: "Threads Profiles", `GET /me`). Needs
   * `threads_basic`.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {username, url} = await client.profile();
   * console.log(username, url);
   * ```
   */
  async profile(): Promise<Profile> {
    const fields = 'id,username,name,threads_profile_picture_url,threads_biography,is_verified';
    const body = await this.#graph.fetchObject('me', {fields});
    const username = stringOrNull(body.username);
    return {
      user_id: requireId(body),
      username,
      name: stringOrNull(body.name),
      biography: stringOrNull(body.threads_biography),
      is_verified: typeof body.is_verified === 'boolean' ? body.is_verified : null,
      picture_url: stringOrNull(body.threads_profile_picture_url),
      url: username && /^[\w.]+$/.test(username) ? `https://www.threads.com/@${username}` : null,
    };
  }

  /**
   * Creates the container that a post is published from, and returns its ID (Meta: "Threads Posts",
   * `POST /{user}/threads`). Nothing is visible on Threads yet. For a carousel, first creates a container for each
   * item and waits until all of them are ready. Needs `threads_content_publish`.
   *
   * Throws USAGE before any request if the content exceeds a limit; MEDIA_REJECTED if Threads cannot use an item of
   * a carousel; PUBLISH_TIMEOUT if processing the items takes longer than `options.timeout` seconds.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const url = 'https://example.com/door.jpg';
   * const container = await client.createContainer({type: 'image', url, altText: 'A red door'});
   * console.log(container);
   * ```
   */
  async createContainer(content: Content, options: PublishOptions = {}): Promise<string> {
    checkContent(content);
    return new Publication(this.#graph, this.#user, options).create(content);
  }

  /**
   * Returns the state of a container (Meta: "Threads API Troubleshooting", `GET /{container}`).
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const container = await client.createContainer({type: 'text', text: 'Not yet.'});
   * console.log(await client.containerStatus(container));
   * ```
   */
  async containerStatus(container: string): Promise<ContainerStatus> {
    return fetchContainerStatus(this.#graph, checkId(container));
  }

  /**
   * Waits until Threads has processed a container, then publishes it, and never twice (Meta: "Threads Posts",
   * `POST /{user}/threads_publish`). The request is sent once; if its answer is lost, the state of the container
   * tells whether it was published. Safe to call again after any error. Needs `threads_content_publish`.
   *
   * Throws PUBLISH_TIMEOUT if processing takes longer than `options.timeout` seconds; OUTCOME_UNKNOWN if the answer
   * was lost and the container does not show as published; MEDIA_REJECTED if Threads cannot use the image or video;
   * CONTAINER_EXPIRED if the container is older than 24 hours; NOT_FOUND if there is no such container.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const container = await client.createContainer({type: 'text', text: 'Now.'});
   * console.log(await client.publish(container));
   * console.log((await client.publish(container)).already_published);
   * ```
   */
  async publish(container: string, options: PublishOptions = {}): Promise<Published> {
    return new Publication(this.#graph, this.#user, options).publish(checkId(container));
  }

  /**
   * Creates a container and publishes it: `createContainer` and `publish` within one `options.timeout`. Throws what
   * they throw.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {id, permalink} = await client.post(
   *   {
   *     type: 'carousel',
   *     text: 'Painted.',
   *     items: [
   *       {type: 'image', url: 'https://example.com/before.jpg'},
   *       {type: 'image', url: 'https://example.com/after.jpg'},
   *     ],
   *   },
   *   {onStatus: ({step}) => console.log(step)},
   * );
   * console.log(id, permalink);
   * ```
   */
  async post(content: Content, options: PublishOptions = {}): Promise<Published> {
    checkContent(content);
    const publication = new Publication(this.#graph, this.#user, options);
    return publication.publish(await publication.create(content), content.text ?? '');
  }

  /**
   * Shares any account's post on the profile (Meta: "Reposts", `POST /{post}/repost`). Needs
   * `threads_content_publish`. Throws OUTCOME_UNKNOWN if the answer was lost.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {id} = await client.post({type: 'text', text: 'Share me.'});
   * if (id) console.log(await client.repost(id));
   * ```
   */
  async repost(postId: string): Promise<Shared> {
    const result = await this.#graph.sendChange('POST', `${checkId(postId)}/repost`);
    const id = requireId(requireAnswer(result, 'shared'));
    return {id, permalink: await fetchPermalink(this.#graph, id)};
  }

  /**
   * Deletes one of the account's posts permanently (Meta: "Delete Posts", `DELETE /{post}`). Needs `threads_delete`.
   * Throws OUTCOME_UNKNOWN if the answer was lost.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {id} = await client.post({type: 'text', text: 'Delete me.'});
   * if (id) await client.delete(id);
   * console.log('deleted', id);
   * ```
   */
  async delete(postId: string): Promise<void> {
    const result = await this.#graph.sendChange('DELETE', checkId(postId));
    if (requireAnswer(result, 'deleted').success === false) throw unexpectedResponse();
  }

  /**
   * Returns the metrics of a post since it was published; without `postId`, those of the account for yesterday and
   * today (Meta: "Threads Insights API"). Needs `threads_manage_insights`.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {views, likes} = await client.insights();
   * console.log(views, likes);
   * ```
   */
  async insights(postId?: string): Promise<Insights> {
    const {data} =
      postId === undefined
        ? await this.#graph.fetchObject(`${this.#user}/threads_insights`, {metric: ACCOUNT_METRICS})
        : await this.#graph.fetchObject(`${checkId(postId)}/insights`, {metric: POST_METRICS});
    if (!Array.isArray(data)) throw unexpectedResponse();
    return Object.fromEntries(
      data
        .map(each => [stringOrNull(each?.name), sumValues(each ?? {})])
        .filter(([name, sum]) => name !== null && sum !== null),
    );
  }

  /**
   * Returns how much of the rolling 24-hour limits is used (Meta: "Overview", Rate Limiting,
   * `GET /{user}/threads_publishing_limit`). Needs `threads_content_publish`; the quotas of replies and deletes may
   * need their own scopes, and are null without them.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {posts} = await client.publishingLimit();
   * console.log(posts?.used, 'of', posts?.total);
   * ```
   */
  async publishingLimit(): Promise<PublishingLimit> {
    const fetchLimits = (fields: string) =>
      this.#graph.fetchObject(`${this.#user}/threads_publishing_limit`, {fields});
    const postFields = 'quota_usage,config';
    const allFields = `${postFields},reply_quota_usage,reply_config,delete_quota_usage,delete_config`;
    const {data} = await fetchLimits(allFields).catch(error => {
      if (error.code === 'PERMISSION_MISSING') return fetchLimits(postFields);
      throw error;
    });
    const limits = Array.isArray(data) ? data[0] : undefined;
    if (typeof limits !== 'object' || limits === null) throw unexpectedResponse();
    return {
      posts: parseQuota(limits.quota_usage, limits.config),
      replies: parseQuota(limits.reply_quota_usage, limits.reply_config),
      deletes: parseQuota(limits.delete_quota_usage, limits.delete_config),
    };
  }
}

/** The body of the answer. Throws OUTCOME_UNKNOWN if it was lost. */
function requireAnswer(result: ChangeResult, action: 'shared' | 'deleted'): Record<string, unknown> {
  if ('body' in result) return result.body;
  throw new VaultError('OUTCOME_UNKNOWN', `Threads did not confirm that the post was ${action}.`, [
    'Check your profile before you try again.',
    result.lost.message,
  ]);
}

/** Adds up a metric, which Meta reports as one total, as one value per day, or as one value per link. */
function sumValues({total_value, values, link_total_values}: Record<string, unknown>): number | null {
  const entries = [total_value, values, link_total_values].flat() as ({value?: unknown} | null | undefined)[];
  const numbers = entries.map(entry => numberOrNull(entry?.value)).filter(value => value !== null);
  return numbers.length > 0 ? numbers.reduce((sum, value) => sum + value, 0) : null;
}

function parseQuota(usage: unknown, config: unknown): Quota | null {
  const used = numberOrNull(usage);
  if (used === null) return null;
  const {quota_total, quota_duration} = (config ?? {}) as Record<string, unknown>;
  return {used, total: numberOrNull(quota_total), period: numberOrNull(quota_duration)};
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
