import type {Container} from './containers.js';
import {type PostParameters, parsePostParameters} from './content.js';
import type {Post} from './posts.js';
import {graphRefusal, jsonResponse, notFoundRefusal} from './responses.js';
import {
  authenticate,
  type Endpoint,
  mergeParameters,
  requireParameter,
  type SandboxService,
  selectFields,
} from './service.js';
import type {SandboxAccount} from './tokens.js';

/** Creates a container. With `auto_publish_text`, publishes it at once and returns the ID of the post (a guess). */
export const createContainer: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_content_publish');
  const parameters = mergeParameters(request);
  const content = parsePostParameters(parameters);
  requireExistingReferences(content, account, service);
  const publishAtOnce = parameters.get('auto_publish_text') === 'true';
  if (publishAtOnce && content.media_type !== 'TEXT')
    throw graphRefusal(100, 'Param auto_publish_text is for type TEXT only');

  const container = service.containers.create(account.user_id, content);
  return jsonResponse({id: publishAtOnce ? publish(container, account, service).id : container.id});
};

/**
 * Publishes a container. Sends one error for every container that cannot be published: the real service sends it for
 * one that is unknown or not ready; for one that failed, expired or was already published, it is a guess.
 */
export const publishContainer: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_content_publish');
  const id = requireParameter(mergeParameters(request), 'creation_id');
  const container = service.containers.find(id, account.user_id);
  if (!container || service.containers.statusOf(container) !== 'FINISHED') {
    throw graphRefusal(24, 'The requested resource does not exist', {
      subcode: 4279009,
      user: {title: 'Media Not Found', message: `The media with id ${id} cannot be found.`},
    });
  }
  if (container.is_carousel_item) throw graphRefusal(100, 'A carousel item cannot be published on its own');
  return jsonResponse({id: publish(container, account, service).id});
};

/** Reposts any account's post. That a repost counts toward the post quota is a guess. */
export const repostPost: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_content_publish');
  const post = service.posts.find(request.pathParameters.id!);
  if (!post) throw notFoundRefusal(request.pathParameters.id!);
  service.quotas.use(account.user_id, 'posts');
  return jsonResponse({id: service.posts.repost(account, post).id});
};

export const deletePost: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_delete');
  const {id} = requireOwnPost(request.pathParameters.id!, account, service);
  service.quotas.use(account.user_id, 'deletes');
  service.posts.delete(id);
  return jsonResponse({success: true, deleted_id: id});
};

/** How much of each quota was used within the last 24 hours. */
export const getPublishingLimit: Endpoint = (request, service) => {
  const {user_id} = authenticate(request, service, 'threads_content_publish').account;
  const {quotas} = service;
  const limits = {
    quota_usage: quotas.usage(user_id, 'posts'),
    config: quotas.config('posts'),
    reply_quota_usage: quotas.usage(user_id, 'replies'),
    reply_config: quotas.config('replies'),
    delete_quota_usage: quotas.usage(user_id, 'deletes'),
    delete_config: quotas.config('deletes'),
  };
  return jsonResponse({
    data: [selectFields(request, limits, request.query.has('fields') ? [] : ['quota_usage'])],
  });
};

/** Finds a post of the account, or refuses the request. */
export function requireOwnPost(id: string, account: SandboxAccount, {posts}: SandboxService): Post {
  const post = posts.find(id);
  if (post?.owner.id !== account.user_id) throw notFoundRefusal(id);
  return post;
}

function requireExistingReferences(
  content: PostParameters,
  {user_id}: SandboxAccount,
  service: SandboxService,
): void {
  if (content.media_type === 'CAROUSEL') {
    const invalid = content.children.find(id => !service.containers.find(id, user_id)?.is_carousel_item);
    if (invalid !== undefined) throw graphRefusal(100, `Param children: ${invalid} is not a carousel item`);
  }
  for (const name of ['reply_to_id', 'quote_post_id'] as const) {
    const id = content[name];
    if (id !== undefined && !service.posts.find(id)) throw graphRefusal(100, `Param ${name}: post not found`);
  }
}

function publish(container: Container, account: SandboxAccount, {posts, quotas}: SandboxService): Post {
  quotas.use(account.user_id, container.reply_to_id ? 'replies' : 'posts');
  const post = posts.publish(account, container);
  container.post_id = post.id;
  return post;
}
