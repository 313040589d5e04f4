/**
 * The HTTP client. Every request that carries a token or a secret is sent from here, under one policy:
 *
 * 1. A request, including its answer, may take 20 seconds.
 * 2. An answer may have 1 MiB at most.
 * 3. Redirects are not followed: they would carry the token to another host.
 * 4. `sendRequest` sends once. `sendWithRetries`, for requests that are safe to repeat, sends up to four times;
 *    it waits 0.5, 1 and 2 seconds, or as long as `Retry-After` says if that is 20 seconds at most.
 * 5. A server must prove who it is with a certificate that Node or `NODE_EXTRA_CA_CERTS` trusts.
 *    `NODE_TLS_REJECT_UNAUTHORIZED` has no effect.
 * 6. Errors name the host and a reason, nothing else: Node's errors and URLs may contain tokens.
 */
import type {IncomingMessage} from 'node:http';
import type {RequestOptions as NodeOptions} from 'node:https';
import {setTimeout as sleep} from 'node:timers/promises';
import {VaultError} from '../errors.js';
import {isObject} from '../json.js';
import {clockHint, serviceTime} from './clock.js';

/** Seconds. Far above a normal response time, and far below the 90 that other processes wait for a refresh. */
const TIMEOUT = 20;
/** Bytes. Answers are JSON documents of a few kilobytes; anything this large is something else. */
const MAXIMUM_SIZE = 1024 * 1024;
/** With the waits between them, three retries add 3.5 seconds: enough to outlast a brief outage. */
const RETRIES = 3;
/** Seconds. If the service asks for a longer wait, the error tells the person instead. */
const MAXIMUM_WAIT = 20;

export interface Answer {
  status: number;
  text: string;
  /** The parsed text with IDs as strings; undefined unless it is a JSON object, and for redirects. */
  body: Record<string, unknown> | undefined;
  /** Seconds, from `Retry-After` (RFC 9110 §10.2.3). */
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
 * Sends a request once. Throws NETWORK_FAILED if no complete answer arrives, PLATFORM_FAILED if the answer is
 * too large, and INTERRUPTED when `signal` is aborted.
 */
export async function sendRequest(
  url: URL,
  {method = 'GET', form, token, signal}: RequestOptions = {},
): Promise<Answer> {
  const deadline = AbortSignal.timeout(TIMEOUT * 1000);
  try {
    const options = {
      rejectUnauthorized: true, // Said here, it takes precedence over NODE_TLS_REJECT_UNAUTHORIZED.
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
    const text = await readBody(response, url.host);
    return {
      status,
      text,
      body: status >= 300 && status < 400 ? undefined : parseJsonObject(text),
      retryAfter: parseRetryAfter(response.headers['retry-after'], response.headers.date),
      ...(response.headers.date && {date: response.headers.date}),
    };
  } catch (error) {
    if (error instanceof VaultError) throw error;
    if (signal?.aborted) throw requestInterrupted();
    throw networkError(url, deadline.aborted, error as Error);
  }
}

/**
 * Sends a request by `node:http` or `node:https`, which do not follow redirects. `fetch` takes 30 ms longer to load
 * and three times the CPU time per request.
 */
async function request(url: URL, options: NodeOptions, body: string | undefined): Promise<IncomingMessage> {
  const {default: client} = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    client.request(url, options, resolve).on('error', reject).end(body);
  });
}

/**
 * Sends a request and repeats it after network failures, 429, 5xx, and answers that `isTransient` accepts.
 * For requests that are safe to repeat only: never for grants, which use up a code or a token.
 */
export async function sendWithRetries(
  url: URL,
  options: RequestOptions,
  isTransient: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt === RETRIES;
    // Varies by a quarter, so that parallel processes do not retry in step.
    let wait = 0.5 * 2 ** attempt * (0.75 + Math.random() / 2);
    try {
      const answer = await sendRequest(url, options);
      if (last || !(isTransient(answer) || answer.status === 429 || answer.status >= 500)) return answer;
      if ((answer.retryAfter ?? 0) > MAXIMUM_WAIT) return answer;
      wait = answer.retryAfter ?? wait;
    } catch (error) {
      const isNetworkFailure = error instanceof VaultError && error.code === 'NETWORK_FAILED';
      if (last || !isNetworkFailure || options.signal?.aborted) throw error;
    }
    await pause(wait, options.signal);
  }
}

/** Waits for `seconds`. Throws INTERRUPTED when `signal` is aborted. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, signal && {signal}).catch(() => {
    throw requestInterrupted();
  });
}

/** Quotes integer IDs in JSON text: they exceed 2^53, and `JSON.parse` would round them. */
export function quoteIdentifiers(json: string): string {
  return json.replaceAll(/("(?:user_id|app_id|deleted_id|id)"\s*:\s*)(0|[1-9]\d*)(?![\d.eE])/g, '$1"$2"');
}

function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(quoteIdentifiers(text));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(response: IncomingMessage, host: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_SIZE)
      throw new VaultError('PLATFORM_FAILED', `The response of ${host} is too large (more than 1 MiB).`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A date is compared with the time of the service, in case this machine's clock is wrong. */
function parseRetryAfter(value: string | undefined, now: string | undefined): number | undefined {
  if (!value) return undefined;
  // An HTTP date begins with its weekday. Checked because Date.parse accepts almost anything, such as -1.
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
  const seconds = /^\d+$/.test(value)
    ? Number(value)
    : (date - (serviceTime(now)?.getTime() ?? Date.now())) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function requestInterrupted(): VaultError {
  return new VaultError('INTERRUPTED', 'Interrupted.');
}

function networkError(url: URL, timedOut: boolean, error: Error): VaultError {
  const {code = ''} = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    CERT_HAS_EXPIRED: "its certificate has expired, by this machine's clock",
    CERT_NOT_YET_VALID: "its certificate is not valid yet, by this machine's clock",
    ENOTFOUND: 'host not found',
    EAI_AGAIN: 'DNS lookup failed',
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
  };
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO/.test(code) ? 'its certificate is not trusted' : undefined;
  // A valid certificate looks like this when the clock is wrong.
  const isAboutTime = code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID';
  const reason = timedOut
    ? `no answer within ${TIMEOUT} seconds`
    : (reasons[code] ?? certificate ?? 'connection failed');
  return new VaultError('NETWORK_FAILED', `Could not reach ${url.host}: ${reason}.`, [
    isAboutTime
      ? clockHint()
      : certificate && !timedOut
        ? 'Find out who is in between. To trust a certificate of your company, set NODE_EXTRA_CA_CERTS to its file.'
        : 'Check the network and try again.',
  ]);
}
