import {VaultError} from '../../errors.js';
import {type Answer, type RequestOptions, sendRequest, sendWithRetries} from '../http.js';
import {graphError, isTransientError} from './errors.js';

/** Fetches an answer that is a JSON object, with retries. Throws what `toError` makes of a failed one. */
export async function fetchGraphAnswer(
  url: URL,
  options: RequestOptions,
  toError: (answer: Answer) => VaultError,
): Promise<Answer & {body: Record<string, unknown>}> {
  const answer = await sendWithRetries(url, options, isTransientError);
  const {body} = answer;
  if (answer.status >= 400 || !body || body.error) throw toError(answer);
  return {...answer, body};
}

/**
 * The result of a request that changes something. `lost`: no usable answer arrived, so the change may or may not
 * have been made.
 */
export type ChangeResult = {body: Record<string, unknown>} | {lost: VaultError};

/** The Graph API with one token. Paths are relative to `/v1.0/`. */
export class GraphApi {
  constructor(
    private readonly apiUrl: string,
    private readonly token: string,
    readonly signal?: AbortSignal,
  ) {}

  /** Fetches an object, with retries. Throws what `graphError` makes of a failed answer. */
  async fetchObject(path: string, query: Record<string, string>): Promise<Record<string, unknown>> {
    const url = this.resolvePath(path);
    url.search = new URLSearchParams(query).toString();
    const {token, signal} = this;
    return (await fetchGraphAnswer(url, {token, ...(signal && {signal})}, graphError)).body;
  }

  /** Sends a request that changes something, exactly once. Throws if the service refuses it, and INTERRUPTED. */
  async sendChange(method: 'POST' | 'DELETE', path: string, form?: URLSearchParams): Promise<ChangeResult> {
    const {token, signal} = this;
    let answer: Answer;
    try {
      answer = await sendRequest(this.resolvePath(path), {
        method,
        token,
        ...(form && {form}),
        ...(signal && {signal}),
      });
    } catch (error) {
      if (!(error instanceof VaultError) || error.code === 'INTERRUPTED') throw error;
      return {lost: error};
    }
    const {status, body} = answer;
    if (body && status < 400 && !body.error) return {body};
    const error = graphError(answer);
    // An error of the server, or of a proxy before it, does not say whether the change was made.
    const isCertain = error.code !== 'PLATFORM_FAILED' || (body && status < 500 && !isTransientError(answer));
    if (!isCertain) return {lost: error};
    throw error;
  }

  private resolvePath(path: string): URL {
    return new URL(`/v1.0/${path}`, this.apiUrl);
  }
}

export function unexpectedResponse(): VaultError {
  return new VaultError('PLATFORM_FAILED', 'Threads sent an unexpected response.', [
    'Try again in a few minutes.',
  ]);
}

/** The object's ID. Throws PLATFORM_FAILED if there is none. */
export function requireId(body: Record<string, unknown>): string {
  const id = findId(body);
  if (id === null) throw unexpectedResponse();
  return id;
}

/** The object's ID if it consists of digits only: it becomes part of URLs and of command lines. */
export function findId(body: {id?: unknown} | null | undefined): string | null {
  const id = stringOrNull(body?.id);
  return id !== null && /^\d+$/.test(id) ? id : null;
}

export function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
