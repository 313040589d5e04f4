import {expect} from 'chai';
import {type VaultError, VaultError as VaultErrorClass} from '../../../../../src/errors.js';
import {
  type Content,
  checkContent,
  checkId,
  containerForm,
  countCharacters,
  itemForm,
  type MediaItem,
} from '../../../../../src/platforms/threads/api/content.js';

const IMAGE: MediaItem = {type: 'image', url: 'https://example.com/a.jpg'};

/** Returns the error for content that exceeds a limit, else undefined. */
function usageErrorOf(content: Content): VaultError | undefined {
  try {
    checkContent(content);
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(VaultErrorClass);
    expect((error as VaultError).code).to.equal('USAGE');
    return error as VaultError;
  }
}
const text = (text: string, more: object = {}): Content => ({type: 'text', text, ...more});
const carousel = (length: number): Content => ({type: 'carousel', items: Array(length).fill(IMAGE)});

describe('countCharacters', () => {
  for (const [name, characters, count] of [
    ['letters', 'abc', 3],
    ['an accent', 'é', 1],
    ['Japanese', '日本語', 3],
    ['curly quotes', '“x”', 3],
    ['an emoji of four bytes', '😀', 4],
    ['an emoji of three bytes', '✨', 3],
    ['a heart with an emoji variation selector', '❤️', 6],
    ['a heart as text', '❤', 1],
    ['a family joined by ZWJ', '👨‍👩‍👧', 18],
    ['a flag', '🇨🇭', 8],
    ['a keycap', '1️⃣', 7],
    ['a skin tone', '👍🏽', 8],
    ['a digit', '1', 1],
    ['a symbol', '©', 1],
    ['a line break', 'a\nb', 3],
    ['an empty text', '', 0],
  ] as const) {
    it(`counts ${name} as ${count}`, () => {
      expect(countCharacters(characters)).to.equal(count);
    });
  }
});

