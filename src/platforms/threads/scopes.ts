import {looksSecret} from '../../credential.js';
import {VaultError} from '../../errors.js';

/** Meta's scopes as of 2026. Others are accepted as well, since Meta adds new ones. */
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

/** Enough to post. Not more: Threads refuses a login that requests a scope the app does not have. */
export const DEFAULT_SCOPES = ['threads_basic', 'threads_content_publish'];

/** The short names that ThreadsPipe uses. */
const SHORT_NAMES: Record<string, string> = {
  basic: 'threads_basic',
  publish: 'threads_content_publish',
  read_replies: 'threads_read_replies',
  manage_replies: 'threads_manage_replies',
  insights: 'threads_manage_insights',
};

/**
 * Parses scopes separated by commas or whitespace: Meta's names, the short names, or `all`. Always includes
 * `threads_basic`, which every request needs. Throws USAGE for an empty list and for names that cannot be scopes.
 */
export function parseScopes(text: string): string[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  const scopes = names.flatMap(name => (name === 'all' ? SCOPES : [SHORT_NAMES[name] ?? name]));
  if (scopes.length === 0) throw scopeError('No scope was given.');
  const unknown = scopes.find(scope => !/^[a-z][a-z0-9_]*$/.test(scope) || !scope.includes('_'));
  if (unknown !== undefined) {
    // Scopes are shorter than 40 characters; a longer one may be a token or a code pasted by mistake.
    const isPrintable = unknown.length < 40 && !looksSecret(unknown);
    throw scopeError(isPrintable ? `Unknown scope: ${unknown}` : 'Unknown scope.');
  }
  return [...new Set(['threads_basic', ...scopes])];
}

function scopeError(message: string): VaultError {
  return new VaultError('USAGE', message, [
    `Available: all, ${Object.keys(SHORT_NAMES).join(', ')}, or ${SCOPES.join(', ')}`,
  ]);
}
