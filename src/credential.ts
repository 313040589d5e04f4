import {VaultError} from './errors.js';

/** Which credential: the platform (`threads`) and the name it was stored under. */
export interface CredentialRef {
  platform: string;
  identifier: string;
}

/**
 * One account's credential with one app. snake_case because scripts see these names.
 * Times are ISO 8601 in UTC.
 */
export interface Credential extends CredentialRef {
  app_id: string | null;
  app_secret: string | null;
  /** The long-lived token; on Threads it refreshes itself. */
  refresh_token: string;
  /** A string: the service's numbers are above 2^53. */
  user_id: string | null;
  username: string | null;
  /** The scopes that were granted; `null` when unknown. */
  scopes: string[] | null;
  issued_at: string | null;
  /** `null`: unknown, or never. */
  expires_at: string | null;
  /** When the permission grant, a second clock beside the token's, runs out. */
  data_access_expires_at: string | null;
  refreshed_at: string | null;
  redirect_uri: string | null;
  /** The API origin that issued the token and the only one it is ever sent to. */
  api_url: string;
}

/** The fields in the order in which they are shown. */
export const CREDENTIAL_FIELDS = [
  'platform',
  'identifier',
  'app_id',
  'app_secret',
  'refresh_token',
  'user_id',
  'username',
  'scopes',
  'issued_at',
  'expires_at',
  'data_access_expires_at',
  'refreshed_at',
  'redirect_uri',
  'api_url',
] as const satisfies (keyof Credential)[];

/** The platform's name, if it can be one. Throws USAGE. */
export function parsePlatform(text: string | undefined): string {
  if (text && /^[a-z0-9]{1,16}$/.test(text)) return text;
  throw new VaultError('USAGE', 'That is not a platform’s name.', ['The platform is: threads']);
}

export const IDENTIFIER = /^(?!\.)[A-Za-z0-9._-]{1,64}$/;

/** The identifier, if it is one: 1–64 of `A-Z a-z 0-9 . _ -`, not starting with a dot. Throws IDENTIFIER_INVALID. */
export function parseIdentifier(text: string | undefined): string {
  if (text && IDENTIFIER.test(text)) return text;
  throw new VaultError(
    'IDENTIFIER_INVALID',
    'A name for a credential is 1 to 64 letters, digits, dots, underscores or hyphens, and does not start with a dot.',
  );
}

/** An app secret or a token, given where a name belongs: nothing that is printed may repeat it. */
export function looksSecret(text: string): boolean {
  return /^[0-9a-f]{32,}$|^TH[\w-]{30,}$/i.test(text);
}
