import type {Content} from './content.js';

/** What a post is made from. */
export interface Container extends Content {
  id: string;
  user_id: string;
  created_at: Date;
  /** The post that it became. */
  post_id: string | undefined;
}

type Status = 'IN_PROGRESS' | 'FINISHED' | 'PUBLISHED' | 'ERROR' | 'EXPIRED';

const DAY = 86_400;

/** The containers that were created. `mediaProcessing` is how long images, videos and carousels take, in seconds. */
export class Containers {
  readonly #containers = new Map<string, Container>();

  constructor(
    private readonly now: () => Date,
    private readonly newId: () => string,
    private readonly mediaProcessing: number,
  ) {}

  create(user_id: string, content: Content): Container {
    const container = {...content, id: this.newId(), user_id, created_at: this.now(), post_id: undefined};
    this.#containers.set(container.id, container);
    return container;
  }

  /** An account sees its own only. */
  find(id: string, user_id: string): Container | undefined {
    const container = this.#containers.get(id);
    return container?.user_id === user_id ? container : undefined;
  }

  status(container: Container): Status {
    const age = (this.now().getTime() - container.created_at.getTime()) / 1000;
    if (container.post_id) return 'PUBLISHED';
    if (age >= DAY) return 'EXPIRED';
    if (container.media_type === 'TEXT') return 'FINISHED';
    if (age < this.mediaProcessing) return 'IN_PROGRESS';
    return this.isBroken(container) ? 'ERROR' : 'FINISHED';
  }

  /** `error_message` is one of those that Meta lists. */
  state(container: Container): {status: Status; error_message: string | undefined} {
    const status = this.status(container);
    const error = container.media_type === 'VIDEO' ? 'FAILED_DOWNLOADING_VIDEO' : 'UNKNOWN';
    return {status, error_message: status === 'ERROR' ? error : undefined};
  }

  /** Each with its status now. */
  all(): (Container & {status: Status})[] {
    return [...this.#containers.values()].map(each => ({...each, status: this.status(each)}));
  }

  /**
   * The way to have an image or a video fail: an address whose path says so. That a carousel fails with its
   * items is a guess.
   */
  private isBroken({children, image_url, video_url}: Container): boolean {
    const address = image_url ?? video_url;
    if (address) return new URL(address).pathname.includes('broken');
    return children.some(id => this.isBroken(this.#containers.get(id)!));
  }
}
