import {type Answer, json} from './answers.js';
import {matchRoute} from './routes.js';

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
  readonly #planned: {route: string; fault: Fault; times: number; fired: number}[] = [];

  /** `route` as in `/v1.0/:user/threads`, with or without a method before it. */
  plan(route: string, fault: Fault, times = 1): {fired(): number} {
    const planned = {route, fault, times, fired: 0};
    this.#planned.push(planned);
    return {fired: () => planned.fired};
  }

  take(method: string, path: string): Fault | undefined {
    const next = this.#planned.find(
      ({route, times, fired}) =>
        fired < times &&
        matchRoute(route.startsWith('/') ? `${method} ${route}` : route, `${method} ${path}`),
    );
    if (next) next.fired += 1;
    return next?.fault;
  }
}

export function faultAnswer({status, body, headers = {}, type}: Extract<Fault, {status: number}>): Answer {
  const fallback = typeof body === 'string' ? 'text/html; charset=utf-8' : undefined;
  const answer = json(body, status);
  return {...answer, headers, type: type ?? fallback ?? answer.type};
}
