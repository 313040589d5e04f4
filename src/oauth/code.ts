import {VaultError} from '../errors.js';

/**
 * The authorization code in what a person copied: the code alone, or the address that the login ended on,
 * either with the `#_` that Meta puts behind it.
 *
 * @throws VaultError AUTHORIZATION_REFUSED for the address of a refused login; USAGE where there is no code;
 *   it never repeats the text
 */
export function codeIn(text: string): string {
  const given = text.replaceAll(/^[\s"'<]+|[\s"'>]+$/g, '');
  if (!/^https?:\/\//i.test(given)) return checked(given.replace(/#_?$/, ''));
  const parameters = URL.canParse(given) ? new URL(given).searchParams : new URLSearchParams();
  if (parameters.has('error')) {
    throw new VaultError(
      'AUTHORIZATION_REFUSED',
      'That login ended without permission, so there is no code.',
      ['Log in again and choose Allow.'],
    );
  }
  return checked(parameters.get('code') ?? '');
}

function checked(code: string): string {
  if (/^[\x21-\x7e]+$/.test(code)) return code;
  throw new VaultError('USAGE', 'There is no authorization code in that.', [
    'Copy the whole address of the page where the login ended, or what stands behind code= in it.',
  ]);
}
