import {VaultError} from './errors.js';

/** Which credential: the platform and the name it is stored under, as someone wrote them. */
export interface CredentialRef {
  platform: string;
  identifier: string;
}

declare const checked: unique symbol;
/** The name of a platform, checked by parsePlatform. */
export type PlatformName = string & {readonly [checked]: 'platform'};
/** The name of a credential, checked by parseIdentifier. */
export type Identifier = string & {readonly [checked]: 'identifier'};

/** A CredentialRef whose two names were checked: safe as a part of a file name. */
export interface RecordName {
  platform: PlatformName;
  identifier: Identifier;
}

/**
 * One account's credential with one app. snake_case because scripts see these names.
 * Times are ISO 8601 in UTC.
 */
export interface Credential extends RecordName {
  app_id: string | null;
  app_secret: string | null;
  /** The long-lived token. On a platform with one token it is also what requests carry. */
  refresh_token: string;
  /** The short-lived token, on platforms with two; `null` where `refresh_token` is the access token. */
  access_token: string | null;
  /** When `access_token` expires; `null`: unknown, never, or no such token. */
  access_expires_at: string | null;
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

/** Returns the token that requests carry. */
export function accessTokenOf({access_token, refresh_token}: Credential): string {
  return access_token ?? refresh_token;
}

/** The fields in the order in which they are shown. */
export const CREDENTIAL_FIELDS = [
  'platform',
  'identifier',
  'app_id',
  'app_secret',
  'refresh_token',
  'access_token',
  'access_expires_at',
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

/** The identifier of a credential that has no name yet. */
export const UNNAMED = '' as Identifier;

export function isPlatformName(text: string): text is PlatformName {
  return /^[a-z0-9]{1,16}$/.test(text);
}

/** Reports whether the text is 1-64 of `A-Z a-z 0-9 . _ -`, not starting with a dot. */
export function isIdentifier(text: string): text is Identifier {
  return /^(?!\.)[A-Za-z0-9._-]{1,64}$/.test(text);
}

/** Throws USAGE. Whether such a platform exists is for the registry of platforms to say. */
export function parsePlatformName(text: string | undefined): PlatformName {
  if (text && isPlatformName(text)) return text;
  throw new VaultError('USAGE', 'A platform name must be 1 to 16 lowercase letters or digits.');
}

/** Throws IDENTIFIER_INVALID. */
export function parseIdentifier(text: string | undefined): Identifier {
  if (text && isIdentifier(text)) return text;
  throw new VaultError(
    'IDENTIFIER_INVALID',
    'A credential name must be 1 to 64 letters, digits, dots, underscores or hyphens, and not start with a dot.',
  );
}

/** Reports whether the text looks like an app secret or a token, and so must not be printed. */
export function looksSecret(text: string): boolean {
  return /^[0-9a-f]{32,}$|^TH[\w-]{30,}$/i.test(text);
}
