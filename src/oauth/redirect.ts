import {VaultError} from '../errors.js';
import {sameState} from './state.js';

const PASTE_ALL = 'Copy the whole address of the page where the login ended, from https:// to its end.';

/**
 * The redirect that a person pasted (RFC 6749 §4.1.2), with or without quotes, `<…>` and fragment.
 *
 * @returns its parameters: exactly one `state`, the expected one, and either `code` or `error`
 * @throws VaultError USAGE saying what was pasted instead; it never repeats the text
 */
export function parseRedirect(
  text: string,
  expected: {redirectUri: string; state: string},
): {parameters: URLSearchParams} {
  const address = text.replace(/^[\s"'<]+|[\s"'>]+$/g, '');
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new VaultError('USAGE', 'This is not a whole address. A code alone is not enough.', [PASTE_ALL]);
  }
  const {origin, pathname, searchParams: parameters} = new URL(address);
  const redirectUri = new URL(expected.redirectUri);
  if (origin !== redirectUri.origin || pathname !== redirectUri.pathname) {
    throw new VaultError(
      'USAGE',
      parameters.has('response_type')
        ? 'This is the address that starts the login, not the one where it ends.'
        : `This is another address: the login ends at one that starts with ${redirectUri.origin}${redirectUri.pathname}.`,
      [PASTE_ALL],
    );
  }
  const problem = problemOf(parameters, expected.state);
  if (problem) throw new VaultError('USAGE', problem, [PASTE_ALL]);
  return {parameters};
}

/** Why these parameters do not answer the request with this `state`; nothing when they do. */
export function problemOf(parameters: URLSearchParams, state: string): string | undefined {
  const names = [...parameters.keys()];
  // RFC 6749 §3.1: no parameter may occur more than once.
  if (new Set(names).size < names.length) return 'A parameter of this address occurs more than once.';
  const given = parameters.get('state');
  if (!given) return 'This address has no state, so it cannot be told which login it belongs to.';
  if (!sameState(given, state)) {
    return 'This address belongs to another login: an earlier one, or one in another window.';
  }
  if (parameters.has('code') && parameters.has('error')) return 'This address has both a code and an error.';
  if (!parameters.get('code') && !parameters.get('error')) return 'This address has no authorization code.';
  return undefined;
}
