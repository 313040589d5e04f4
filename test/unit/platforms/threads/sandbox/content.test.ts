import {expect} from 'chai';
import {caller, expectGraphError, type Reply, withSandbox} from './client.js';

const IMAGE = {media_type: 'IMAGE', image_url: 'https://example.com/a.jpg'};
const VIDEO = {media_type: 'VIDEO', video_url: 'https://example.com/a.mp4'};
const TEXT = {media_type: 'TEXT', text: 'A text'};

const links = (count: number) => Array.from({length: count}, (_, index) => `https://example.com/${index}`);

/** Content that the service accepts, and content just beyond the limit. */
const RULES: {rule: string; accepted: Record<string, string>[]; rejected: Record<string, string>[]}[] = [
  {
    rule: 'the media type is one of four',
    accepted: [TEXT, IMAGE, VIDEO],
    rejected: [{text: 'A text'}, {...TEXT, media_type: 'text'}, {...TEXT, media_type: 'AUDIO'}],
  },
  {
    rule: 'a TEXT needs text, the others do not',
    accepted: [TEXT, IMAGE],
    rejected: [{media_type: 'TEXT'}, {media_type: 'TEXT', text: ''}],
  },
  {
    rule: 'an IMAGE needs the URL of an image',
    accepted: [{...IMAGE, image_url: 'http://example.com/a.png'}],
    rejected: [
      {media_type: 'IMAGE'},
      {...IMAGE, image_url: '/a.jpg'},
      {...IMAGE, image_url: 'file:///a.jpg'},
      {...VIDEO, media_type: 'IMAGE'},
    ],
  },
  {
    rule: 'a VIDEO needs the URL of a video',
    accepted: [VIDEO],
    rejected: [{media_type: 'VIDEO'}, {...VIDEO, video_url: 'a.mp4'}, {...IMAGE, media_type: 'VIDEO'}],
  },
  {
    rule: 'a text has at most 500 characters',
    accepted: [
      {...TEXT, text: 'ü'.repeat(500)},
      {...TEXT, text: '漢'.repeat(500)},
      {...IMAGE, text: 'a'.repeat(500)},
    ],
    rejected: [
      {...TEXT, text: 'a'.repeat(501)},
      {...IMAGE, text: 'a'.repeat(501)},
    ],
  },
  {
    rule: 'an emoji counts as its UTF-8 bytes',
    accepted: [
      {...TEXT, text: '😀'.repeat(125)},
      {...TEXT, text: `${'a'.repeat(475)}👨‍👩‍👧‍👦`},
      {...TEXT, text: `${'a'.repeat(494)}❤️`},
      {...TEXT, text: `${'a'.repeat(492)}🇩🇪`},
    ],
    rejected: [
      {...TEXT, text: `${'😀'.repeat(125)}a`},
      {...TEXT, text: `${'a'.repeat(476)}👨‍👩‍👧‍👦`},
      {...TEXT, text: `${'a'.repeat(495)}❤️`},
      {...TEXT, text: `${'a'.repeat(493)}🇩🇪`},
    ],
  },
  {
    rule: 'an alt text has at most 1,000 characters',
    accepted: [{...IMAGE, alt_text: 'a'.repeat(1000)}],
    rejected: [{...IMAGE, alt_text: 'a'.repeat(1001)}],
  },
  {
    rule: 'an attached link is a URL, and for TEXT only',
    accepted: [{...TEXT, link_attachment: 'https://example.com/'}],
    rejected: [
      {...TEXT, link_attachment: 'example'},
      {...IMAGE, link_attachment: 'https://example.com/'},
    ],
  },
  {
    rule: 'there are at most five different links, including the attached one',
    accepted: [
      {...TEXT, text: links(5).join(' ')},
      {...TEXT, text: [...links(5), ...links(5)].join(' ')},
      {...TEXT, text: links(5).join(' '), link_attachment: links(1)[0]!},
      {...TEXT, text: `${links(4).join(' ')} www.example.com, (see www.example.com).`},
    ],
    rejected: [
      {...TEXT, text: links(6).join(' ')},
      {...TEXT, text: `${links(5).join(' ')} www.example.com`},
      {...TEXT, text: links(5).join(' '), link_attachment: 'https://example.com/5'},
    ],
  },
  {
    rule: 'reply_control is one of five values',
    accepted: [
      'everyone',
      'accounts_you_follow',
      'mentioned_only',
      'parent_post_author_only',
      'followers_only',
    ].map(reply_control => ({...TEXT, reply_control})),
    rejected: [{...TEXT, reply_control: 'nobody'}],
  },
  {
    rule: 'a topic tag has 1 to 50 characters, without periods and ampersands',
    accepted: ['a', 'ü'.repeat(50), '𝄞'.repeat(50), 'two words'].map(topic_tag => ({...TEXT, topic_tag})),
    rejected: ['', 'a'.repeat(51), 'a.b', 'a&b'].map(topic_tag => ({...TEXT, topic_tag})),
  },
  {
    rule: 'a carousel item is an image or a video',
    accepted: [
      {...IMAGE, is_carousel_item: 'true'},
      {...VIDEO, is_carousel_item: 'true'},
      {...TEXT, is_carousel_item: 'false'},
    ],
    rejected: [{...TEXT, is_carousel_item: 'true'}],
  },
  {
    rule: 'auto_publish_text is for TEXT only',
    accepted: [
      {...TEXT, auto_publish_text: 'true'},
      {...IMAGE, auto_publish_text: 'false'},
    ],
    rejected: [{...IMAGE, auto_publish_text: 'true'}],
  },
  {
    rule: 'the posts to reply to and to quote exist',
    accepted: [],
    rejected: [
      {...TEXT, reply_to_id: '17900000000000001'},
      {...TEXT, quote_post_id: '17900000000000001'},
    ],
  },
];

describe('sandbox: limits of posts', () => {
  for (const {rule, accepted, rejected} of RULES) {
    it(
      rule,
      withSandbox(async sandbox => {
        const {post, create} = caller(sandbox);
        for (const content of accepted) await create(content);
        const before = sandbox.containers.length;
        for (const content of rejected) expectGraphError(await post('/v1.0/me/threads', content), 100);
        expect([before, sandbox.containers.length]).to.deep.equal([accepted.length, accepted.length]);
      }),
    );
  }

  it(
    'a carousel has 2 to 20 items, each a carousel item of the same account',
    withSandbox(async sandbox => {
      const {post, create} = caller(sandbox);
      const item = await create({...IMAGE, is_carousel_item: 'true'});
      const plain = await create(IMAGE);
      const carousel = (...children: string[]): Promise<Reply> =>
        post('/v1.0/me/threads', {media_type: 'CAROUSEL', children: children.join(',')});

      expectGraphError(await post('/v1.0/me/threads', {media_type: 'CAROUSEL'}), 100);
      expectGraphError(await carousel(item), 100);
      expectGraphError(await carousel(...Array(21).fill(item)), 100);
      expectGraphError(await carousel(item, plain), 100);
      expectGraphError(await carousel(item, '17900000000000001'), 100);
      for (const count of [2, 20]) expect((await carousel(...Array(count).fill(item))).status).to.equal(200);
    }),
  );
});
