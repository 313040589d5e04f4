import {setTimeout} from 'node:timers/promises';
import {VaultError} from '../errors.js';
import {plural} from '../plural.js';
import type {AuthorizationAnswer, LoopbackListener} from './loopback-listener.js';
import {parseRedirect} from './redirect.js';

const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds; a longer one would fire at once

/**
 * Waits for the answer to an authorization request: from the callback listener, or pasted by the person,
 * whichever is first. An answer with `error` is an answer, too. The listener stays open, for `respond`;
 * closing it, and stdin, is the caller's.
 *
 * @param options.listener absent when the redirect URI is not loopback: then only pasting works
 * @param options.pasted lines from stdin; their end does not end the wait while there is a listener
 * @param options.onBadPaste told why a pasted line is no answer; the wait goes on
 * @throws VaultError AUTHORIZATION_TIMEOUT; USAGE when nothing can arrive any more
 */
export async function awaitAuthorization(options: {
  listener?: LoopbackListener;
  pasted?: AsyncIterable<string>;
  onBadPaste: (error: VaultError) => void;
  redirectUri: string;
  state: string;
  timeoutSeconds: number;
}): Promise<AuthorizationAnswer> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      timeOut(options.timeoutSeconds, stop.signal),
      options.listener?.answer ?? never,
      pastedAnswer(options, stop.signal),
    ]);
  } finally {
    stop.abort();
  }
}

const never = new Promise<never>(() => {});

async function timeOut(seconds: number, stopped: AbortSignal): Promise<never> {
  await setTimeout(Math.min(seconds * 1000, LONGEST_TIMER), undefined, {signal: stopped});
  throw new VaultError(
    'AUTHORIZATION_TIMEOUT',
    `The login was not completed within ${plural(seconds, 'second')}.`,
    ['Run the command again and complete the login in the browser.', 'More time: --timeout 900'],
  );
}

async function pastedAnswer(
  options: Parameters<typeof awaitAuthorization>[0],
  stopped: AbortSignal,
): Promise<AuthorizationAnswer> {
  const lines = options.pasted?.[Symbol.asyncIterator]();
  // Not awaited: while a line is awaited, some iterators do not return before it comes.
  stopped.addEventListener('abort', () => void lines?.return?.().catch(() => {}));
  while (!stopped.aborted) {
    const line = await lines?.next().catch(() => undefined); // a broken stdin is one that has ended
    if (!line || line.done) break;
    if (stopped.aborted || line.value.trim() === '') continue;
    try {
      return parseRedirect(line.value, options);
    } catch (error) {
      options.onBadPaste(error as VaultError);
    }
  }
  if (options.listener) return never;
  throw new VaultError('USAGE', 'The input has ended, so no address can be pasted any more.', [
    'Run the command in a terminal, or give it the address of the last page on its standard input.',
  ]);
}
