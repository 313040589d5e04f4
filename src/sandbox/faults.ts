import {type Answer, json} from './answers.js';

export type Fault =
  /** Any answer; `type` is its content type. */
  | {status: number; body: string | object; headers?: Record<string, string>; type?: string}
  /** Milliseconds, then the ordinary answer. */
  | {delay: number}
  /** Break the connection instead of acting, or act and break it instead of answering. */
  | {drop: 'before' | 'after'}
  /** Neither act nor answer. */
  | {hang: true};

/** The faults that await a request. */
export class Faults {
  readonly #planned: {path: string; fault: Fault; times: number; fired: number}[] = [];

  plan(path: string, fault: Fault, times = 1): {fired(): number} {
    const planned = {path, fault, times, fired: 0};
    this.#planned.push(planned);
    return {fired: () => planned.fired};
  }

  take(path: string): Fault | undefined {
    const next = this.#planned.find(planned => planned.path === path && planned.fired < planned.times);
    if (next) next.fired += 1;
    return next?.fault;
  }
}

export function faultAnswer({status, body, headers = {}, type}: Extract<Fault, {status: number}>): Answer {
  const fallback = typeof body === 'string' ? 'text/html; charset=utf-8' : undefined;
  const answer = json(body, status);
  return {...answer, headers, type: type ?? fallback ?? answer.type};
}
