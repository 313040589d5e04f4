import {expect} from 'chai';
import {caller, expectGraphError, type Reply, withSandbox} from './client.js';

const IMAGE = {media_type: 'IMAGE', image_url: 'https://example.com/a.jpg'};
const VIDEO = {media_type: 'VIDEO', video_url: 'https://example.com/a.mp4'};
const TEXT = {media_type: 'TEXT', text: 'A text'};

const links = (count: number) => Array.from({length: count}, (_, index) => `https://example.com/${index}`);

/** Content that the service takes, and content just beyond it. */
const RULES: {rule: string; taken: Record<string, string>[]; refused: Record<string, string>[]}[] = [
  {
    rule: 'the media type is one of four',
    taken: [TEXT, IMAGE, VIDEO],
    refused: [{text: 'A text'}, {...TEXT, media_type: 'text'}, {...TEXT, media_type: 'AUDIO'}],
  },
  {
    rule: 'a TEXT has a text, the others need none',
    taken: [TEXT, IMAGE],
    refused: [{media_type: 'TEXT'}, {media_type: 'TEXT', text: ''}],
  },
  {
    rule: 'an IMAGE has the address of an image',
    taken: [{...IMAGE, image_url: 'http://example.com/a.png'}],
    refused: [
      {media_type: 'IMAGE'},
      {...IMAGE, image_url: '/a.jpg'},
      {...IMAGE, image_url: 'file:///a.jpg'},
      {...VIDEO, media_type: 'IMAGE'},
    ],
  },
  {
    rule: 'a VIDEO has the address of a video',
    taken: [VIDEO],
    refused: [{media_type: 'VIDEO'}, {...VIDEO, video_url: 'a.mp4'}, {...IMAGE, media_type: 'VIDEO'}],
  },
  {
    rule: 'a text has 500 characters',
    taken: [
      {...TEXT, text: 'ü'.repeat(500)},
      {...TEXT, text: '漢'.repeat(500)},
      {...IMAGE, text: 'a'.repeat(500)},
    ],
    refused: [
      {...TEXT, text: 'a'.repeat(501)},
      {...IMAGE, text: 'a'.repeat(501)},
    ],
  },
  {
    rule: 'an emoji counts its UTF-8 bytes',
    taken: [
      {...TEXT, text: '😀'.repeat(125)},
      {...TEXT, text: `${'a'.repeat(475)}👨‍👩‍👧‍👦`},
      {...TEXT, text: `${'a'.repeat(494)}❤️`},
      {...TEXT, text: `${'a'.repeat(492)}🇩🇪`},
    ],
    refused: [
      {...TEXT, text: `${'😀'.repeat(125)}a`},
      {...TEXT, text: `${'a'.repeat(476)}👨‍👩‍👧‍👦`},
      {...TEXT, text: `${'a'.repeat(495)}❤️`},
      {...TEXT, text: `${'a'.repeat(493)}🇩🇪`},
    ],
  },
  {
    rule: 'an alternative text has 1,000 characters',
    taken: [{...IMAGE, alt_text: 'a'.repeat(1000)}],
    refused: [{...IMAGE, alt_text: 'a'.repeat(1001)}],
  },
  {
    rule: 'an attached link is a URL, on a TEXT only',
    taken: [{...TEXT, link_attachment: 'https://example.com/'}],
    refused: [
      {...TEXT, link_attachment: 'example'},
      {...IMAGE, link_attachment: 'https://example.com/'},
    ],
  },
  {
    rule: 'there are five different links, the attached one included',
    taken: [
      {...TEXT, text: links(5).join(' ')},
      {...TEXT, text: [...links(5), ...links(5)].join(' ')},
      {...TEXT, text: links(5).join(' '), link_attachment: links(1)[0]!},
      {...TEXT, text: `${links(4).join(' ')} www.example.com, (see www.example.com).`},
    ],
    refused: [
      {...TEXT, text: links(6).join(' ')},
      {...TEXT, text: `${links(5).join(' ')} www.example.com`},
      {...TEXT, text: links(5).join(' '), link_attachment: 'https://example.com/5'},
    ],
  },
  {
    rule: 'who may reply is one of five',
    taken: [
      'everyone',
      'accounts_you_follow',
      'mentioned_only',
      'parent_post_author_only',
      'followers_only',
    ].map(reply_control => ({...TEXT, reply_control})),
    refused: [{...TEXT, reply_control: 'nobody'}],
  },
  {
    rule: 'a topic tag has 1 to 50 characters, no period and no ampersand',
    taken: ['a', 'ü'.repeat(50), '𝄞'.repeat(50), 'two words'].map(topic_tag => ({...TEXT, topic_tag})),
    refused: ['', 'a'.repeat(51), 'a.b', 'a&b'].map(topic_tag => ({...TEXT, topic_tag})),
  },
  {
    rule: 'a carousel item is an image or a video',
    taken: [
      {...IMAGE, is_carousel_item: 'true'},
      {...VIDEO, is_carousel_item: 'true'},
      {...TEXT, is_carousel_item: 'false'},
    ],
    refused: [{...TEXT, is_carousel_item: 'true'}],
  },
  {
    rule: 'only a TEXT is published at once',
    taken: [
      {...TEXT, auto_publish_text: 'true'},
      {...IMAGE, auto_publish_text: 'false'},
    ],
    refused: [{...IMAGE, auto_publish_text: 'true'}],
  },
  {
    rule: 'what is replied to or quoted exists',
    taken: [],
    refused: [
      {...TEXT, reply_to_id: '17900000000000001'},
      {...TEXT, quote_post_id: '17900000000000001'},
    ],
  },
];

describe('sandbox: content', () => {
  for (const {rule, taken, refused} of RULES) {
    it(
      rule,
      withSandbox(async sandbox => {
        const {post, create} = caller(sandbox);
        for (const content of taken) await create(content);
        const before = sandbox.containers.length;
        for (const content of refused) expectGraphError(await post('/v1.0/me/threads', content), 100);
        expect([before, sandbox.containers.length]).to.deep.equal([taken.length, taken.length]);
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
