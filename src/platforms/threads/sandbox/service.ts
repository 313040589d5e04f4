import type {IncomingHttpHeaders} from 'node:http';
import type {Containers} from './containers.js';
import type {Posts} from './posts.js';
import type {Quotas} from './quotas.js';
import {graphRefusal, notFoundRefusal, type SandboxResponse} from './responses.js';
import type {SandboxAccount, Token, Tokens} from './tokens.js';

/** A request as it arrived. `form` is empty unless the body is URL-encoded; `at` is the time of the sandbox's clock. */
export interface RecordedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  headers: IncomingHttpHeaders;
  at: Date;
}

/** `pathParameters` are the values of `:user` and `:id` in the path. */
export interface RoutedRequest extends RecordedRequest {
  pathParameters: Record<string, string>;
}

/** The state that endpoints work on. */
export interface SandboxService {
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

/** Handles a request, or throws a `Refusal`. */
export type Endpoint = (request: RoutedRequest, service: SandboxService) => SandboxResponse;

export function requireParameter(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw graphRefusal(100, `The parameter ${name} is required`);
  return value;
}

/** The parameters of a request, which may be in its form or in its query. */
export function mergeParameters({form, query}: RecordedRequest): URLSearchParams {
  return new URLSearchParams([...form, ...query]);
}

/** Returns the fields of `node` that the request asks for, and those in `always`. JSON leaves out undefined ones. */
export function selectFields(
  {query}: RecordedRequest,
  node: object,
  always = ['id'],
): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(node));
  const fields = query.get('fields')?.split(',') ?? [];
  const unknown = fields.find(field => !values.has(field));
  if (unknown !== undefined) throw graphRefusal(100, `Tried accessing nonexisting field (${unknown})`);
  return Object.fromEntries([...always, ...fields].map(field => [field, values.get(field)]));
}

/**
 * Returns the valid token of a request, from the `Authorization` header, the query or the form. Refuses the request
 * unless the token has `scope` and belongs to the user in the path.
 */
export function authenticate(request: RoutedRequest, {tokens}: SandboxService, scope: string): Token {
  const {headers, pathParameters} = request;
  const bearer = headers.authorization?.match(/^Bearer (.+)$/i)?.[1];
  const accessToken = bearer ?? mergeParameters(request).get('access_token');
  if (!accessToken) throw graphRefusal(104, 'An access token is required to request this resource');
  const token = tokens.requireValid(accessToken);
  const {user = 'me'} = pathParameters;
  if (user !== 'me' && user !== token.account.user_id) throw notFoundRefusal(user);
  if (!token.scopes.includes(scope)) throw graphRefusal(10, `The permission ${scope} is missing`);
  return token;
}
