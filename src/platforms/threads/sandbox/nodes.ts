import {requireOwnPost} from './publishing.js';
import {graphRefusal, jsonResponse, type SandboxResponse} from './responses.js';
import {
  authenticate,
  type Endpoint,
  type RoutedRequest,
  requireParameter,
  type SandboxService,
  selectFields,
} from './service.js';

/** The profile of the token's account. */
export const getProfile: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_basic');
  const profile = {
    id: account.user_id,
    username: account.username,
    name: account.name,
    threads_profile_picture_url: undefined,
    threads_biography: undefined,
    is_verified: false,
  };
  return jsonResponse(selectFields(request, profile));
};

/** A container or a post of the token's account. */
export const getNode: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_basic');
  const id = request.pathParameters.id!;
  const container = service.containers.find(id, account.user_id);
  if (!container) return jsonResponse(selectFields(request, requireOwnPost(id, account, service)));
  return jsonResponse(selectFields(request, {id, ...service.containers.fieldsOf(container)}));
};

export const listThreads: Endpoint = (request, service) => listPosts(request, service, false);

export const listReplies: Endpoint = (request, service) => listPosts(request, service, true);

/** Lists the account's posts, newest first: up to `limit` (by default 25) that follow the cursor `after`. */
function listPosts(request: RoutedRequest, service: SandboxService, areReplies: boolean): SandboxResponse {
  const {account} = authenticate(request, service, 'threads_basic');
  const {query} = request;
  const limit = Number(query.get('limit') ?? 25);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100))
    throw graphRefusal(100, 'Param limit must be between 1 and 100');
  const posts = service.posts
    .all()
    .filter(({owner, is_reply}) => owner.id === account.user_id && is_reply === areReplies)
    .reverse();
  const start = posts.findIndex(({id}) => id === query.get('after')) + 1;
  const page = posts.slice(start, start + limit);
  if (page.length === 0) return jsonResponse({data: []});
  const cursors = {
    before: page[0]!.id,
    after: start + limit < posts.length ? page.at(-1)!.id : undefined,
  };
  return jsonResponse({data: page.map(post => selectFields(request, post)), paging: {cursors}});
}

/** What is known about `input_token`. Needs any valid token, or the app's own. Times are Unix seconds. */
export const debugToken: Endpoint = ({query}, {appId, appSecret, tokens}) => {
  const accessToken = requireParameter(query, 'access_token');
  if (accessToken !== `TH|${appId}|${appSecret}`) tokens.requireValid(accessToken);

  const token = tokens.find(requireParameter(query, 'input_token'));
  if (!token) return jsonResponse({data: {is_valid: false, scopes: []}});
  return jsonResponse({
    data: {
      type: 'USER',
      application: 'Sandbox app',
      user_id: token.account.user_id,
      scopes: token.scopes,
      is_valid: tokens.findProblem(token) === undefined,
      issued_at: toUnixSeconds(token.issuedAt),
      expires_at: token.expiresAt ? toUnixSeconds(token.expiresAt) : 0,
      data_access_expires_at: toUnixSeconds(token.dataAccessExpiresAt),
    },
  });
};

function toUnixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
