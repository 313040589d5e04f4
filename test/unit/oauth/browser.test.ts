import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, watch} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {openBrowser} from '../../../src/oauth/browser.js';
import {needsLinux, needsPosix} from '../../support/needs.js';
import {withFolder} from './support.js';

/** A URL with every character that a shell may interpret. */
const url = 'https://example.org/a?b=c&d=$(touch pwned)`touch pwned`;touch pwned|x>y<z"\'\\ *$HOME !!#_%s%20';

/** Creates a browser that records its arguments. `argv` waits for them. */
const withBrowser = (
  use: (browser: string, argv: () => Promise<string[]>, folder: string) => Promise<void>,
) =>
  withFolder(async folder => {
    const browser = join(folder, 'browser.sh');
    const log = join(folder, 'argv');
    await writeFile(browser, `printf '%s\\0' "$@" > "${log}.part"; mv "${log}.part" "${log}"\n`);
    const written = new Promise<void>(resolve => {
      const watcher = watch(folder, () => {
        if (!existsSync(log)) return;
        watcher.close();
        resolve();
      });
    });
    const argv = async () => {
      await written;
      return (await readFile(log, 'utf8')).split('\0').slice(0, -1);
    };
    await use(`sh ${browser}`, argv, folder);
  });

describe('browser', () => {
  before(function () {
    needsPosix(this);
  });

  const commands: Record<string, [(browser: string) => string, string[]]> = {
    'a command alone': [browser => browser, [url]],
    'a command with arguments': [
      browser => `${browser} --new-window --profile="my own"`,
      ['--new-window', '--profile=my own', url],
    ],
    'a command with %s': [browser => `${browser} %s --last`, [url, '--last']],
    'a command with a quoted %s': [browser => `${browser} "%s" '%s'`, [url, url]],
    'a command that continues in the background': [browser => `${browser} %s &`, [url]],
  };
  for (const [what, [command, expected]] of Object.entries(commands)) {
    it(`passes the URL unchanged to ${what}`, () =>
      withBrowser(async (browser, argv, folder) => {
        expect(await openBrowser(url, {command: command(browser), env: process.env})).to.equal(true);
        expect(await argv()).to.deep.equal(expected);
        expect(existsSync(join(folder, 'pwned')) || existsSync('pwned')).to.equal(false);
      }));
  }

  it('M3: passes the address of a file to a browser that can read it, else the URL', () =>
    withBrowser(async (_, argv, folder) => {
      const log = join(folder, 'argv');
      await writeFile(join(folder, 'firefox'), `#!/bin/sh\necho "$@" >> "${log}"\n`, {mode: 0o755});
      const env = {PATH: `${folder}:${process.env.PATH}`};
      const redirectFile = async () => 'file:///fake/login.html';
      const failing = async () => Promise.reject(new Error('no space'));
      expect(await openBrowser('https://example.org', {command: 'firefox', env, redirectFile})).to.equal(
        true,
      );
      await argv();
      for (const options of [
        {command: 'firefox', redirectFile: failing},
        {command: 'firefox'},
        {command: `sh ${folder}/firefox`, redirectFile},
      ]) {
        expect(await openBrowser('https://example.org', {env, ...options})).to.equal(true);
      }
      const calls = (await readFile(log, 'utf8')).trim().split('\n');
      const file = process.platform === 'linux' ? 'file:///fake/login.html' : 'https://example.org';
      expect(calls).to.deep.equal([file, ...Array(3).fill('https://example.org')]);
    }));

  it("is the system's browser if no command is given", function () {
    needsLinux(this);
    return withBrowser(async (browser, argv, folder) => {
      // Without a desktop and preferences, xdg-open uses BROWSER.
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        XDG_DATA_DIRS: folder,
        DISPLAY: ':none',
        BROWSER: browser,
      };
      const before = process.env;
      process.env = env;
      try {
        expect(await openBrowser('https://example.org/?a=b&c=$(d)', {env})).to.equal(true);
      } finally {
        process.env = before;
      }
      expect(await argv()).to.deep.equal(['https://example.org/?a=b&c=$(d)']);
    });
  });

  it('returns false if the command does not exist or fails', async () => {
    expect(await openBrowser(url, {command: 'no-such-browser-anywhere', env: process.env})).to.equal(false);
    expect(await openBrowser(url, {command: 'exit 3;', env: process.env})).to.equal(false);
    expect(await openBrowser(url, {command: 'true', env: {PATH: '/nowhere'}})).to.equal(false);
  });

  it('returns false if there is no display', async () => {
    const {platform} = process;
    Object.defineProperty(process, 'platform', {value: 'linux'});
    try {
      expect(await openBrowser(url, {env: {PATH: process.env.PATH}})).to.equal(false);
    } finally {
      Object.defineProperty(process, 'platform', {value: platform});
    }
  });

  it('does not keep the process waiting for the browser', () =>
    withFolder(async folder => {
      const script = `
        import {openBrowser} from ${JSON.stringify(join(process.cwd(), 'src/oauth/browser.ts'))};
        const started = await openBrowser('https://example.org', {command: 'echo $$ > ${folder}/pid; exec sleep 60; :', env: process.env});
        process.stdout.write(String(started));`;
      const began = Date.now();
      const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const output = child.stdout.setEncoding('utf8').toArray();
      const [code] = await once(child, 'exit');
      const browser = Number(await readFile(join(folder, 'pid'), 'utf8'));
      try {
        expect(code).to.equal(0);
        expect((await output).join('')).to.equal('true');
        expect(Date.now() - began).to.be.below(20_000);
        expect(process.kill(browser, 0), 'the browser is still running').to.equal(true);
      } finally {
        process.kill(browser);
      }
    }));
});
