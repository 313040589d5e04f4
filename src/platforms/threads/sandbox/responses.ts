import {randomBytes} from 'node:crypto';

/** A response of the sandbox; `type` is its content type. */
export interface SandboxResponse {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

/** Thrown to refuse a request; `response` is what the client gets. */
export class Refusal extends Error {
  constructor(readonly response: SandboxResponse) {
    super('The sandbox refused a request');
  }
}

/** `value` may be JSON text, for what `JSON.stringify` cannot write: integers above 2^53. */
export function jsonResponse(value: object | string, status = 200): SandboxResponse {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return {status, type: 'application/json; charset=UTF-8', body};
}

/** An error of the Graph API. `user` is the text that an app would show to a person. */
export function graphRefusal(
  code: number,
  message: string,
  {
    subcode,
    status = 400,
    user,
  }: {subcode?: number; status?: number; user?: {title: string; message: string}} = {},
): Refusal {
  const error = {
    message,
    type: 'OAuthException',
    code,
    error_subcode: subcode,
    error_user_title: user?.title,
    error_user_msg: user?.message,
    fbtrace_id: randomBytes(9).toString('base64url'),
  };
  return new Refusal(jsonResponse({error}, status));
}

/** The Graph API's error for an ID that the token cannot access. That Threads sends the same is a guess. */
export function notFoundRefusal(id: string): Refusal {
  return graphRefusal(
    100,
    `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    {subcode: 33},
  );
}

/** The code exchange has an error shape of its own. */
export function codeRefusal(message: string): Refusal {
  return new Refusal(jsonResponse({error_type: 'OAuthException', code: 400, error_message: message}, 400));
}

/** An invalid authorization request gets JSON in the browser, neither a redirect nor a page. */
export function authorizationRefusal(code: number, message: string): Refusal {
  return new Refusal(jsonResponse({error_message: message, error_code: code}, 400));
}
