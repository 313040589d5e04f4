import type {Credential} from '../../../credential.js';
import {VaultError} from '../../../errors.js';
import {checkServiceUrl} from '../../service.js';
import {Graph, idOf, type Outcome, text, unexpected} from '../graph.js';
import {type Content, checkContent, checkId} from './content.js';
import {
  type ContainerStatus,
  containerStatus,
  Publication,
  type Published,
  type PublishOptions,
  permalinkOf,
} from './publication.js';

export type {ContainerStatus, Published, PublishOptions, Step} from './publication.js';

/** The account's public profile; what it left empty is null. */
export interface Profile {
  user_id: string;
  username: string | null;
  name: string | null;
  biography: string | null;
  is_verified: boolean | null;
  picture_url: string | null;
  /** The profile's web address. */
  url: string | null;
}

export interface Shared {
  id: string;
  permalink: string | null;
}

/** Sums, by Meta's names: `views`, `likes`, `replies`, …; only those that the service tells. */
export type Insights = Record<string, number>;

export interface Quota {
  used: number;
  total: number | null;
  /** Seconds of the rolling window. */
  period: number | null;
}

/** `null`: the service does not tell, as for want of the permission to delete. */
export interface PublishingLimit {
  posts: Quota | null;
  replies: Quota | null;
  deletes: Quota | null;
}

const ACCOUNT_METRICS = 'views,likes,replies,reposts,quotes,clicks,followers_count';
const POST_METRICS = 'views,likes,replies,reposts,quotes,shares';

