import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Browser} from 'playwright-core';
import {writeRedirectFile} from '../../src/oauth/redirect-file.js';
import {launchChromium} from '../support/chromium.js';
import {ROOT, World} from '../support/world.js';

/** Screenshots of the pages, to look at by hand. */
const SCREENSHOTS = join(ROOT, 'screenshots');

describe('a login in Chromium', () => {
  let world: World;
  let browser: Browser;
  before(async function () {
    browser = await launchChromium(
      this,
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    );
    await mkdir(SCREENSHOTS, {recursive: true});
  });
  after(() => browser?.close());
  beforeEach(async () => {
    world = await World.create({consent: 'page'});
  });
  afterEach(() => world.destroy());

  it('leads from the consent page through the certificate warning to the success page', async () => {
    const page = await browser.newPage();
    const running = world.startAuthorize(['--scope', 'all']);
    await page.goto(await running.authorizationUrl());
    await page.screenshot({path: join(SCREENSHOTS, 'consent.png')});
    await page.getByLabel(/threads_delete/).uncheck();
    await page.getByRole('button', {name: 'Allow'}).click();

    await running.saying(/Advanced, then Proceed/);
    await page.locator('#details-button').click();
    await page.screenshot({path: join(SCREENSHOTS, 'certificate-warning.png')});
    await page.locator('#proceed-link').click();

    await page.getByRole('heading', {name: /logged in/i}).waitFor();
    await page.screenshot({path: join(SCREENSHOTS, 'success.png')});
    expect(await page.textContent('body')).to.contain('@sandbox_account');
    const {code, stdout, stderr} = await running.ended;
    expect(code).to.equal(0);
    expect(stdout).to.contain('Authorized @sandbox_account');
    expect(stderr).to.contain('Not granted: threads_delete');
    expect((await world.stored('sandbox_account'))!.scopes).to.have.length(10);
    await page.close();
  });

  it('M3: starts from the file that is opened in place of the address', async () => {
    const running = world.startAuthorize();
    const url = await running.authorizationUrl();
    const file = await writeRedirectFile(url, {});
    const page = await browser.newPage();
    await page.goto(file.url);
    await page.waitForURL(url);
    expect(await page.evaluate(() => document.referrer)).to.equal('');
    file.remove();
    await page.close();
    running.child.kill('SIGINT');
    await running.ended;
  });

  it('shows the next step after a refusal', async () => {
    const context = await browser.newContext({ignoreHTTPSErrors: true});
    const page = await context.newPage();
    const running = world.startAuthorize();
    await page.goto(await running.authorizationUrl());
    await page.getByRole('button', {name: 'Deny'}).click();
    await page.getByText('tool threads authorize').waitFor();
    await page.screenshot({path: join(SCREENSHOTS, 'refused.png')});
    expect((await running.ended).code).to.equal(4);
    await context.close();
  });
});
