import {VaultError} from '../../../errors.js';
import {pause} from '../../http.js';
import {mediaError} from '../errors.js';
import {findId, type GraphApi, requireId, stringOrNull} from '../graph.js';
import {type Content, containerForm, itemForm} from './content.js';

/** The state of a container. */
export interface ContainerStatus {
  /** Meta's status; `UNKNOWN` for one that Meta does not document. */
  status: 'IN_PROGRESS' | 'FINISHED' | 'PUBLISHED' | 'ERROR' | 'EXPIRED' | 'UNKNOWN';
  /** With ERROR: Meta's reason, such as `FAILED_DOWNLOADING_VIDEO`. */
  error: string | null;
}

/** The progress of a post. */
export interface Step {
  /** What happens to the container: it is being created, Threads processes it, or it is being published. */
  step: 'creating' | 'processing' | 'publishing';
  /** The container's ID; null while it is being created. */
  container: string | null;
  /** Set for an item of a carousel: its number, from 1, and how many there are. */
  item?: {number: number; of: number};
}

export interface PublishOptions {
  /** Seconds that Threads may take to process images and videos; by default 300. */
  timeout?: number;
  /** Called at each step, and again with `processing` each time that a container is not ready yet. */
  onStatus?: (step: Step) => void;
}

export interface Published {
  /** The post's ID; null if Threads did not return it. */
  id: string | null;
  /** The post's URL; null if Threads did not return it (yet). */
  permalink: string | null;
  /** The ID of the container that the post was published from. */
  container: string;
  /** True if the container had been published before; then nothing was published now. */
  already_published: boolean;
}

/** Seconds. Meta recommends to check a container once a minute, for at most 5 minutes ("Threads API Troubleshooting"). */
const TIMEOUT = 300;
/** Seconds, as Meta recommends. The first checks come sooner, since most containers are ready within seconds. */
const LONGEST_PAUSE = 60;
/** Not every server of Threads knows a new container at once, so "not found" counts from the third check on. */
const CHECKS_UNTIL_KNOWN = 2;
/** With pauses of 1, 2 and 4 seconds between them. */
const CHECKS_AFTER_LOST_ANSWER = 4;
/** Seconds that the clocks of the service and of this machine may differ. */
const CLOCK_TOLERANCE = 60;

/** Creates and publishes one post within one time limit. */
export class Publication {
  private readonly deadline: number;
  private readonly onStatus: (step: Step) => void;

  constructor(
    private readonly graph: GraphApi,
    /** The account's ID, or `me`. */
    private readonly user: string,
    {timeout = TIMEOUT, onStatus = () => {}}: PublishOptions,
  ) {
    this.deadline = Date.now() + timeout * 1000;
    this.onStatus = onStatus;
  }

  /** Creates the container to publish. The container of a carousel is created once all of its items are ready. */
  async create(content: Content): Promise<string> {
    if (content.type !== 'carousel') return this.createContainer(containerForm(content));
    const of = content.items.length;
    const children: string[] = [];
    for (const item of content.items)
      children.push(await this.createContainer(itemForm(item), {number: children.length + 1, of}));
    for (const [index, child] of children.entries())
      await this.waitUntilReady(child, {number: index + 1, of});
    return this.createContainer(containerForm(content, children));
  }

  /** Publishes the container, once. `text`: the text of the post, to find the post if the answer is lost. */
  async publish(container: string, text?: string): Promise<Published> {
    this.onStatus({step: 'processing', container});
    for (let attempt = 0; ; attempt++) {
      const status = await this.waitUntilReady(container);
      if (status === 'PUBLISHED') return {id: null, permalink: null, container, already_published: true};
      this.onStatus({step: 'publishing', container});
      const published = await this.tryToPublish(container, text);
      if (published) return published;
      await this.backOff(attempt);
    }
  }

  /** Returns undefined if Threads says that the container cannot be published yet, or no longer. */
  private async tryToPublish(container: string, text?: string): Promise<Published | undefined> {
    const since = Date.now();
    const form = new URLSearchParams({creation_id: container});
    const result = await this.graph.sendChange('POST', `${this.user}/threads_publish`, form).catch(error => {
      if (error.code !== 'CONTAINER_NOT_READY') throw error;
    });
    if (!result) return undefined;
    const id = 'body' in result ? findId(result.body) : null;
    if (id) return {id, permalink: await fetchPermalink(this.graph, id), container, already_published: false};
    await this.confirmPublished(container);
    return {...(await this.findPost(since, text)), container, already_published: false};
  }

  private async createContainer(form: URLSearchParams, item?: Step['item']): Promise<string> {
    this.onStatus({step: 'creating', container: null, ...(item && {item})});
    const result = await this.graph.sendChange('POST', `${this.user}/threads`, form);
    if ('lost' in result) {
      const {code, message, suggestions} = result.lost;
      throw new VaultError(code, message, [...suggestions, 'Nothing was published.']);
    }
    const container = requireId(result.body);
    if (item) this.onStatus({step: 'processing', container, item});
    return container;
  }

