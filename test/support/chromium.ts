import {existsSync} from 'node:fs';
import {type Browser, chromium} from 'playwright-core';
import {needs} from './needs.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** Starts a browser for a suite, which is skipped on a machine without one. */
export async function launchChromium(context: Mocha.Context, ...args: string[]): Promise<Browser> {
  needs(context, 'Chromium', CHROMIUM !== undefined);
  return chromium.launch({executablePath: CHROMIUM!, args: ['--no-sandbox', ...args]});
}
