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

/** The error of a post that is over a limit; undefined for one that is not. */
function problemWith(content: Content): VaultError | undefined {
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

describe('threads content: characters as Meta counts them', () => {
  for (const [what, words, count] of [
    ['letters', 'abc', 3],
    ['an accent', 'é', 1],
    ['Japanese', '日本語', 3],
    ['curly quotes', '“x”', 3],
    ['an emoji, by its bytes', '😀', 4],
    ['an emoji of three bytes', '✨', 3],
    ['a heart with its selector', '❤️', 6],
    ['a heart as text', '❤', 1],
    ['a family', '👨‍👩‍👧', 18],
    ['a flag', '🇨🇭', 8],
    ['a keycap', '1️⃣', 7],
    ['skin', '👍🏽', 8],
    ['a digit', '1', 1],
    ['a sign', '©', 1],
    ['line ends', 'a\nb', 3],
    ['nothing', '', 0],
  ] as const) {
    it(`${what}: ${count}`, () => {
      expect(countCharacters(words)).to.equal(count);
    });
  }
});

describe('threads content: limits', () => {
  it('lets pass what is just within them', () => {
    expect(problemWith(text('x'.repeat(500)))).to.equal(undefined);
    expect(problemWith(text('😀'.repeat(125)))).to.equal(undefined);
    expect(problemWith(carousel(2))).to.equal(undefined);
    expect(problemWith(carousel(20))).to.equal(undefined);
    expect(problemWith({...IMAGE, altText: '😀'.repeat(1000)})).to.equal(undefined);
    expect(problemWith(text('x', {topic: 'x'.repeat(50)}))).to.equal(undefined);
    expect(problemWith({type: 'video', url: 'http://example.com/a.mp4'})).to.equal(undefined);
    expect(
      problemWith(text('x', {replyTo: '17900000000000001', quote: '1', replyControl: 'everyone'})),
    ).to.equal(undefined);
  });

  for (const [what, content, told] of [
    ['a text of 501', text('x'.repeat(501)), /501.*500/],
    ['126 emoji', text('😀'.repeat(126)), /504.*500/],
    ['the text of an image', {...IMAGE, text: 'x'.repeat(501)}, /501.*500/],
    ['no text', text(''), /needs a text/],
    ['blanks', text(' \n '), /needs a text/],
    ['a carousel of none', carousel(0), /2 to 20.*0/],
    ['a carousel of one', carousel(1), /2 to 20.*1/],
    ['a carousel of 21', carousel(21), /2 to 20.*21/],
    ['alternative text of 1001', {...IMAGE, altText: 'x'.repeat(1001)}, /1001.*1000/],
    ['a topic of 51', text('x', {topic: 'x'.repeat(51)}), /51.*50/],
    ['an empty topic', text('x', {topic: ''}), /topic/i],
    ['a topic with a dot', text('x', {topic: 'a.b'}), /topic/i],
    ['a topic with an ampersand', text('x', {topic: 'a&b'}), /topic/i],
    ['a reply control of its own', text('x', {replyControl: 'nobody'}), /who may reply/],
    ['a reply to an address', text('x', {replyTo: 'https://www.threads.com/@a/post/x'}), /id is a number/],
    ['a quote of a word', text('x', {quote: 'x'}), /id is a number/],
    ['a link without a scheme', text('x', {link: 'example.com'}), /https:\/\//],
    ['an image on the disk', {...IMAGE, url: '/home/me/a.jpg'}, /image.*https:\/\//],
    ['a video on the disk', {type: 'video', url: 'file:///a.mp4'}, /video.*https:\/\//],
    ['the second item', {type: 'carousel', items: [IMAGE, {type: 'image', url: ''}]}, /image 2.*https:\/\//],
  ] as [string, Content, RegExp][]) {
    it(`refuses ${what}, with what is allowed`, () => {
      expect(problemWith(content)?.message).to.match(told);
    });
  }

  it('says what Threads needs of an image, and never repeats its address', () => {
    const error = problemWith({...IMAGE, url: 'C:\\secret.jpg'})!;
    expect(error.suggestions.join()).to.contain('public server');
    expect(JSON.stringify(error)).not.to.contain('secret');
  });

  const link = (count: number) =>
    Array.from({length: count}, (_, index) => `https://example.com/${index}.`).join(' ');

  it('counts each link once, the one below the text too', () => {
    expect(problemWith(text(link(5)))).to.equal(undefined);
    expect(problemWith(text(`${link(5)} ${link(5)}`, {link: 'https://example.com/0'}))).to.equal(undefined);
    expect(problemWith(text(link(6)))?.message).to.match(/5 links.*6/);
    expect(problemWith(text(link(5), {link: 'https://example.com/more'}))?.message).to.match(/5 links.*6/);
    expect(problemWith(text(`${link(5)} www.example.com`))?.message).to.match(/5 links.*6/);
    expect(problemWith({...IMAGE, text: link(6)})?.message).to.match(/5 links.*6/);
  });

  it('takes digits only for an id', () => {
    expect(checkId('26139168152370559')).to.equal('26139168152370559');
    for (const bad of ['', 'me', '1/2', '-1', '1 ', '1'.repeat(33)])
      expect(() => checkId(bad)).to.throw(/number/);
  });
});

describe('threads content: parameters', () => {
  const parameters = (form: URLSearchParams) => Object.fromEntries(form);

  it('of a text, with all that there is', () => {
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

  it('of an image and a video, without what is empty', () => {
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

  it('of a carousel and its items: the text belongs to the carousel', () => {
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
