import {jsonResponse, type SandboxResponse} from './responses.js';
import {matchRoute} from './routes.js';

export type Fault =
  /** Sends this response; `type` is its content type. */
  | {status: number; body: string | object; headers?: Record<string, string>; type?: string}
  /** Delays the normal response by so many milliseconds. */
  | {delay: number}
  /** Closes the connection before or after the request takes effect, without a response. */
  | {drop: 'before' | 'after'}
  /** Ignores the request and leaves the connection open. */
  | {hang: true};

/** The faults that future requests meet. */
export class Faults {
  readonly #planned: {route: string; fault: Fault; times: number; fired: number}[] = [];

  /** Plans a fault for the next `times` requests to `route`: `/v1.0/:user/threads`, or `DELETE /v1.0/:id`. */
  plan(route: string, fault: Fault, times = 1): {fired(): number} {
    const planned = {route, fault, times, fired: 0};
    this.#planned.push(planned);
    return {fired: () => planned.fired};
  }

  /** Returns the fault that the request meets, if any, and counts it. */
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

export function faultResponse({
  status,
  body,
  headers = {},
  type,
}: Extract<Fault, {status: number}>): SandboxResponse {
  const defaultType = typeof body === 'string' ? 'text/html; charset=utf-8' : undefined;
  const response = jsonResponse(body, status);
  return {...response, headers, type: type ?? defaultType ?? response.type};
}
