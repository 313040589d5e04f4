import type {IncomingHttpHeaders} from 'node:http';
import {type Answer, graphError, noSuchObject} from './answers.js';
import type {Containers} from './containers.js';
import type {Posts} from './posts.js';
import type {Quotas} from './quotas.js';
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

/** `pathParameters` are what stands in the path for `:user` or `:id`. */
export interface RoutedRequest extends RecordedRequest {
  pathParameters: Record<string, string>;
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
  containers: Containers;
  posts: Posts;
  quotas: Quotas;
}

/** Answers a request, or throws a `Refusal`. */
export type Endpoint = (request: RoutedRequest, service: Service) => Answer;

export function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw graphError(100, `The parameter ${name} is required`);
  return value;
}

/** A call's parameters may stand in its form or in its query. */
export function parametersOf({form, query}: RecordedRequest): URLSearchParams {
  return new URLSearchParams([...form, ...query]);
}

/** What `fields` asks for, `always` included; empty fields are left out. */
export function fieldsOf({query}: RecordedRequest, node: object, always = ['id']): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(node));
  const fields = query.get('fields')?.split(',') ?? [];
  const unknown = fields.find(field => !values.has(field));
  if (unknown !== undefined) throw graphError(100, `Tried accessing nonexisting field (${unknown})`);
  return Object.fromEntries([...always, ...fields].map(field => [field, values.get(field)]));
}

/**
 * The living token of a call, from the `Authorization` header, the query or the form; it must hold `scope`,
 * and the path's user must be its account.
 */
export function authenticate(request: RoutedRequest, {tokens}: Service, scope: string): Token {
  const {headers, pathParameters} = request;
  const bearer = headers.authorization?.match(/^Bearer (.+)$/i)?.[1];
  const accessToken = bearer ?? parametersOf(request).get('access_token');
  if (!accessToken) throw graphError(104, 'An access token is required to request this resource');
  const token = tokens.living(accessToken);
  const {user = 'me'} = pathParameters;
  if (user !== 'me' && user !== token.account.user_id) throw noSuchObject(user);
  if (!token.scopes.includes(scope)) throw graphError(10, `The permission ${scope} is missing`);
  return token;
}
