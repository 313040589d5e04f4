import {VaultError} from '../../errors.js';
import {type Answer, type RequestOptions, sendRequest, sendWithRetries} from '../http.js';
import {graphError, isPassingFault} from './errors.js';

/** Asks for something, again while a fault passes. Throws what the service answers. */
export async function read(url: URL, token?: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const options = {...(token && {token}), ...(signal && {signal})};
  const answer = await sendWithRetries(url, options, isPassingFault);
  if (answer.status >= 400 || !answer.body || answer.body.error) throw graphError(answer);
  return answer.body;
}

/** The service as one token sees it. Paths are below `/v1.0`. */
export class Graph {
  constructor(
    private readonly apiUrl: string,
    private readonly token: string,
    readonly signal?: AbortSignal,
  ) {}

  /** Throws what the service answers. */
  read(path: string, query: Record<string, string>): Promise<Record<string, unknown>> {
    const url = this.url(path);
    url.search = new URLSearchParams(query).toString();
    return read(url, this.token, this.signal);
  }

  /** Sent once. Throws where the service refuses it, and INTERRUPTED. */
  change(method: 'POST' | 'DELETE', path: string, form?: URLSearchParams): Promise<Outcome> {
    return change(this.url(path), {
      method,
      token: this.token,
      ...(form && {form}),
      ...(this.signal && {signal: this.signal}),
    });
  }

  private url(path: string): URL {
    return new URL(`/v1.0/${path}`, this.apiUrl);
  }
}

/** What became of a change: the service's answer, or `lost`, and then it may have been made or not. */
export type Outcome = {body: Record<string, unknown>} | {lost: VaultError};

async function change(url: URL, options: RequestOptions): Promise<Outcome> {
  let answer: Answer;
  try {
    answer = await sendRequest(url, options);
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === 'INTERRUPTED') throw error;
    return {lost: error};
  }
  const {status, body} = answer;
  if (body && status < 400 && !body.error) return {body};
  const problem = graphError(answer);
  // A fault inside the service, or of something on the way, says nothing about what was done before it.
  const says = problem.code !== 'PLATFORM_FAILED' || (body && status < 500 && !isPassingFault(answer));
  if (!says) return {lost: problem};
  throw problem;
}

export function unexpected(): VaultError {
  return new VaultError('PLATFORM_FAILED', 'Threads answered with something unexpected.', [
    'Try again in a few minutes.',
  ]);
}

/** An id that has to be there. Throws PLATFORM_FAILED. */
export function idOf(body: Record<string, unknown>): string {
  const id = idIn(body);
  if (id === null) throw unexpected();
  return id;
}

/** Digits only: an id becomes part of addresses and of command lines. */
export function idIn(body: {id?: unknown} | null | undefined): string | null {
  const id = text(body?.id);
  return id !== null && /^\d+$/.test(id) ? id : null;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
