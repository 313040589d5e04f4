import {looksSecret} from '../../../credential.js';
import {VaultError} from '../../../errors.js';

/** Who may reply to a post (Meta: "Reply Management"). */
const REPLY_CONTROLS = [
  'everyone',
  'accounts_you_follow',
  'mentioned_only',
  'parent_post_author_only',
  'followers_only',
] as const;
export type ReplyControl = (typeof REPLY_CONTROLS)[number];

/** An image or video. */
export interface MediaItem {
  type: 'image' | 'video';
  /** A public http(s) URL that needs no login: Threads downloads the file itself. */
  url: string;
  /** A description for people who cannot see it, up to 1,000 characters. */
  altText?: string | undefined;
}

interface CommonContent {
  /** Up to 500 characters. An emoji counts as many characters as it has UTF-8 bytes. */
  text?: string | undefined;
  /** The ID of the post to reply to. */
  replyTo?: string | undefined;
  /** Who may reply; by default everyone. */
  replyControl?: ReplyControl | undefined;
  /** The topic tag: 1 to 50 characters, without `.` and `&`. */
  topic?: string | undefined;
  /** The ID of the post to quote. */
  quote?: string | undefined;
}

/**
 * The content of a post, by Meta's media types (Meta: "Publishing", `POST /{user}/threads`). `link` is the URL that
 * a text post shows a preview of; by default the first one in the text.
 */
export type Content =
  | (CommonContent & {type: 'text'; text: string; link?: string | undefined})
  | (CommonContent & MediaItem)
  | (CommonContent & {type: 'carousel'; items: MediaItem[]});

/** Meta's limits ("Threads Posts", Limitations). */
const MAXIMUM = {text: 500, altText: 1000, topic: 50, links: 5, items: 20};

/**
 * Counts characters as Meta does: "emojis are counted as the number of UTF-8 bytes" (Meta: "Threads Posts",
 * Limitations), everything else by code points.
 */
export function countCharacters(text: string): number {
  let count = 0;
  for (const {segment} of new Intl.Segmenter('en').segment(text)) {
    const isEmoji = /\p{Emoji_Presentation}|\uFE0F/u.test(segment);
    count += isEmoji ? Buffer.byteLength(segment) : [...segment].length;
  }
  return count;
}

/** Checks the content against Meta's limits, before anything is sent. Throws USAGE. */
export function checkContent(content: Content): void {
  const {text, replyControl, topic} = content;
  if (content.type === 'text' && !text?.trim())
    throw contentError('A post without an image or video needs text.');
  checkLength('The text', {
    length: countCharacters(text ?? ''),
    maximum: MAXIMUM.text,
    hint: 'Threads counts an emoji as 3 or more characters: the number of its UTF-8 bytes.',
  });
  checkLinks(content);

  if (content.type === 'carousel') {
    const {length} = content.items;
    if (length < 2 || length > MAXIMUM.items)
      throw contentError(`A carousel needs 2 to ${MAXIMUM.items} images or videos; this one has ${length}.`);
  }
  const items = listItems(content);
  items.forEach((item, index) => {
    checkItem(item, items.length > 1 ? `${item.type} ${index + 1}` : `the ${item.type}`);
  });

  if (replyControl && !REPLY_CONTROLS.includes(replyControl)) {
    throw contentError(
      looksSecret(replyControl) ? 'Unknown reply control.' : `Unknown reply control: ${replyControl}`,
      `Available: ${REPLY_CONTROLS.join(', ')}`,
    );
  }
  if (topic !== undefined) {
    checkLength('The topic', {length: [...topic].length, maximum: MAXIMUM.topic});
    if (!topic || /[.&]/.test(topic))
      throw contentError('The topic must not be empty, and must not contain "." or "&".');
  }
  if (content.replyTo !== undefined) checkId(content.replyTo);
  if (content.quote !== undefined) checkId(content.quote);
}

/** Returns the ID of a post, container or account unchanged if it consists of 1 to 32 digits. Throws USAGE. */
export function checkId(id: string): string {
  if (/^\d{1,32}$/.test(id)) return id;
  throw contentError(
    'The ID must be a number such as 17900000000000001.',
    'Threads returns it when a post is created; the last part of the URL of a post is not its ID.',
  );
}

/** The parameters of `POST /{user}/threads`. `children` are the containers of a carousel's items. */
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
  return withoutEmptyValues(form);
}

/** The parameters of `POST /{user}/threads` for one item of a carousel. */
export function itemForm(item: MediaItem): URLSearchParams {
  return withoutEmptyValues({
    media_type: item.type.toUpperCase(),
    is_carousel_item: 'true',
    ...mediaParameters(item),
  });
}

function mediaParameters({type, url, altText}: MediaItem) {
  return {[`${type}_url`]: url, alt_text: altText};
}

function withoutEmptyValues(form: Record<string, string | undefined>): URLSearchParams {
  return new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => !!entry[1]));
}

function listItems(content: Content): MediaItem[] {
  if (content.type === 'carousel') return content.items;
  return content.type === 'text' ? [] : [content];
}

/** `label` names the item in errors, which never repeat its URL: that may contain a secret. */
function checkItem({url, altText = ''}: MediaItem, label: string): void {
  if (!isPublicUrl(url)) {
    throw contentError(
      `The URL of ${label} must start with https:// or http://.`,
      'Threads downloads images and videos itself, so they must be on a public server.',
    );
  }
  checkLength(`The alt text of ${label}`, {length: [...altText].length, maximum: MAXIMUM.altText});
}

/** Counts each link once, however often it occurs (Meta: "Threads Posts", since December 22, 2025). */
function checkLinks(content: Content): void {
  const link = content.type === 'text' ? content.link : undefined;
  if (link !== undefined && !isPublicUrl(link))
    throw contentError('The link must start with https:// or http://.');
  const found = content.text?.match(/\b(?:https?:\/\/|www\.)\S+/gi) ?? [];
  const links = new Set(found.map(each => each.replace(/[.,;:!?)]+$/, '')));
  if (link) links.add(link);
  if (links.size > MAXIMUM.links)
    throw contentError(`A post may have at most ${MAXIMUM.links} links; this one has ${links.size}.`);
}

interface Length {
  length: number;
  maximum: number;
  /** What to do when the text is too long. */
  hint?: string;
}

function checkLength(subject: string, {length, maximum, hint}: Length): void {
  if (length <= maximum) return;
  throw contentError(
    `${subject} has ${length} characters; at most ${maximum} are allowed.`,
    ...(hint ? [hint] : []),
  );
}

function isPublicUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function contentError(message: string, ...suggestions: string[]): VaultError {
  return new VaultError('USAGE', message, suggestions);
}
