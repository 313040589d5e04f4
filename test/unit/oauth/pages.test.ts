import {createHash} from 'node:crypto';
import {expect} from 'chai';
import type {Browser} from 'playwright-core';
import {
  failedPage,
  otherUserPage,
  type Page,
  RESPONSE_HEADERS,
  redirectPage,
  refusedPage,
  strayPage,
  successPage,
} from '../../../src/oauth/pages.js';
import {launchChromium} from '../../support/chromium.js';

const evil = `<script>alert(1)</script>"'&lt;${'long'.repeat(100)}`;
const pages: Record<string, Page> = {
  success: successPage({account: '@anna', identifier: 'work', platform: 'Threads'}),
  refusal: refusedPage({reason: 'The user denied your request', command: 'tool threads authorize'}),
  failure: failedPage({message: 'Nothing was stored.', suggestions: ['Free some space.', 'Run it again.']}),
  'evil success': successPage({account: evil, identifier: evil, platform: evil}),
  'evil refusal': refusedPage({reason: evil, command: evil}),
  stray: strayPage(400, 'The URL is incomplete: it has no `state` parameter.'),
  "another user's": otherUserPage(),
  'evil failure': failedPage({message: evil, suggestions: [evil]}),
};
const words = ({html}: Page) =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('pages', () => {
  it('show the account, the name of the credential and that the login is complete', () => {
    expect(words(pages.success!)).to.match(
      /Logged in as @anna.*Threads account.*stored as work .*close this window/,
    );
    expect(pages.success!.status).to.equal(200);
  });

  it('say after a refusal that nothing was stored and what to run', () => {
    expect(words(pages.refusal!)).to.match(
      /Access denied.*nothing was stored.*The user denied.*tool threads authorize/,
    );
  });

  it('say what failed and what to do next', () => {
    expect(words(pages.failure!)).to.match(
      /failed.*Nothing was stored\. .*Free some space\. .*Run it again\./,
    );
    expect(words(failedPage({message: 'No.', suggestions: []}))).to.not.include('do next');
  });

  it('explain a stray request', () => {
    const {status} = pages.stray!;
    expect(status).to.equal(400);
    expect(pages.stray!.html).to.include('it has no <code>state</code> parameter.');
  });

  it('lead to the login page from a file', () => {
    const html = redirectPage('https://example.org/?a=1&b="><script>');
    expect(html).to.include('content="0; url=https://example.org/?a=1&#38;b=&#34;&#62;&#60;script&#62;"');
    expect(html).to.include('<meta name="referrer" content="no-referrer">').and.not.include('<script');
  });

  for (const [name, {html}] of Object.entries(pages)) {
    it(`escape every value and load nothing (${name})`, () => {
      expect(html).to.not.match(/<script|javascript:|src=|href=|url\(|@import/i);
      expect(html.match(/<style>/g)).to.have.length(1);
      const style = /<style>(.*)<\/style>/s.exec(html)![1]!;
      const hash = createHash('sha256').update(style).digest('base64');
      expect(RESPONSE_HEADERS['Content-Security-Policy']).to.include(`style-src 'sha256-${hash}'`);
    });
  }

  describe('in Chromium', () => {
    let browser: Browser | undefined;

    before(async function () {
      browser = await launchChromium(this);
    });
    after(() => browser?.close());

    for (const [name, {html}] of Object.entries(pages)) {
      it(`fit every window, have one heading and enough contrast in light and dark (${name})`, async () => {
        const page = await browser!.newPage();
        await page.setContent(html);
        expect(await page.locator('h1').count()).to.equal(1);
        expect(await page.locator('html').getAttribute('lang')).to.equal('en');
        expect(await page.title()).to.equal(await page.locator('h1').textContent());
        for (const width of [320, 390, 1280]) {
          await page.setViewportSize({width, height: 800});
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          expect(wide).to.equal(width);
        }
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({colorScheme});
          for (const contrast of await page.evaluate(contrasts)) expect(contrast).to.be.above(4.5);
        }
        await page.close();
      });
    }
  });
});

/** Runs in the page. Returns the contrast (WCAG 2) of each element's text with the background behind it. */
function contrasts(): number[] {
  return [...document.querySelectorAll('main *')].map(element => {
    let behind: Element = element;
    while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement!;
    const [text, ground] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(
      color => {
        const [r, g, b] = color.match(/\d+/g)!.map(value => {
          const channel = Number(value) / 255;
          return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      },
    );
    return (Math.max(text!, ground!) + 0.05) / (Math.min(text!, ground!) + 0.05);
  });
}