  private async waitUntilReady(container: string, item?: Step['item']): Promise<'FINISHED' | 'PUBLISHED'> {
    for (let attempt = 0; ; attempt++) {
      const {status, error} = await this.checkStatus(container, attempt);
      if (status === 'FINISHED' || status === 'PUBLISHED') return status;
      if (status === 'ERROR')
        throw mediaError(describeMediaError(error), item && `item ${item.number} of the carousel`);
      if (status === 'EXPIRED') throw containerExpiredError(container);
      this.onStatus({step: 'processing', container, ...(item && {item})});
      await this.backOff(attempt);
    }
  }

  private checkStatus(container: string, attempt: number): Promise<ContainerStatus> {
    return fetchContainerStatus(this.graph, container).catch(error => {
      const isNotFound = error.code === 'NOT_FOUND' || error.code === 'CONTAINER_NOT_READY';
      if (isNotFound && attempt < CHECKS_UNTIL_KNOWN) return {status: 'UNKNOWN', error: null};
      throw error;
    });
  }

  /** Waits 1, 2, 4 ... 60 seconds, but not beyond the deadline. Throws PUBLISH_TIMEOUT once it has passed. */
  private async backOff(attempt: number): Promise<void> {
    const secondsLeft = (this.deadline - Date.now()) / 1000;
    if (secondsLeft <= 0) throw publishTimeoutError();
    await pause(Math.min(2 ** attempt, LONGEST_PAUSE, secondsLeft), this.graph.signal);
  }

  /** Checks whether a request whose answer was lost did publish the container. Throws OUTCOME_UNKNOWN if not. */
  private async confirmPublished(container: string): Promise<void> {
    for (let attempt = 0; attempt < CHECKS_AFTER_LOST_ANSWER; attempt++) {
      if (attempt > 0) await pause(2 ** (attempt - 1), this.graph.signal);
      const current = await fetchContainerStatus(this.graph, container).catch(error => {
        if (error.code === 'INTERRUPTED') throw error;
      });
      if (current?.status === 'PUBLISHED') return;
      if (current?.status === 'ERROR') throw mediaError(describeMediaError(current.error));
      if (!current) break;
    }
    throw outcomeUnknownError(container);
  }

  /** Looks for the new post among the account's latest. Best effort: the post exists even if this finds nothing. */
  private async findPost(
    since: number,
    text: string | undefined,
  ): Promise<Pick<Published, 'id' | 'permalink'>> {
    if (text === undefined) return {id: null, permalink: null};
    const query = {fields: 'id,media_type,text,timestamp,permalink', limit: '10'};
    const {data} = await this.graph
      .fetchObject(`${this.user}/threads`, query)
      .catch(() => ({data: undefined}));
    const post = Array.isArray(data)
      ? data.find(
          each =>
            (stringOrNull(each?.text) ?? '') === text &&
            each?.media_type !== 'REPOST_FACADE' &&
            Date.parse(each?.timestamp) >= since - CLOCK_TOLERANCE * 1000,
        )
      : undefined;
    return {id: findId(post), permalink: stringOrNull(post?.permalink)};
  }
}

/** Fetches the state of a container. */
export async function fetchContainerStatus(graph: GraphApi, container: string): Promise<ContainerStatus> {
  const body = await graph.fetchObject(container, {fields: 'status,error_message'});
  const documented = ['IN_PROGRESS', 'FINISHED', 'PUBLISHED', 'ERROR', 'EXPIRED'] as const;
  const error = stringOrNull(body.error_message);
  return {
    status: documented.find(status => status === body.status) ?? 'UNKNOWN',
    // Only a constant of Meta's is passed on: free text may repeat what was sent.
    error: error && /^[A-Z_]{1,50}$/.test(error) ? error : null,
  };
}

/** Fetches the URL of a post. Best effort: the post exists whether or not this succeeds. */
export async function fetchPermalink(graph: GraphApi, id: string): Promise<string | null> {
  return graph.fetchObject(id, {fields: 'permalink'}).then(
    ({permalink}) => stringOrNull(permalink),
    () => null,
  );
}

function describeMediaError(error: string | null): string {
  if (error === null || error === 'UNKNOWN') return 'no reason given';
  if (error.startsWith('FAILED_DOWNLOADING')) return `it could not be downloaded (${error})`;
  return `its format is not supported (${error})`;
}

function publishTimeoutError(): VaultError {
  return new VaultError(
    'PUBLISH_TIMEOUT',
    'Threads did not finish processing the post in time; nothing was published.',
  );
}

function containerExpiredError(container: string): VaultError {
  return new VaultError(
    'CONTAINER_EXPIRED',
    `Container ${container} is older than 24 hours and can no longer be published.`,
    ['Nothing was published. Create the post again.'],
  );
}

function outcomeUnknownError(container: string): VaultError {
  return new VaultError(
    'OUTCOME_UNKNOWN',
    `Threads did not confirm that the post was published (container ${container}).`,
    ['Check your profile: the post may be there, or may still appear.'],
  );
}
