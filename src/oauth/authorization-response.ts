import {setTimeout} from 'node:timers/promises';
import {VaultError} from '../errors.js';
import {plural} from '../plural.js';
import type {AuthorizationAnswer, LoopbackListener} from './loopback-listener.js';
import {parseRedirect} from './redirect.js';

/** Milliseconds. Node fires a timer with a longer delay at once. */
const MAXIMUM_DELAY = 2 ** 31 - 1;

/**
 * Waits for the answer to an authorization request, from the callback listener or pasted by the person,
 * whichever comes first. A redirect with `error` is an answer, too. The listener stays open for `respond`;
 * the caller closes it and stdin.
 *
 * @param options.listener absent if the redirect URI is not loopback; then the address must be pasted
 * @param options.pasted lines from stdin; if they end, the listener is still waited for
 * @param options.onBadPaste called with the reason why a pasted line is not an answer; the wait continues
 * @throws VaultError AUTHORIZATION_TIMEOUT; USAGE if no answer can arrive any longer
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
      failAfter(options.timeoutSeconds, stop.signal),
      options.listener?.answer ?? never,
      readPastedAnswer(options, stop.signal),
    ]);
  } finally {
    stop.abort();
  }
}

const never = new Promise<never>(() => {});

async function failAfter(seconds: number, signal: AbortSignal): Promise<never> {
  await setTimeout(Math.min(seconds * 1000, MAXIMUM_DELAY), undefined, {signal});
  throw new VaultError(
    'AUTHORIZATION_TIMEOUT',
    `The login was not completed within ${plural(seconds, 'second')}.`,
    ['Run the command again and complete the login in the browser.', 'To wait longer, add --timeout 900'],
  );
}

async function readPastedAnswer(
  options: Parameters<typeof awaitAuthorization>[0],
  signal: AbortSignal,
): Promise<AuthorizationAnswer> {
  const lines = options.pasted?.[Symbol.asyncIterator]();
  // Not awaited: some iterators only return after the line that is being read.
  signal.addEventListener('abort', () => void lines?.return?.().catch(() => {}));
  while (!signal.aborted) {
    const line = await lines?.next().catch(() => undefined); // A broken stdin counts as ended.
    if (!line || line.done) break;
    if (signal.aborted || line.value.trim() === '') continue;
    try {
      return parseRedirect(line.value, options);
    } catch (error) {
      options.onBadPaste(error as VaultError);
    }
  }
  if (options.listener) return never;
  throw new VaultError('USAGE', 'Standard input has ended, so no address can be pasted.', [
    'Run the command in a terminal, or pipe the address of the last page to its standard input.',
  ]);
}
