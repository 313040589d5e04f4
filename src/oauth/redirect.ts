import {VaultError} from '../errors.js';
import {sameState} from './state.js';

const PASTE_ALL = 'Copy the whole address of the page that the login ended on, starting with https://';

/**
 * Parses the redirect URL that a person pasted (RFC 6749 §4.1.2), with or without quotes, `<…>` and fragment.
 *
 * @returns the parameters: the expected `state` exactly once, and either `code` or `error`
 * @throws VaultError USAGE, which describes what was pasted instead but never repeats it
 */
export function parseRedirect(
  text: string,
  expected: {redirectUri: string; state: string},
): {parameters: URLSearchParams} {
  const address = unwrap(text);
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new VaultError('USAGE', 'That is not a complete URL. The code alone is not enough.', [PASTE_ALL]);
  }
  const {origin, pathname, searchParams: parameters} = new URL(address);
  const redirectUri = new URL(expected.redirectUri);
  if (origin !== redirectUri.origin || pathname !== redirectUri.pathname) {
    throw new VaultError(
      'USAGE',
      parameters.has('response_type')
        ? 'That is the address that starts the login, not the one that it ends on.'
        : `That is a different address: the login ends on one that starts with ${redirectUri.origin}${redirectUri.pathname}.`,
      [PASTE_ALL],
    );
  }
  const problem = problemOf(parameters, expected.state);
  if (problem) throw new VaultError('USAGE', problem, [PASTE_ALL]);
  return {parameters};
}

/** Removes the blanks, quotes and `<…>` around a copied text. */
export function unwrap(text: string): string {
  // The lookbehind makes the time linear: a run of blanks is tried from its start only.
  return text.replace(/^[\s"'<]+/, '').replace(/(?<![\s"'>])[\s"'>]+$/, '');
}

/** Explains why the parameters do not answer the request with this `state`; `undefined` if they do. */
export function problemOf(parameters: URLSearchParams, state: string): string | undefined {
  const names = [...parameters.keys()];
  // RFC 6749 §3.1: no parameter may occur more than once.
  if (new Set(names).size < names.length) return 'The URL contains a parameter more than once.';
  const given = parameters.get('state');
  if (!given) return 'The URL is incomplete: it has no `state` parameter.';
  if (!sameState(given, state)) {
    return 'The URL belongs to another login, perhaps an earlier one or one in another window.';
  }
  if (parameters.has('code') && parameters.has('error')) return 'The URL has both a code and an error.';
  if (!parameters.get('code') && !parameters.get('error')) return 'The URL has no authorization code.';
  return undefined;
}
