import {graphRefusal} from './responses.js';

const MEDIA_TYPES = ['TEXT', 'IMAGE', 'VIDEO', 'CAROUSEL'] as const;
const REPLY_CONTROLS = [
  'everyone',
  'accounts_you_follow',
  'mentioned_only',
  'parent_post_author_only',
  'followers_only',
];

/** The parameters of POST /{user}/threads, by the API's names. */
export interface PostParameters {
  media_type: (typeof MEDIA_TYPES)[number];
  text: string | undefined;
  image_url: string | undefined;
  video_url: string | undefined;
  alt_text: string | undefined;
  is_carousel_item: boolean;
  /** The containers of a carousel's items. */
  children: string[];
  reply_to_id: string | undefined;
  reply_control: string | undefined;
  quote_post_id: string | undefined;
  link_attachment: string | undefined;
  topic_tag: string | undefined;
}

/**
 * Parses the parameters of a post and refuses, with code 100, what exceeds the limits that Meta documents. Does not
 * check that the posts and containers exist. Accepts parameters that do not fit the media type, except those that
 * Meta says are refused.
 *
 * The client has its own check (`api/content.ts`). This one is written separately on purpose: shared code would
 * hide the client's mistakes from the tests.
 */
export function parsePostParameters(parameters: URLSearchParams): PostParameters {
  const get = (name: string) => parameters.get(name) || undefined;
  const content: PostParameters = {
    media_type: parameters.get('media_type') as PostParameters['media_type'],
    text: get('text'),
    image_url: get('image_url'),
    video_url: get('video_url'),
    alt_text: get('alt_text'),
    is_carousel_item: get('is_carousel_item') === 'true',
    children: get('children')?.split(',') ?? [],
    reply_to_id: get('reply_to_id'),
    reply_control: get('reply_control'),
    quote_post_id: get('quote_post_id'),
    link_attachment: get('link_attachment'),
    topic_tag: parameters.get('topic_tag') ?? undefined,
  };
  const problem = findMediaProblem(content) ?? findTextProblem(content);
  if (problem) throw graphRefusal(100, problem);
  return content;
}

function findMediaProblem(content: PostParameters): string | undefined {
  const {media_type, text, image_url, video_url, children} = content;
  if (!MEDIA_TYPES.includes(media_type)) return `Param media_type must be one of {${MEDIA_TYPES.join(', ')}}`;
  if (media_type === 'TEXT' && !text) return 'The parameter text is required';
  if (media_type === 'IMAGE' && !isWebUrl(image_url)) return 'Param image_url is not a valid URI';
  if (media_type === 'VIDEO' && !isWebUrl(video_url)) return 'Param video_url is not a valid URI';
  if (media_type === 'CAROUSEL' && (children.length < 2 || children.length > 20))
    return 'Param children must have between 2 and 20 items';
  if (content.is_carousel_item && media_type !== 'IMAGE' && media_type !== 'VIDEO')
    return 'A carousel item must be of type IMAGE or VIDEO';
  return undefined;
}

function findTextProblem(content: PostParameters): string | undefined {
  const {media_type, text = '', alt_text = '', link_attachment, reply_control, topic_tag} = content;
  if (measureText(text) > 500) return 'Param text must be at most 500 characters long';
  if ([...alt_text].length > 1000) return 'Param alt_text must be at most 1000 characters long';
  if (link_attachment && media_type !== 'TEXT') return 'Param link_attachment is for type TEXT only';
  if (link_attachment && !isWebUrl(link_attachment)) return 'Param link_attachment is not a valid URI';
  if (collectLinks(text, link_attachment).size > 5) return 'THREADS_API__LINK_LIMIT_EXCEEDED';
  if (reply_control && !REPLY_CONTROLS.includes(reply_control))
    return `Param reply_control must be one of {${REPLY_CONTROLS.join(', ')}}`;
  if (topic_tag !== undefined && !/^[^.&]{1,50}$/u.test(topic_tag))
    return 'Param topic_tag must have 1 to 50 characters, none of them a period or an ampersand';
  return undefined;
}

/** Counts emoji by their UTF-8 bytes, and everything else by code points; the latter is a guess. */
function measureText(text: string): number {
  const graphemes = [...new Intl.Segmenter().segment(text)].map(({segment}) => segment);
  const lengths = graphemes.map(grapheme =>
    /\p{Emoji_Presentation}|\uFE0F/u.test(grapheme) ? Buffer.byteLength(grapheme) : [...grapheme].length,
  );
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Collects the links of a post. Each counts once, however often it occurs. */
function collectLinks(text: string, attached: string | undefined): Set<string> {
  const links = text.match(/\b(https?:\/\/|www\.)\S+/gi) ?? [];
  return new Set([...links.map(link => link.replace(/[.,;:!?)]+$/, '')), ...(attached ? [attached] : [])]);
}

function isWebUrl(text: string | undefined): boolean {
  return text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
