import {type Answer, graphError, json} from './answers.js';
import {ownPost} from './publishing.js';
import {
  authenticate,
  type Endpoint,
  fieldsOf,
  type RoutedRequest,
  required,
  type Service,
} from './service.js';

/** The token's account: `id` and whatever `fields` asks for. Empty fields are left out. */
export const me: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_basic');
  const profile = {
    id: account.user_id,
    username: account.username,
    name: account.name,
    threads_profile_picture_url: undefined,
    threads_biography: undefined,
    is_verified: false,
  };
  return json(fieldsOf(request, profile));
};

/** A container or a post of the token's account. */
export const node: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_basic');
  const id = request.pathParameters.id!;
  const container = service.containers.find(id, account.user_id);
  if (!container) return json(fieldsOf(request, ownPost(id, account, service)));
  return json(fieldsOf(request, {id, ...service.containers.state(container)}));
};

export const threads: Endpoint = (request, service) => listPosts(request, service, false);

export const replies: Endpoint = (request, service) => listPosts(request, service, true);

/** The account's posts, newest first: `limit` of them (25 by default) that come after the cursor `after`. */
function listPosts(request: RoutedRequest, service: Service, areReplies: boolean): Answer {
  const {account} = authenticate(request, service, 'threads_basic');
  const {query} = request;
  const limit = Number(query.get('limit') ?? 25);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100))
    throw graphError(100, 'Param limit must be between 1 and 100');
  const posts = service.posts
    .all()
    .filter(({owner, is_reply}) => owner.id === account.user_id && is_reply === areReplies)
    .reverse();
  const start = posts.findIndex(({id}) => id === query.get('after')) + 1;
  const page = posts.slice(start, start + limit);
  if (page.length === 0) return json({data: []});
  const cursors = {
    before: page[0]!.id,
    after: start + limit < posts.length ? page.at(-1)!.id : undefined,
  };
  return json({data: page.map(post => fieldsOf(request, post)), paging: {cursors}});
}

/** What is known about `input_token`, asked with any living token or the app's own. Times in unix seconds. */
export const debugToken: Endpoint = ({query}, {appId, appSecret, tokens}) => {
  const accessToken = required(query, 'access_token');
  if (accessToken !== `TH|${appId}|${appSecret}`) tokens.living(accessToken);

  const token = tokens.find(required(query, 'input_token'));
  if (!token) return json({data: {is_valid: false, scopes: []}});
  return json({
    data: {
      type: 'USER',
      application: 'Sandbox app',
      user_id: token.account.user_id,
      scopes: token.scopes,
      is_valid: tokens.problemWith(token) === undefined,
      issued_at: unixSeconds(token.issuedAt),
      expires_at: token.expiresAt ? unixSeconds(token.expiresAt) : 0,
      data_access_expires_at: unixSeconds(token.dataAccessExpiresAt),
    },
  });
};

function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
