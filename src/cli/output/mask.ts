import {type Credential, looksSecret} from '../../credential.js';
import {sanitize} from './sanitize.js';

/** The fields that are shown only on request. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['app_secret', 'refresh_token', 'access_token']);

/** Longer than any name or word that is worth repeating. */
const LONGEST_REPEATED = 40;

/** Shows enough of a secret to recognize it, too little to use it: `THAA…x9Qz`. */
export function maskSecret(secret: string): string {
  return secret.length >= 24 ? `${secret.slice(0, 4)}…${secret.slice(-4)}` : '…';
}

/** Masks the secrets of a credential. */
export function maskCredential(credential: Credential): Credential {
  const entries = Object.entries(credential).map(([name, value]) =>
    SECRET_FIELDS.has(name) && typeof value === 'string' ? [name, maskSecret(value)] : [name, value],
  );
  return Object.fromEntries(entries);
}

/** Returns what was typed, shortened, for an error to repeat; `undefined` if it may hold a secret. */
export function repeatable(typed: string): string | undefined {
  if (typed.split(/[^\w-]+/).some(looksSecret)) return undefined;
  const text = sanitize(typed).trim();
  return text.length > LONGEST_REPEATED ? `${text.slice(0, LONGEST_REPEATED)}...` : text;
}
