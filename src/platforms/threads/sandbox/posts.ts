import type {PostParameters} from './content.js';
import type {SandboxAccount} from './tokens.js';

/** A post, by the API's field names. `timestamp` is written as in `2026-11-22T10:00:00+0000`. */
export interface Post {
  id: string;
  media_product_type: 'THREADS';
  media_type: 'TEXT_POST' | 'IMAGE' | 'VIDEO' | 'CAROUSEL_ALBUM' | 'REPOST_FACADE';
  media_url: string | undefined;
  /** The items of a carousel. Their IDs are those of their containers; the real service assigns new ones. */
  children: {data: {id: string}[]} | undefined;
  permalink: string;
  shortcode: string;
  owner: {id: string};
  username: string;
  timestamp: string;
  text: string | undefined;
  alt_text: string | undefined;
  link_attachment_url: string | undefined;
  topic_tag: string | undefined;
  reply_audience: string;
  is_reply: boolean;
  replied_to: {id: string} | undefined;
  is_quote_post: boolean;
  quoted_post: {id: string} | undefined;
  reposted_post: {id: string} | undefined;
}

const MEDIA_TYPES = {
  TEXT: 'TEXT_POST',
  IMAGE: 'IMAGE',
  VIDEO: 'VIDEO',
  CAROUSEL: 'CAROUSEL_ALBUM',
} as const;

/** The posts that were published and not deleted. */
export class Posts {
  readonly #posts = new Map<string, Post>();

  constructor(
    private readonly now: () => Date,
    private readonly newId: () => string,
  ) {}

  publish(account: SandboxAccount, content: PostParameters): Post {
    const {reply_to_id, quote_post_id, children, reply_control = 'everyone'} = content;
    return this.add(account, {
      media_type: MEDIA_TYPES[content.media_type],
      media_url: content.image_url ?? content.video_url,
      children: children.length > 0 ? {data: children.map(id => ({id}))} : undefined,
      text: content.text,
      alt_text: content.alt_text,
      link_attachment_url: content.link_attachment,
      topic_tag: content.topic_tag,
      reply_audience: reply_control.toUpperCase(),
      is_reply: reply_to_id !== undefined,
      replied_to: referenceTo(reply_to_id),
      is_quote_post: quote_post_id !== undefined,
      quoted_post: referenceTo(quote_post_id),
    });
  }

  repost(account: SandboxAccount, {id}: Post): Post {
    return this.add(account, {media_type: 'REPOST_FACADE', reposted_post: referenceTo(id)});
  }

  find(id: string): Post | undefined {
    return this.#posts.get(id);
  }

  delete(id: string): void {
    this.#posts.delete(id);
  }

  /** Lists all posts, oldest first. */
  all(): Post[] {
    return [...this.#posts.values()];
  }

  private add({user_id, username}: SandboxAccount, fields: Partial<Post> & Pick<Post, 'media_type'>): Post {
    const id = this.newId();
    const shortcode = Buffer.from(BigInt(id).toString(16), 'hex').toString('base64url');
    const post: Post = {
      id,
      media_product_type: 'THREADS',
      media_url: undefined,
      children: undefined,
      permalink: `https://www.threads.com/@${username}/post/${shortcode}`,
      shortcode,
      owner: {id: user_id},
      username,
      timestamp: this.now()
        .toISOString()
        .replace(/\.\d+Z$/, '+0000'),
      text: undefined,
      alt_text: undefined,
      link_attachment_url: undefined,
      topic_tag: undefined,
      reply_audience: 'EVERYONE',
      is_reply: false,
      replied_to: undefined,
      is_quote_post: false,
      quoted_post: undefined,
      reposted_post: undefined,
      ...fields,
    };
    this.#posts.set(id, post);
    return post;
  }
}

function referenceTo(id: string | undefined): {id: string} | undefined {
  return id === undefined ? undefined : {id};
}
