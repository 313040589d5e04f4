import {VaultError} from '../errors.js';
import {unwrap} from './redirect.js';

/**
 * Extracts the authorization code from what a person copied: the code alone or the address that the login
 * ended on, either of them with the `#_` that Meta appends.
 *
 * @throws VaultError AUTHORIZATION_REFUSED for the address of a refused login; USAGE if there is no code.
 *   Never repeats the text, which may contain a code.
 */
export function codeIn(text: string): string {
  const copied = unwrap(text);
  if (!/^https?:\/\//i.test(copied)) return validate(copied.replace(/#_?$/, ''));
  const parameters = URL.canParse(copied) ? new URL(copied).searchParams : new URLSearchParams();
  if (parameters.has('error')) {
    throw new VaultError(
      'AUTHORIZATION_REFUSED',
      'Access was denied during that login, so there is no code.',
      ['Log in again and choose Allow.'],
    );
  }
  return validate(parameters.get('code') ?? '');
}

function validate(code: string): string {
  if (/^[\x21-\x7e]+$/.test(code)) return code;
  throw new VaultError('USAGE', 'No authorization code found.', [
    'Copy the whole address of the page that the login ended on, or the part of it after code=',
  ]);
}