/**
 * What an account can do at Threads with a living token (Meta: "Threads API Reference"). Reading is
 * repeated while a fault passes. What changes something is sent once and never repeated by itself.
 *
 * Every method throws `VaultError`: USAGE for what cannot be an id, CREDENTIAL_REVOKED and
 * CREDENTIAL_EXPIRED for a dead token, PERMISSION_MISSING, RATE_LIMITED, NOT_FOUND, NETWORK_FAILED,
 * PLATFORM_FAILED, and INTERRUPTED once `signal` is aborted. No message holds the token.
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
  readonly #graph: Graph;
  /** `me` is the token's account. */
  readonly #user: string;

  /**
   * `apiUrl` is the service's origin, by default Meta's. `userId`, the account's digits, may be left out:
   * the service then takes the token's own. `signal` ends what is under way. Throws USAGE, also for an
   * address that would carry the token in clear.
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
    if (!accessToken) throw new VaultError('USAGE', 'A client of Threads needs a token.');
    this.#graph = new Graph(checkServiceUrl('apiUrl', apiUrl).origin, accessToken, signal);
    this.#user = userId ? checkId(userId) : 'me';
  }

  /**
   * With a credential's token, for the service that issued it and no other.
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
   * Whose token it is (Meta: "Threads Profiles", `GET /me`). Needs `threads_basic`.
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
    const body = await this.#graph.read('me', {fields});
    const username = text(body.username);
    return {
      user_id: idOf(body),
      username,
      name: text(body.name),
      biography: text(body.threads_biography),
      is_verified: typeof body.is_verified === 'boolean' ? body.is_verified : null,
      picture_url: text(body.threads_profile_picture_url),
      url: username && /^[\w.]+$/.test(username) ? `https://www.threads.com/@${username}` : null,
    };
  }

  /**
   * Makes the container that a post is published from, and returns its id; nobody sees anything of it
   * (Meta: "Threads Posts", `POST /{user}/threads`). A carousel's items get theirs first and are waited
   * for; where one fails, none is made for the carousel. Needs `threads_content_publish`.
   *
   * Throws USAGE for what is over a limit, before any request; MEDIA_REJECTED; PUBLISH_TIMEOUT.
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
   * How far a container is (Meta: "Threads API Troubleshooting", `GET /{container}`).
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
    return containerStatus(this.#graph, checkId(container));
  }

  /**
   * Publishes a container as soon as the service has processed it, and never a second time (Meta:
   * "Threads Posts", `POST /{user}/threads_publish`): it looks first, sends the request once, and where the
   * answer gets lost it looks again. May be called again after any error. Needs `threads_content_publish`.
   *
   * Throws PUBLISH_TIMEOUT; OUTCOME_UNKNOWN, where the answer got lost and the container does not show as
   * published; MEDIA_REJECTED; CONTAINER_EXPIRED, after 24 hours; NOT_FOUND.
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
   * `createContainer` and `publish`, within one `timeout`. Throws what they throw.
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
   * Shares anybody's post on the account's profile (Meta: "Reposts", `POST /{post}/repost`). Needs
   * `threads_content_publish`. Throws OUTCOME_UNKNOWN where the answer got lost.
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
    const outcome = await this.#graph.change('POST', `${checkId(postId)}/repost`);
    const id = idOf(certain(outcome, 'shared'));
    return {id, permalink: await permalinkOf(this.#graph, id)};
  }

  /**
   * Deletes one of the account's posts for good (Meta: "Delete Posts", `DELETE /{post}`). Needs
   * `threads_delete`. Throws OUTCOME_UNKNOWN where the answer got lost.
   *
   * @example
   * ```ts
   * import {resolveCredential, ThreadsClient} from 'agora-vault';
   *
   * const {credential} = await resolveCredential();
   * const client = ThreadsClient.for(credential);
   * const {id} = await client.post({type: 'text', text: 'Soon gone.'});
   * if (id) await client.delete(id);
   * console.log('gone', id);
   * ```
   */
  async delete(postId: string): Promise<void> {
    const outcome = await this.#graph.change('DELETE', checkId(postId));
    if (certain(outcome, 'deleted').success === false) throw unexpected();
  }

  /**
   * The figures of a post since it was published, or those of the account of yesterday and today (Meta:
   * "Threads Insights API"). Needs `threads_manage_insights`.
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
        ? await this.#graph.read(`${this.#user}/threads_insights`, {metric: ACCOUNT_METRICS})
        : await this.#graph.read(`${checkId(postId)}/insights`, {metric: POST_METRICS});
    if (!Array.isArray(data)) throw unexpected();
    return Object.fromEntries(
      data
        .map(each => [text(each?.name), sumOf(each ?? {})])
        .filter(([name, sum]) => name !== null && sum !== null),
    );
  }

  /**
   * How much of what Threads allows within 24 hours is used (Meta: "Overview", Rate Limiting,
   * `GET /{user}/threads_publishing_limit`). Needs `threads_content_publish`; what is told of replies and
   * deletes may need the permissions for them.
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
    const ask = (fields: string) => this.#graph.read(`${this.#user}/threads_publishing_limit`, {fields});
    const posts = 'quota_usage,config';
    const all = `${posts},reply_quota_usage,reply_config,delete_quota_usage,delete_config`;
    const {data} = await ask(all).catch(error => {
      if (error.code === 'PERMISSION_MISSING') return ask(posts);
      throw error;
    });
    const limits = Array.isArray(data) ? data[0] : undefined;
    if (typeof limits !== 'object' || limits === null) throw unexpected();
    return {
      posts: quotaOf(limits.quota_usage, limits.config),
      replies: quotaOf(limits.reply_quota_usage, limits.reply_config),
      deletes: quotaOf(limits.delete_quota_usage, limits.delete_config),
    };
  }
}

function certain(outcome: Outcome, done: string): Record<string, unknown> {
  if ('body' in outcome) return outcome.body;
  throw new VaultError('OUTCOME_UNKNOWN', `Threads did not confirm that the post was ${done}.`, [
    'Look at your profile before you try again.',
    outcome.lost.message,
  ]);
}

/** Meta tells one total, a value a day, or a value a link. */
function sumOf({total_value, values, link_total_values}: Record<string, unknown>): number | null {
  const told = [total_value, values, link_total_values].flat() as ({value?: unknown} | null | undefined)[];
  const known = told.map(each => toNumber(each?.value)).filter(each => each !== null);
  return known.length > 0 ? known.reduce((sum, each) => sum + each, 0) : null;
}

function quotaOf(usage: unknown, config: unknown): Quota | null {
  const used = toNumber(usage);
  if (used === null) return null;
  const {quota_total, quota_duration} = (config ?? {}) as Record<string, unknown>;
  return {used, total: toNumber(quota_total), period: toNumber(quota_duration)};
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
