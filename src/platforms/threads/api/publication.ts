import {VaultError} from '../../../errors.js';
import {pause} from '../../http.js';
import {mediaRejected} from '../errors.js';
import {type Graph, idIn, idOf, text} from '../graph.js';
import {type Content, containerForm, itemForm} from './content.js';

/** How far a container is. `UNKNOWN` where the service says something that is not documented. */
export interface ContainerStatus {
  status: 'IN_PROGRESS' | 'FINISHED' | 'PUBLISHED' | 'ERROR' | 'EXPIRED' | 'UNKNOWN';
  /** Why it is in ERROR, in Meta's capitals: `FAILED_DOWNLOADING_VIDEO`. */
  error: string | null;
}

/** What goes on while something is posted. */
export interface Step {
  /** A container is being made; the service is still busy with it; it is being published. */
  step: 'creating' | 'processing' | 'publishing';
  /** Which one; null while it is being made. */
  container: string | null;
  /** Where it is one of a carousel's: which, from 1. */
  item?: {number: number; of: number};
}

export interface PublishOptions {
  /** Seconds that the service may take to process images and videos; 300 unless told otherwise. */
  timeout?: number;
  /** Called at each step, and again with `processing` each time that a container was not ready yet. */
  onStatus?: (step: Step) => void;
}

export interface Published {
  /** Null where the service does not tell which post it is. */
  id: string | null;
  /** The post's web address; null where the service does not tell (yet). */
  permalink: string | null;
  container: string;
  /** It had been published before; nothing was published now. */
  already_published: boolean;
}

const TIMEOUT = 300;
/** Seconds: Meta asks for one look a minute, but most containers are ready within seconds. */
const LONGEST_PAUSE = 60;
/** A new container may not be known everywhere inside the service at once. */
const LOOKS_UNTIL_KNOWN = 2;
const LOOKS_AFTER_LOST_ANSWER = 4;
/** Seconds that the service's clock may differ from ours. */
const CLOCK_TOLERANCE = 60;

/** One go at making and publishing a post, within one time limit. */
export class Publication {
  private readonly deadline: number;
  private readonly onStatus: (step: Step) => void;

  constructor(
    private readonly graph: Graph,
    /** The account's id, or `me`. */
    private readonly user: string,
    {timeout = TIMEOUT, onStatus = () => {}}: PublishOptions,
  ) {
    this.deadline = Date.now() + timeout * 1000;
    this.onStatus = onStatus;
  }

  /** The container to publish. A carousel's is made once all of its items are ready. */
  async create(content: Content): Promise<string> {
    if (content.type !== 'carousel') return this.createOne(containerForm(content));
    const of = content.items.length;
    const children: string[] = [];
    for (const item of content.items)
      children.push(await this.createOne(itemForm(item), {number: children.length + 1, of}));
    for (const [index, child] of children.entries()) await this.untilReady(child, {number: index + 1, of});
    return this.createOne(containerForm(content, children));
  }

  /** `words`: the text of the post, by which it can be found again. */
  async publish(container: string, words?: string): Promise<Published> {
    this.onStatus({step: 'processing', container});
    for (let round = 0; ; round++) {
      const status = await this.untilReady(container);
      if (status === 'PUBLISHED') return {id: null, permalink: null, container, already_published: true};
      this.onStatus({step: 'publishing', container});
      const published = await this.publishOnce(container, words);
      if (published) return published;
      await this.wait(round);
    }
  }

  /** Undefined where the service says that the container is not to be published yet, or no longer. */
  private async publishOnce(container: string, words?: string): Promise<Published | undefined> {
    const since = Date.now();
    const form = new URLSearchParams({creation_id: container});
    const outcome = await this.graph.change('POST', `${this.user}/threads_publish`, form).catch(error => {
      if (error.code !== 'CONTAINER_NOT_READY') throw error;
    });
    if (!outcome) return undefined;
    const id = 'body' in outcome ? idIn(outcome.body) : null;
    if (id) return {id, permalink: await permalinkOf(this.graph, id), container, already_published: false};
    await this.confirm(container);
    return {...(await this.find(since, words)), container, already_published: false};
  }

  private async createOne(form: URLSearchParams, item?: Step['item']): Promise<string> {
    const which = item && {item};
    this.onStatus({step: 'creating', container: null, ...which});
    const outcome = await this.graph.change('POST', `${this.user}/threads`, form);
    if ('lost' in outcome) {
      const {code, message, suggestions} = outcome.lost;
      throw new VaultError(code, message, [...suggestions, 'Nothing was published.']);
    }
    const container = idOf(outcome.body);
    if (item) this.onStatus({step: 'processing', container, item});
    return container;
  }

