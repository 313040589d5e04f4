import type {IncomingMessage, RequestOptions as NodeOptions} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {VaultError} from '../errors.js';
import {isObject} from '../json.js';

/** Seconds that one request may take, its answer included. */
const TIMEOUT = 20;
/** Bytes: answers are small JSON documents; a page of megabytes is not one. */
const MAXIMUM_SIZE = 1024 * 1024;
const RETRIES = 3;
/** Seconds: a service that asks for more patience gets none, and the person is told. */
const MAXIMUM_WAIT = 20;

export interface Answer {
  status: number;
  text: string;
  /** Parsed, identifiers kept as strings; undefined where the answer is no JSON object. */
  body: Record<string, unknown> | undefined;
  /** Seconds to wait, from `Retry-After` (RFC 9110 §10.2.3). */
  retryAfter: number | undefined;
  /** The `Date` header. */
  date?: string;
}

export interface RequestOptions {
  method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  form?: URLSearchParams;
  token?: string;
  signal?: AbortSignal;
}

/**
 * One request with a time limit and a bound on the answer's size. No redirect is followed: it would
 * carry a token to another place. Throws NETWORK_FAILED, in words of ours alone, since node's errors
 * and the address hold tokens; INTERRUPTED once `signal` is aborted.
 */
export async function sendRequest(
  url: URL,
  {method = 'GET', form, token, signal}: RequestOptions = {},
): Promise<Answer> {
  const deadline = AbortSignal.timeout(TIMEOUT * 1000);
  try {
    const options = {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'agora-vault',
        ...(token && {authorization: `Bearer ${token}`}),
        ...(form && {'content-type': 'application/x-www-form-urlencoded;charset=UTF-8'}),
      },
      signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
    };
    const response = await request(url, options, form?.toString());
    const status = response.statusCode!;
    const text = await readBounded(response);
    return {
      status,
      text,
      body: status >= 300 && status < 400 ? undefined : parseObject(text),
      retryAfter: parseRetryAfter(response.headers['retry-after']),
      ...(response.headers.date && {date: response.headers.date}),
    };
  } catch (error) {
    if (error instanceof VaultError) throw error;
    if (signal?.aborted) throw requestInterrupted();
    throw networkError(url, deadline.aborted, error as Error);
  }
}

/** By node's own client: `fetch` takes 30 ms more to load and three times the work a request. It follows no redirect. */
async function request(url: URL, options: NodeOptions, body: string | undefined): Promise<IncomingMessage> {
  const {default: client} = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    client.request(url, options, resolve).on('error', reject).end(body);
  });
}

/**
 * Sends until the answer is not a passing fault: for what may be asked twice, never for a grant.
 * `isPassing` reads the answer; network failures and 429, 5xx count by themselves.
 */
export async function sendWithRetries(
  url: URL,
  options: RequestOptions,
  isPassing: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt === RETRIES;
    let wait = 0.5 * 2 ** attempt * (0.75 + Math.random() / 2);
    try {
      const answer = await sendRequest(url, options);
      if (last || !(isPassing(answer) || answer.status === 429 || answer.status >= 500)) return answer;
      if ((answer.retryAfter ?? 0) > MAXIMUM_WAIT) return answer;
      wait = answer.retryAfter ?? wait;
    } catch (error) {
      const unreached = error instanceof VaultError && error.code === 'NETWORK_FAILED';
      if (last || !unreached || options.signal?.aborted) throw error;
    }
    await pause(wait, options.signal);
  }
}

/** Waits so many seconds. Throws INTERRUPTED once `signal` is aborted. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, signal && {signal}).catch(() => {
    throw requestInterrupted();
  });
}

/** Numbers above 2^53 lose digits in JSON.parse: quote the identifiers first. */
export function quoteIdentifiers(json: string): string {
  return json.replaceAll(/("(?:user_id|app_id|deleted_id|id)"\s*:\s*)(\d+)/g, '$1"$2"');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(quoteIdentifiers(text));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readBounded(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_SIZE) {
      throw new VaultError('PLATFORM_FAILED', 'The service sent an answer that is far too large to be one.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseRetryAfter(value: string | undefined): number | undefined {
  if (!value) return undefined;
  // A date begins with its weekday; Date.parse finds one in almost anything, such as -1.
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
  const seconds = /^\d+$/.test(value) ? Number(value) : (date - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function requestInterrupted(): VaultError {
  return new VaultError('INTERRUPTED', 'Interrupted.');
}

function networkError(url: URL, timedOut: boolean, error: Error): VaultError {
  const {code = ''} = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOTFOUND: 'the name is not known',
    EAI_AGAIN: 'the name could not be looked up',
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'the connection broke',
  };
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO/.test(code)
    ? 'its certificate is not trusted here'
    : undefined;
  const reason = timedOut
    ? `no answer within ${TIMEOUT} seconds`
    : (reasons[code] ?? certificate ?? 'the connection failed');
  return new VaultError('NETWORK_FAILED', `Could not reach ${url.host}: ${reason}.`, [
    'Check the network and try again.',
  ]);
}
