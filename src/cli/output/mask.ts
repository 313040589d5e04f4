import type {Credential} from '../../credential.js';

/** The fields that nobody sees unasked. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['app_secret', 'refresh_token']);

/** Enough to recognise a secret, not enough to use it: `THAA…x9Qz`. */
export function maskSecret(secret: string): string {
  return secret.length >= 24 ? `${secret.slice(0, 4)}…${secret.slice(-4)}` : '…';
}

/** The credential as it is shown unasked. */
export function maskCredential(credential: Credential): Credential {
  const entries = Object.entries(credential).map(([name, value]) =>
    SECRET_FIELDS.has(name) && typeof value === 'string' ? [name, maskSecret(value)] : [name, value],
  );
  return Object.fromEntries(entries);
}
