import type {PostParameters} from './content.js';

/** The draft that a post is published from. */
export interface Container extends PostParameters {
  id: string;
  user_id: string;
  created_at: Date;
  /** The post that was published from it. */
  post_id: string | undefined;
}

type Status = 'IN_PROGRESS' | 'FINISHED' | 'PUBLISHED' | 'ERROR' | 'EXPIRED';

/** Seconds: Meta's containers expire after 24 hours. */
const LIFETIME = 86_400;

/** The containers that were created. */
export class Containers {
  readonly #containers = new Map<string, Container>();

  constructor(
    private readonly now: () => Date,
    private readonly newId: () => string,
    /** Seconds that images, videos and carousels take. */
    private readonly mediaProcessing: number,
  ) {}

  create(user_id: string, content: PostParameters): Container {
    const container = {...content, id: this.newId(), user_id, created_at: this.now(), post_id: undefined};
    this.#containers.set(container.id, container);
    return container;
  }

  /** Finds a container of the account; those of others are not visible to it. */
  find(id: string, user_id: string): Container | undefined {
    const container = this.#containers.get(id);
    return container?.user_id === user_id ? container : undefined;
  }

  statusOf(container: Container): Status {
    const age = (this.now().getTime() - container.created_at.getTime()) / 1000;
    if (container.post_id) return 'PUBLISHED';
    if (age >= LIFETIME) return 'EXPIRED';
    if (container.media_type === 'TEXT') return 'FINISHED';
    if (age < this.mediaProcessing) return 'IN_PROGRESS';
    return this.isBroken(container) ? 'ERROR' : 'FINISHED';
  }

  /** The fields of a container that the API returns. `error_message` is one of those that Meta lists. */
  fieldsOf(container: Container): {status: Status; error_message: string | undefined} {
    const status = this.statusOf(container);
    const error = container.media_type === 'VIDEO' ? 'FAILED_DOWNLOADING_VIDEO' : 'UNKNOWN';
    return {status, error_message: status === 'ERROR' ? error : undefined};
  }

  /** Lists all containers, each with its current status. */
  all(): (Container & {status: Status})[] {
    return [...this.#containers.values()].map(each => ({...each, status: this.statusOf(each)}));
  }

  /**
   * Reports whether processing fails: for an image or video with `broken` in the path of its URL, and for a
   * carousel with such an item (that the real service fails the whole carousel is a guess).
   */
  private isBroken({children, image_url, video_url}: Container): boolean {
    const url = image_url ?? video_url;
    if (url) return new URL(url).pathname.includes('broken');
    return children.some(id => this.isBroken(this.#containers.get(id)!));
  }
}
