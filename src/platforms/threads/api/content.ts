import {VaultError} from '../../../errors.js';

/** Who may answer a post (Meta: "Reply Management"). */
const REPLY_CONTROLS = [
  'everyone',
  'accounts_you_follow',
  'mentioned_only',
  'parent_post_author_only',
  'followers_only',
] as const;
export type ReplyControl = (typeof REPLY_CONTROLS)[number];

/** An image or video, at a public address: Threads fetches it itself. */
export interface MediaItem {
  type: 'image' | 'video';
  url: string;
  /** What is to be seen, for those who do not see it: up to 1,000 characters. */
  altText?: string | undefined;
}

interface Common {
  /** Up to 500 characters, as `countCharacters` counts. */
  text?: string | undefined;
  /** The id of the post that this one answers. */
  replyTo?: string | undefined;
  replyControl?: ReplyControl | undefined;
  /** 1 to 50 characters without `.` and `&`. */
  topic?: string | undefined;
  /** The id of a post to quote. */
  quote?: string | undefined;
}

/**
 * What a post is made of, by Meta's media types (Meta: "Publishing", `POST /{user}/threads`). `link` is
 * the address that a text post shows a preview of; without it that is the first one in the text.
 */
export type Content =
  | (Common & {type: 'text'; text: string; link?: string | undefined})
  | (Common & MediaItem)
  | (Common & {type: 'carousel'; items: MediaItem[]});

const MAXIMUM = {text: 500, altText: 1000, topic: 50, links: 5, items: 20};

/**
 * The length of a text as Meta counts it: "emojis are counted as the number of UTF-8 bytes" (Meta:
 * "Threads Posts", Limitations); everything else by code points.
 */
export function countCharacters(text: string): number {
  let count = 0;
  for (const {segment} of new Intl.Segmenter('en').segment(text)) {
    const isEmoji = /\p{Emoji_Presentation}|\uFE0F/u.test(segment);
    count += isEmoji ? Buffer.byteLength(segment) : [...segment].length;
  }
  return count;
}

/**
 * Meta's limits, before anything is sent: 500 characters, 5 links, 2 to 20 items in a carousel, 1,000
 * characters of alternative text, a topic of 1 to 50. Throws USAGE, with the limit and what there is.
 */
export function checkContent(content: Content): void {
  const {text, replyControl, topic} = content;
  if (content.type === 'text' && !text?.trim()) throw usage('A post without an image or video needs a text.');
  checkLength(
    'The text',
    countCharacters(text ?? ''),
    MAXIMUM.text,
    'Threads counts an emoji by its bytes: 3 or more.',
  );
  checkLinks(content);

  if (content.type === 'carousel') {
    const {length} = content.items;
    if (length < 2 || length > MAXIMUM.items)
      throw usage(`A carousel has 2 to ${MAXIMUM.items} images and videos, not ${length}.`);
  }
  const items = itemsOf(content);
  items.forEach((item, index) => {
    checkItem(item, items.length > 1 ? `${item.type} ${index + 1}` : item.type);
  });

  if (replyControl && !REPLY_CONTROLS.includes(replyControl))
    throw usage('That is not a choice of who may reply.', `Use one of: ${REPLY_CONTROLS.join(', ')}`);
  if (topic !== undefined) {
    checkLength('The topic', [...topic].length, MAXIMUM.topic);
    if (!topic || /[.&]/.test(topic)) throw usage('A topic is not empty and has no “.” and no “&” in it.');
  }
  if (content.replyTo !== undefined) checkId(content.replyTo);
  if (content.quote !== undefined) checkId(content.quote);
}

/** The id of a post, container or account, if it is one: digits. Throws USAGE. */
export function checkId(id: string): string {
  if (/^\d{1,32}$/.test(id)) return id;
  throw usage(
    'An id is a number.',
    'Threads gives it when a post is made; the end of a post’s web address is something else.',
  );
}

/** The parameters of `POST /{user}/threads`; a carousel's come with the containers of its items. */
export function containerForm(content: Content, children: string[] = []): URLSearchParams {
  const {text, replyTo, replyControl, topic, quote} = content;
  const form = {
    media_type: content.type.toUpperCase(),
    ...(content.type === 'text' && {link_attachment: content.link}),
    ...((content.type === 'image' || content.type === 'video') && mediaParameters(content)),
    ...(children.length > 0 && {children: children.join(',')}),
    text,
    reply_to_id: replyTo,
    reply_control: replyControl,
    topic_tag: topic,
    quote_post_id: quote,
  };
  return withoutEmpty(form);
}

/** As `containerForm`, for one item of a carousel. */
export function itemForm(item: MediaItem): URLSearchParams {
  return withoutEmpty({
    media_type: item.type.toUpperCase(),
    is_carousel_item: 'true',
    ...mediaParameters(item),
  });
}

function mediaParameters({type, url, altText}: MediaItem) {
  return {[`${type}_url`]: url, alt_text: altText};
}

function withoutEmpty(form: Record<string, string | undefined>): URLSearchParams {
  return new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => !!entry[1]));
}

function itemsOf(content: Content): MediaItem[] {
  if (content.type === 'carousel') return content.items;
  return content.type === 'text' ? [] : [content];
}

function checkItem({url, altText = ''}: MediaItem, name: string): void {
  if (!isWebAddress(url)) {
    throw usage(
      `The address of the ${name} does not begin with https:// or http://.`,
      'Threads fetches images and videos itself, so they must lie on a public server.',
    );
  }
  checkLength(`The alternative text of the ${name}`, [...altText].length, MAXIMUM.altText);
}

/** Each address counts once, wherever it stands (Meta: "Threads Posts", since 22 December 2025). */
function checkLinks(content: Content): void {
  const link = content.type === 'text' ? content.link : undefined;
  if (link !== undefined && !isWebAddress(link))
    throw usage('The link does not begin with https:// or http://.');
  const found = content.text?.match(/\b(?:https?:\/\/|www\.)\S+/gi) ?? [];
  const links = new Set(found.map(each => each.replace(/[.,;:!?)]+$/, '')));
  if (link) links.add(link);
  if (links.size > MAXIMUM.links)
    throw usage(`A post has at most ${MAXIMUM.links} links, and this one has ${links.size}.`);
}

function checkLength(what: string, length: number, maximum: number, remark?: string): void {
  if (length <= maximum) return;
  throw usage(
    `${what} has ${length} characters; at most ${maximum} are allowed.`,
    ...(remark ? [remark] : []),
  );
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function usage(message: string, ...suggestions: string[]): VaultError {
  return new VaultError('USAGE', message, suggestions);
}
