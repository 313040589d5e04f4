import type {Credential} from '../../credential.js';

/** The fields that are shown only when asked for. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['app_secret', 'refresh_token', 'access_token']);

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