  private async untilReady(container: string, item?: Step['item']): Promise<'FINISHED' | 'PUBLISHED'> {
    for (let round = 0; ; round++) {
      const {status, error} = await this.look(container, round);
      if (status === 'FINISHED' || status === 'PUBLISHED') return status;
      if (status === 'ERROR')
        throw mediaRejected(inWords(error), item && `item ${item.number} of the carousel`);
      if (status === 'EXPIRED') throw expired(container);
      this.onStatus({step: 'processing', container, ...(item && {item})});
      await this.wait(round);
    }
  }

  private look(container: string, round: number): Promise<ContainerStatus> {
    return containerStatus(this.graph, container).catch(error => {
      const isUnknown = error.code === 'NOT_FOUND' || error.code === 'CONTAINER_NOT_READY';
      if (isUnknown && round < LOOKS_UNTIL_KNOWN) return {status: 'UNKNOWN', error: null};
      throw error;
    });
  }

  /** 1, 2, 4 … 60 seconds, and no longer than there is time. Throws PUBLISH_TIMEOUT. */
  private async wait(round: number): Promise<void> {
    const left = (this.deadline - Date.now()) / 1000;
    if (left <= 0) throw timedOut();
    await pause(Math.min(2 ** round, LONGEST_PAUSE, left), this.graph.signal);
  }

  /** After an answer that was lost: returns if it was published all the same, else throws OUTCOME_UNKNOWN. */
  private async confirm(container: string): Promise<void> {
    for (let round = 0; round < LOOKS_AFTER_LOST_ANSWER; round++) {
      if (round > 0) await pause(2 ** (round - 1), this.graph.signal);
      const seen = await containerStatus(this.graph, container).catch(error => {
        if (error.code === 'INTERRUPTED') throw error;
      });
      if (seen?.status === 'PUBLISHED') return;
      if (seen?.status === 'ERROR') throw mediaRejected(inWords(seen.error));
      if (!seen) break;
    }
    throw unconfirmed(container);
  }

  /** The post that was just published, among the account's latest. It is published, so this never fails. */
  private async find(since: number, words: string | undefined): Promise<Pick<Published, 'id' | 'permalink'>> {
    if (words === undefined) return {id: null, permalink: null};
    const query = {fields: 'id,media_type,text,timestamp,permalink', limit: '10'};
    const {data} = await this.graph.read(`${this.user}/threads`, query).catch(() => ({data: undefined}));
    const post = Array.isArray(data)
      ? data.find(
          each =>
            (text(each?.text) ?? '') === words &&
            each?.media_type !== 'REPOST_FACADE' &&
            Date.parse(each?.timestamp) >= since - CLOCK_TOLERANCE * 1000,
        )
      : undefined;
    return {id: idIn(post), permalink: text(post?.permalink)};
  }
}

export async function containerStatus(graph: Graph, container: string): Promise<ContainerStatus> {
  const body = await graph.read(container, {fields: 'status,error_message'});
  const known = ['IN_PROGRESS', 'FINISHED', 'PUBLISHED', 'ERROR', 'EXPIRED'] as const;
  const error = text(body.error_message);
  return {
    status: known.find(each => each === body.status) ?? 'UNKNOWN',
    error: error && /^[A-Z_]{1,50}$/.test(error) ? error : null,
  };
}

/** What is there is there: a failure here is none of the post's. */
export async function permalinkOf(graph: Graph, id: string): Promise<string | null> {
  return graph.read(id, {fields: 'permalink'}).then(
    ({permalink}) => text(permalink),
    () => null,
  );
}

function inWords(error: string | null): string {
  if (error === null || error === 'UNKNOWN') return 'it does not say why';
  if (error.startsWith('FAILED_DOWNLOADING')) return `it could not be fetched (${error})`;
  return `its format is not accepted (${error})`;
}

function timedOut(): VaultError {
  return new VaultError('PUBLISH_TIMEOUT', 'Threads is not ready to publish it yet; nothing was published.');
}

function expired(container: string): VaultError {
  return new VaultError(
    'CONTAINER_EXPIRED',
    `Container ${container} is older than 24 hours and can no longer be published.`,
    ['Nothing was published. Post it again.'],
  );
}

function unconfirmed(container: string): VaultError {
  return new VaultError(
    'OUTCOME_UNKNOWN',
    `Threads did not confirm that it published the post (container ${container}).`,
    ['Look at your profile: the post may be there, or still appear.'],
  );
}
