import {VaultError} from '../../errors.js';

/** Meta's names as of 2026. The list is open: a name that is not here is kept as it comes. */
export const SCOPES = [
  'threads_basic',
  'threads_content_publish',
  'threads_read_replies',
  'threads_manage_replies',
  'threads_manage_insights',
  'threads_keyword_search',
  'threads_manage_mentions',
  'threads_delete',
  'threads_location_tagging',
  'threads_profile_discovery',
  'threads_share_to_instagram',
];

/** Enough to post. Asking for a scope that the app was not given makes Threads refuse the whole login. */
export const DEFAULT_SCOPES = ['threads_basic', 'threads_content_publish'];

/** ThreadsPipe's names. */
const SHORT_NAMES: Record<string, string> = {
  basic: 'threads_basic',
  publish: 'threads_content_publish',
  read_replies: 'threads_read_replies',
  manage_replies: 'threads_manage_replies',
  insights: 'threads_manage_insights',
};

/**
 * Scopes by Meta's names, ThreadsPipe's short names, or `all`, split by commas or blanks. Without
 * `threads_basic` nothing works, so it is always in. Throws USAGE for what cannot be a scope.
 */
export function parseScopes(text: string): string[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  const scopes = names.flatMap(name => (name === 'all' ? SCOPES : [SHORT_NAMES[name] ?? name]));
  const wrong = scopes.find(scope => !/^[a-z][a-z0-9_]*$/.test(scope) || !scope.includes('_'));
  if (wrong || scopes.length === 0) {
    throw new VaultError(
      'USAGE',
      wrong ? 'One of the scopes is not a scope’s name.' : 'No scope was given.',
      [`Scopes: all, ${Object.keys(SHORT_NAMES).join(', ')}, or ${SCOPES.join(', ')}`],
    );
  }
  return [...new Set(['threads_basic', ...scopes])];
}
