import {expect} from 'chai';
import type {Browser} from 'playwright-core';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {listenOnLoopback} from '../../../src/oauth/loopback-listener.js';
import {successPage} from '../../../src/oauth/pages.js';
import {launchChromium} from '../../support/chromium.js';
import {freePort, isPending, withFolder} from './support.js';

describe('loopback listener: with Chromium', () => {
  let browser: Browser | undefined;

  before(async function () {
    browser = await launchChromium(this);
  });
  after(() => browser?.close());

  it('reports the certificate warning, waits, and serves the page after the person has continued', async () => {
    const state = 'the-right-state';
    const redirectUri = new URL(`https://localhost:${await freePort()}/callback`);
    const certificate = await withFolder(folder => loopbackCertificate(`${folder}/tls`));
    let warnings = 0;
    const listener = await listenOnLoopback({
      redirectUri,
      state,
      certificate,
      onCertificateWarning: () => {
        warnings += 1;
      },
    });
    try {
      const address = `${redirectUri}?code=the-code&state=${state}#_`;
      const careful = await browser!.newPage();
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const refusal = await careful.goto(address).catch((error: Error) => error);
        expect(String(refusal)).to.include('ERR_CERT_AUTHORITY_INVALID');
      }
      expect(warnings).to.equal(1);
      expect(await isPending(listener.answer)).to.equal(true);

      const page = await browser!.newPage({ignoreHTTPSErrors: true});
      const consoleMessages: string[] = [];
      page.on('console', message => consoleMessages.push(message.text()));
      const arrival = page.goto(address);
      const {parameters, respond} = await listener.answer;
      expect(parameters.get('code')).to.equal('the-code');
      await respond!(successPage({account: '@jo', identifier: 'work', platform: 'Threads'}));
      expect((await arrival)?.status()).to.equal(200);
      expect(await page.title()).to.include('@jo');
      expect(await page.locator('main').evaluate(main => getComputedStyle(main).borderRadius)).to.equal(
        '16px',
      );
      await page.reload();
      expect(await page.title()).to.include('@jo');
      expect(
        consoleMessages.filter(text => !text.includes('favicon') && !text.includes('404')),
      ).to.deep.equal([]);
      expect(warnings).to.equal(1);
    } finally {
      await listener.close();
    }
  });
});
