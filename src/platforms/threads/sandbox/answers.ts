import {randomBytes} from 'node:crypto';

/** What goes back to the client; `type` is the content type. */
export interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

/** Thrown where a request is refused, with the answer to send. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super('The sandbox refused a request');
  }
}

/** `value` may be JSON text already, for what `JSON.stringify` cannot write: integers above 2^53. */
export function json(value: object | string, status = 200): Answer {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return {status, type: 'application/json; charset=UTF-8', body};
}

/** The error shape of every endpoint but the two below. `user` is what the service would show to a person. */
export function graphError(
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
  return new Refusal(json({error}, status));
}

/** The Graph API's usual answer to an id that does not exist or is not for this token; of Threads it is a guess. */
export function noSuchObject(id: string): Refusal {
  return graphError(
    100,
    `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    {subcode: 33},
  );
}

/** The code exchange's own error shape. */
export function flatError(message: string): Refusal {
  return new Refusal(json({error_type: 'OAuthException', code: 400, error_message: message}, 400));
}

/** What a browser shows for a bad authorize request: no redirect, and no page either. */
export function browserError(code: number, message: string): Refusal {
  return new Refusal(json({error_message: message, error_code: code}, 400));
}
