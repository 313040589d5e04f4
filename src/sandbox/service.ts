import type {IncomingHttpHeaders} from 'node:http';
import {type Answer, graphError} from './answers.js';
import type {SandboxAccount, Token, Tokens} from './tokens.js';

/** One request as it arrived; `form` is empty unless the body was urlencoded, `at` is the sandbox's time. */
export interface RecordedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  headers: IncomingHttpHeaders;
  at: Date;
}

/** What every endpoint may look at. */
export interface Service {
  consent: 'auto' | 'page' | 'deny';
  appId: string;
  appSecret: string;
  redirectUris: string[] | undefined;
  accounts: SandboxAccount[];
  scopesGranted: (requested: string[]) => string[];
  tokens: Tokens;
}

/** Answers a request, or throws a `Refusal`. */
export type Endpoint = (request: RecordedRequest, service: Service) => Answer;

export function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw graphError(100, `The parameter ${name} is required`);
  return value;
}

/** The living token of a call, from the `Authorization` header or the query; it must hold `scope`. */
export function authenticate({headers, query}: RecordedRequest, {tokens}: Service, scope: string): Token {
  const accessToken = headers.authorization?.match(/^Bearer (.+)$/i)?.[1] ?? query.get('access_token');
  if (!accessToken) throw graphError(104, 'An access token is required to request this resource');
  const token = tokens.living(accessToken);
  if (!token.scopes.includes(scope)) throw graphError(10, `The permission ${scope} is missing`);
  return token;
}
