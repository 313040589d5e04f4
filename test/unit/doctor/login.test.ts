import {once} from 'node:events';
import {chmod, copyFile, mkdir, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome} from '../../../src/config/home.js';
import {checkBrowser} from '../../../src/doctor/browser.js';
import {checkCertificate} from '../../../src/doctor/certificate.js';
import {checkPort} from '../../../src/doctor/port.js';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {needsLinux} from '../../support/needs.js';
import {freePort} from '../../support/ports.js';
import {withHome} from '../../support/temporary-home.js';
import {said, situationIn, told} from './situation.js';

const nowhere = findHome({TOOL_HOME: '/nowhere'});
const DAY = 24 * 60 * 60 * 1000;

describe('doctor: the callback port', () => {
  const at = (port: number) => ({
    ...situationIn(nowhere),
    platform: {...threads, defaultRedirectUri: `https://localhost:${port}/callback`},
  });

  it('is free, and still free afterwards', async () => {
    const port = await freePort();
    for (let time = 0; time < 2; time++) {
      expect(await told(checkPort, at(port))).to.deep.equal([
        `ok Port ${port}, on which a login listens, is free.`,
      ]);
    }
  });

  for (const address of ['127.0.0.1', '::1'])
    it(`causes a warning if another program listens on ${address}`, async () => {
      const port = await freePort();
      const other = createServer().listen(port, address);
      await once(other, 'listening');
      const [remark] = await said(checkPort, at(port));
      other.close();
      expect(remark).to.include({level: 'warning', exit_code: 0});
      expect(remark!.message).to.contain(`port ${port}`).and.contain('already in use');
      expect(remark!.suggestions).not.to.deep.equal([]);
    });
});

describe('diagnosis: the callback’s certificate', () => {
  const toldAfter = (use: (tls: string) => Promise<unknown>, expected: RegExp) =>
    withHome(async home => {
      await use(home.tls);
      const remarks = await told(checkCertificate, situationIn(home));
      expect(remarks).to.have.length(1);
      expect(remarks[0]).to.match(expected);
    });

  it(
    'is not there yet',
    toldAfter(async () => {}, /^note No callback certificate/),
  );
  it(
    'is told with its days',
    toldAfter(loopbackCertificate, /^ok .* valid for 89 days, until \d{4}-\d\d-\d\d\.$/),
  );
  it(
    'has expired',
    toldAfter(tls => loopbackCertificate(tls, new Date(Date.now() - 91 * DAY)), /^warning .* expired on /),
  );
  it(
    'is without its key',
    toldAfter(async tls => {
      await loopbackCertificate(tls);
      await rm(join(tls, 'callback.key'));
    }, /^warning .* does not match its key/),
  );
  it(
    'has another key',
    toldAfter(async tls => {
      await loopbackCertificate(tls);
      await loopbackCertificate(`${tls}-other`);
      await copyFile(join(`${tls}-other`, 'callback.key'), join(tls, 'callback.key'));
    }, /^warning .* does not match its key/),
  );
  it(
    'is damaged',
    toldAfter(async tls => {
      await mkdir(tls);
      await writeFile(join(tls, 'callback.crt'), 'CANARY');
      await chmod(tls, 0o700);
    }, /^warning .* is damaged/),
  );
});

describe('doctor: the browser', () => {
  for (const [env, expected] of [
    [{TOOL_BROWSER: 'CANARY'}, /^ok .* set by TOOL_BROWSER/],
    [{BROWSER: 'CANARY', DISPLAY: ':0'}, /^ok .* set by BROWSER/],
    [{DISPLAY: ':0'}, /^ok A login opens the system browser/],
    [{BROWSER: 'CANARY', CI: 'true'}, /^note CI is set/],
  ] as const)
    it(`depends on ${Object.keys(env).join(' and ')}`, async () => {
      expect((await told(checkBrowser, situationIn(nowhere, env)))[0])
        .to.match(expected)
        .and.not.contain('CANARY');
    });

  it('is not opened without a display', async function () {
    needsLinux(this);
    expect((await told(checkBrowser, situationIn(nowhere)))[0]).to.match(/^note No display/);
  });
});
