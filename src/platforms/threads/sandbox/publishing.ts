import {graphError, json, noSuchObject} from './answers.js';
import type {Container} from './containers.js';
import {type Content, readContent} from './content.js';
import type {Post} from './posts.js';
import {authenticate, type Endpoint, fieldsOf, parametersOf, required, type Service} from './service.js';
import type {SandboxAccount} from './tokens.js';

/** A container; with `auto_publish_text` the post at once, whose id is assumed to be the answer then. */
export const createContainer: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_content_publish');
  const parameters = parametersOf(request);
  const content = readContent(parameters);
  requireReferences(content, account, service);
  const publishAtOnce = parameters.get('auto_publish_text') === 'true';
  if (publishAtOnce && content.media_type !== 'TEXT')
    throw graphError(100, 'Param auto_publish_text is for type TEXT only');

  const container = service.containers.create(account.user_id, content);
  return json({id: publishAtOnce ? publish(container, account, service).id : container.id});
};

/**
 * One answer for every container that cannot be published. Only "not ready" and "unknown" are known of the
 * real service; that it says the same of one that failed, expired or was published already is a guess.
 */
export const publishContainer: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_content_publish');
  const id = required(parametersOf(request), 'creation_id');
  const container = service.containers.find(id, account.user_id);
  if (!container || service.containers.status(container) !== 'FINISHED') {
    throw graphError(24, 'The requested resource does not exist', {
      subcode: 4279009,
      user: {title: 'Media Not Found', message: `The media with id ${id} cannot be found.`},
    });
  }
  if (container.is_carousel_item) throw graphError(100, 'A carousel item cannot be published by itself');
  return json({id: publish(container, account, service).id});
};

/** Anybody's post. That a repost counts as a post is a guess. */
export const repost: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_content_publish');
  const post = service.posts.find(request.pathParameters.id!);
  if (!post) throw noSuchObject(request.pathParameters.id!);
  service.quotas.use(account.user_id, 'posts');
  return json({id: service.posts.repost(account, post).id});
};

export const deletePost: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_delete');
  const {id} = ownPost(request.pathParameters.id!, account, service);
  service.quotas.use(account.user_id, 'deletes');
  service.posts.delete(id);
  return json({success: true, deleted_id: id});
};

/** What was used within the last 24 hours, and of how much. */
export const publishingLimit: Endpoint = (request, service) => {
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
  return json({data: [fieldsOf(request, limits, request.query.has('fields') ? [] : ['quota_usage'])]});
};

/** Throws where the account has no such post. */
export function ownPost(id: string, account: SandboxAccount, {posts}: Service): Post {
  const post = posts.find(id);
  if (post?.owner.id !== account.user_id) throw noSuchObject(id);
  return post;
}

function requireReferences(content: Content, {user_id}: SandboxAccount, service: Service): void {
  if (content.media_type === 'CAROUSEL') {
    const stranger = content.children.find(id => !service.containers.find(id, user_id)?.is_carousel_item);
    if (stranger !== undefined) throw graphError(100, `Param children: ${stranger} is no carousel item`);
  }
  for (const name of ['reply_to_id', 'quote_post_id'] as const) {
    const id = content[name];
    if (id !== undefined && !service.posts.find(id)) throw graphError(100, `Param ${name}: no such post`);
  }
}

function publish(container: Container, account: SandboxAccount, {posts, quotas}: Service): Post {
  quotas.use(account.user_id, container.reply_to_id ? 'replies' : 'posts');
  const post = posts.publish(account, container);
  container.post_id = post.id;
  return post;
}
