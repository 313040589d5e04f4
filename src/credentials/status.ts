import {accessTokenOf, type Credential} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Account, Platform} from '../platforms/platform.js';
import {warnAboutClock} from './clock-warning.js';
import type {CredentialsContext} from './context.js';
import {type FoundCredential, findCredential, type Source} from './find.js';
import {secondsLeft} from './lifetime.js';
import {type DatedCredential, ensureValid, lookUpDates} from './refresh.js';
import {isTokenInvalid, tokenRevoked} from './token-errors.js';

export interface StatusRequest {
  identifier?: string | undefined;
  /** Seconds: what expires within them is named in `expires_soon`. */
  expiresWithin?: number | undefined;
}

/** What the service says about a credential now. Dates are ISO 8601, UTC. */
export interface Status {
  platform: string;
  source: Source;
  /** The API origin that was asked, and that issued the token. */
  api_url: string;
  account: Account;
  app_id: string | null;
  /** The granted scopes; `null` when the service does not tell. */
  scopes: string[] | null;
  issued_at: string | null;
  expires_at: string | null;
  data_access_expires_at: string | null;
  expires_soon: ('token' | 'permission')[];
  /** Sentences about what the store says differently. */
  differences: string[];
  /** The time of the answer by the clock of the service, if this machine's clock differs by more than a minute. */
  service_time?: string;
}

/**
 * Asks the service whose token it is and what it may do. A stored credential is refreshed first when due; one
 * from the environment is reported unchanged, since the report is about the secret of the CI.
 * Throws what the service answers, and CREDENTIAL_REVOKED when it calls the token invalid.
 */
export async function lookUpStatus(
  context: CredentialsContext,
  {identifier, expiresWithin}: StatusRequest,
): Promise<Status> {
  const told: string[] = [];
  const warn = (message: string) => {
    if (!told.includes(message)) context.warn(message);
    told.push(message);
  };
  const found = await findForStatus({...context, warn}, identifier);
  const status = await statusOf(context.platform, found, expiresWithin);
  await warnAboutClock({...context, warn}, status.service_time);
  return status;
}

/** Asks the service about a credential, and does not ask twice for what was asked on the way. */
export async function statusOf(
  platform: Platform,
  {credential, source, facts: known}: DatedCredential,
  expiresWithin?: number,
): Promise<Status> {
  const token = accessTokenOf(credential);
  const account = await platform.account(credential.api_url, token);
  const facts =
    known ?? (await platform.inspect?.(credential.api_url, token).catch(ignoreUnlessTokenInvalid));
  if (facts && !facts.is_valid) throw tokenRevoked(platform);

  const expires_at = facts?.expires_at ?? credential.expires_at;
  const data_access_expires_at = facts?.data_access_expires_at ?? credential.data_access_expires_at;
  const now = facts?.service_time ? new Date(facts.service_time) : new Date();
  const isSoon = (date: string | null) =>
    expiresWithin !== undefined && secondsLeft({expires_at: date}, now) < expiresWithin;

  const differences: string[] = [];
  if (credential.user_id !== null && credential.user_id !== account.user_id) {
    differences.push(
      `The token belongs to account ${account.user_id}, but is stored as ${credential.user_id}'s.`,
    );
  }
  if (facts?.scopes && credential.scopes && !isSameSet(facts.scopes, credential.scopes)) {
    differences.push(`According to the store, these scopes were granted: ${credential.scopes.join(', ')}.`);
  }
  if (facts?.expires_at && credential.expires_at && !isSameDay(facts.expires_at, credential.expires_at)) {
    differences.push(`According to the store, the token expires on ${credential.expires_at.slice(0, 10)}.`);
  }

  return {
    platform: platform.name,
    source,
    api_url: credential.api_url,
    account,
    app_id: facts?.app_id ?? credential.app_id,
    scopes: facts?.scopes ?? credential.scopes,
    issued_at: facts?.issued_at ?? credential.issued_at,
    expires_at,
    data_access_expires_at,
    expires_soon: [
      ...(isSoon(expires_at) ? ['token' as const] : []),
      ...(isSoon(data_access_expires_at) ? ['permission' as const] : []),
    ],
    differences,
    ...(facts?.service_time && {service_time: facts.service_time}),
  };
}

async function findForStatus(
  context: CredentialsContext,
  identifier: string | undefined,
): Promise<DatedCredential> {
  const found = await findCredential(context, identifier);
  if (found.source.kind === 'environment') return lookUpDates(context, found);
  return ensureValid(context, found, (await context.preferences()).refreshWindowDays);
}

/**
 * Returns the credential with the id of its account, asked of the service if unknown. When the service does
 * not tell, it stays unknown, with a warning. Throws what says that the token is invalid.
 */
export async function withUserId(
  {platform, warn}: Pick<CredentialsContext, 'platform' | 'warn'>,
  {credential}: FoundCredential,
): Promise<Credential> {
  if (credential.user_id !== null) return credential;
  try {
    const {user_id} = await platform.account(credential.api_url, accessTokenOf(credential));
    return {...credential, user_id};
  } catch (error) {
    if (isTokenInvalid(error) || !(error instanceof VaultError)) throw error;
    warn(`Could not look up whose token it is: ${error.message}`);
    return credential;
  }
}

/** Some tokens may not be inspected; then the store is believed. */
function ignoreUnlessTokenInvalid(error: unknown): undefined {
  if (isTokenInvalid(error)) throw error;
}

function isSameSet(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every(each => other.includes(each));
}

function isSameDay(one: string, other: string): boolean {
  return Math.abs(Date.parse(one) - Date.parse(other)) < 24 * 60 * 60 * 1000;
}
