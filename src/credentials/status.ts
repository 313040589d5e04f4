import type {Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Account, Platform} from '../platforms/platform.js';
import type {Source} from './find.js';
import {secondsLeft} from './lifetime.js';
import type {ResolvedCredential} from './refresh.js';
import {isTokenInvalid, tokenRevoked} from './token-errors.js';

/** What the service says of a credential now, beside what was believed. Dates are ISO 8601, UTC. */
export interface Status {
  platform: string;
  source: Source;
  account: Account;
  app_id: string | null;
  /** Granted; `null` when the service does not tell. */
  scopes: string[] | null;
  issued_at: string | null;
  expires_at: string | null;
  data_access_expires_at: string | null;
  /** Which of `token` and `permission` end within the time that was asked about. */
  expires_soon: ('token' | 'permission')[];
  /** Where the store believes something else, in words. */
  differences: string[];
}

/**
 * Asks the service whose token this is and what it may do. What `debug_token` does not tell is taken
 * from the store. Throws what the service answers, CREDENTIAL_REVOKED when it calls the token invalid.
 */
export async function lookUpStatus(
  platform: Platform,
  living: ResolvedCredential,
  within?: number,
): Promise<Status> {
  const {credential, source} = living;
  const {api_url, refresh_token} = credential;
  const account = await platform.account(api_url, refresh_token);
  const facts =
    living.facts ?? (await platform.inspect(api_url, refresh_token).catch(ignoreUnlessTokenInvalid));
  if (facts && !facts.is_valid) throw tokenRevoked(platform);

  const expires_at = facts?.expires_at ?? credential.expires_at;
  const data_access_expires_at = facts?.data_access_expires_at ?? credential.data_access_expires_at;
  const soon = (date: string | null) => within !== undefined && secondsLeft({expires_at: date}) < within;

  const differences: string[] = [];
  if (credential.user_id !== null && credential.user_id !== account.user_id) {
    differences.push(
      `The token belongs to account ${account.user_id}, not to ${credential.user_id} as was believed.`,
    );
  }
  if (facts?.scopes && credential.scopes && !sameSet(facts.scopes, credential.scopes)) {
    differences.push(`The store believes that these scopes were granted: ${credential.scopes.join(', ')}.`);
  }
  if (facts?.expires_at && credential.expires_at && !sameDay(facts.expires_at, credential.expires_at)) {
    differences.push(`The store believes that the token ends on ${credential.expires_at.slice(0, 10)}.`);
  }

  return {
    platform: platform.name,
    source,
    account,
    app_id: facts?.app_id ?? credential.app_id,
    scopes: facts?.scopes ?? credential.scopes,
    issued_at: facts?.issued_at ?? credential.issued_at,
    expires_at,
    data_access_expires_at,
    expires_soon: [
      ...(soon(expires_at) ? ['token' as const] : []),
      ...(soon(data_access_expires_at) ? ['permission' as const] : []),
    ],
    differences,
  };
}

/**
 * The credential with its account's number, asked of the service where nobody told it. Without an
 * answer it stays unknown, with a warning. Throws what says that the token is dead.
 */
export async function withUserId(
  platform: Platform,
  {credential}: ResolvedCredential,
  warn: (message: string) => void,
): Promise<Credential> {
  if (credential.user_id !== null) return credential;
  try {
    const {user_id} = await platform.account(credential.api_url, credential.refresh_token);
    return {...credential, user_id};
  } catch (error) {
    if (isTokenInvalid(error) || !(error instanceof VaultError)) throw error;
    warn(`Whose token it is could not be looked up: ${error.message}`);
    return credential;
  }
}

/** Some tokens may not be inspected: then the store's word stands. A dead token is an answer all the same. */
function ignoreUnlessTokenInvalid(error: unknown): undefined {
  if (isTokenInvalid(error)) throw error;
}

function sameSet(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every(each => other.includes(each));
}

function sameDay(one: string, other: string): boolean {
  return Math.abs(Date.parse(one) - Date.parse(other)) < 24 * 60 * 60 * 1000;
}