describe('checkContent', () => {
  it('accepts content at the limits', () => {
    expect(usageErrorOf(text('x'.repeat(500)))).to.equal(undefined);
    expect(usageErrorOf(text('😀'.repeat(125)))).to.equal(undefined);
    expect(usageErrorOf(carousel(2))).to.equal(undefined);
    expect(usageErrorOf(carousel(20))).to.equal(undefined);
    expect(usageErrorOf({...IMAGE, altText: '😀'.repeat(1000)})).to.equal(undefined);
    expect(usageErrorOf(text('x', {topic: 'x'.repeat(50)}))).to.equal(undefined);
    expect(usageErrorOf({type: 'video', url: 'http://example.com/a.mp4'})).to.equal(undefined);
    expect(
      usageErrorOf(text('x', {replyTo: '17900000000000001', quote: '1', replyControl: 'everyone'})),
    ).to.equal(undefined);
  });

  for (const [what, content, message] of [
    ['a text of 501 characters', text('x'.repeat(501)), /501.*500/],
    ['126 emoji', text('😀'.repeat(126)), /504.*500/],
    ['the text of an image', {...IMAGE, text: 'x'.repeat(501)}, /501.*500/],
    ['no text', text(''), /needs text/],
    ['whitespace only', text(' \n '), /needs text/],
    ['an empty carousel', carousel(0), /2 to 20.*0/],
    ['a carousel of one item', carousel(1), /2 to 20.*1/],
    ['a carousel of 21 items', carousel(21), /2 to 20.*21/],
    ['an alt text of 1001 characters', {...IMAGE, altText: 'x'.repeat(1001)}, /1001.*1000/],
    ['a topic of 51 characters', text('x', {topic: 'x'.repeat(51)}), /51.*50/],
    ['an empty topic', text('x', {topic: ''}), /topic/i],
    ['a topic with a dot', text('x', {topic: 'a.b'}), /topic/i],
    ['a topic with an ampersand', text('x', {topic: 'a&b'}), /topic/i],
    ['an unknown reply control', text('x', {replyControl: 'nobody'}), /Unknown reply control: nobody/],
    ['a reply to a URL', text('x', {replyTo: 'https://www.threads.com/@a/post/x'}), /ID must be a number/],
    ['a quote of a word', text('x', {quote: 'x'}), /ID must be a number/],
    ['a link without a scheme', text('x', {link: 'example.com'}), /https:\/\//],
    ['a local image', {...IMAGE, url: '/home/me/a.jpg'}, /image.*https:\/\//],
    ['a local video', {type: 'video', url: 'file:///a.mp4'}, /video.*https:\/\//],
    [
      'an invalid second item',
      {type: 'carousel', items: [IMAGE, {type: 'image', url: ''}]},
      /image 2.*https:\/\//,
    ],
  ] as [string, Content, RegExp][]) {
    it(`rejects ${what}, and says what is allowed`, () => {
      expect(usageErrorOf(content)?.message).to.match(message);
    });
  }

  it('asks for a public server and does not repeat the URL of an image', () => {
    const error = usageErrorOf({...IMAGE, url: 'C:\\secret.jpg'})!;
    expect(error.suggestions.join()).to.contain('public server');
    expect(JSON.stringify(error)).not.to.contain('secret');
  });

  const link = (count: number) =>
    Array.from({length: count}, (_, index) => `https://example.com/${index}.`).join(' ');

  it('counts each link once, including the attached one', () => {
    expect(usageErrorOf(text(link(5)))).to.equal(undefined);
    expect(usageErrorOf(text(`${link(5)} ${link(5)}`, {link: 'https://example.com/0'}))).to.equal(undefined);
    expect(usageErrorOf(text(link(6)))?.message).to.match(/5 links.*6/);
    expect(usageErrorOf(text(link(5), {link: 'https://example.com/more'}))?.message).to.match(/5 links.*6/);
    expect(usageErrorOf(text(`${link(5)} www.example.com`))?.message).to.match(/5 links.*6/);
    expect(usageErrorOf({...IMAGE, text: link(6)})?.message).to.match(/5 links.*6/);
  });

  it('accepts digits only as an ID', () => {
    expect(checkId('26139168152370559')).to.equal('26139168152370559');
    for (const bad of ['', 'me', '1/2', '-1', '1 ', '1'.repeat(33)])
      expect(() => checkId(bad)).to.throw(/number/);
  });
});

describe('containerForm and itemForm', () => {
  const parameters = (form: URLSearchParams) => Object.fromEntries(form);

  it('send a text post with every option', () => {
    const content = text('Hello & good-bye', {
      link: 'https://example.com',
      replyTo: '1',
      replyControl: 'mentioned_only',
      topic: 'doors',
      quote: '2',
    });
    expect(parameters(containerForm(content))).to.deep.equal({
      media_type: 'TEXT',
      text: 'Hello & good-bye',
      link_attachment: 'https://example.com',
      reply_to_id: '1',
      reply_control: 'mentioned_only',
      topic_tag: 'doors',
      quote_post_id: '2',
    });
  });

  it('send an image and a video, without empty values', () => {
    expect(parameters(containerForm({...IMAGE, altText: 'A door', text: ''}))).to.deep.equal({
      media_type: 'IMAGE',
      image_url: IMAGE.url,
      alt_text: 'A door',
    });
    expect(parameters(containerForm({type: 'video', url: 'https://v', text: 'x'}))).to.deep.equal({
      media_type: 'VIDEO',
      video_url: 'https://v',
      text: 'x',
    });
  });

  it('send the text with the carousel, not with its items', () => {
    expect(parameters(itemForm({...IMAGE, altText: 'A door'}))).to.deep.equal({
      media_type: 'IMAGE',
      is_carousel_item: 'true',
      image_url: IMAGE.url,
      alt_text: 'A door',
    });
    expect(
      parameters(containerForm({type: 'carousel', items: [IMAGE, IMAGE], text: 'x'}, ['1', '2'])),
    ).to.deep.equal({
      media_type: 'CAROUSEL',
      children: '1,2',
      text: 'x',
    });
  });
});
