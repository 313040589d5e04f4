import {platformVariable} from '../config/variables.js';
import {accessTokenOf, type Credential, type RecordName} from '../credential.js';
import {ExitCode, VaultError} from '../errors.js';
import {clockHint} from '../platforms/clock.js';
import type {Platform, TokenFacts} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {Update} from '../vault/vault.js';
import {warnAboutClock} from './clock-warning.js';
import type {CredentialsContext} from './context.js';
import {type FoundCredential, notStored} from './find.js';
import {
  accessExpiryOf,
  accessSecondsLeft,
  type Freshness,
  freshnessOf,
  isFromFuture,
  isTooYoungToRefresh,
  secondsLeft,
} from './lifetime.js';
import {isTokenInvalid, tokenRevoked} from './token-errors.js';

export interface RefreshOptions {
  /** Refresh when fewer days are left, where the platform has no window of its own. */
  windowDays: number;
  /** Refresh even when not due. */
  force?: boolean;
}

export interface Renewed {
  credential: Credential;
  /** False when it was not due. */
  refreshed: boolean;
}

/** What of a platform a refresh needs. */
export type Renewer = Pick<Platform, 'name' | 'title' | 'renewal' | 'renew' | 'inspect'>;

/** A credential and, if the service was asked on the way, what it said about the token. */
export type DatedCredential = FoundCredential & {facts?: TokenFacts};

/**
 * Makes sure that a credential is valid, and refreshes it when due. Every use of a token passes here. A failed
 * refresh of a token that is still valid is a warning. An expired token costs no request.
 * Throws CREDENTIAL_EXPIRED, CREDENTIAL_REVOKED and what the vault throws.
 */
export async function ensureValid(
  context: CredentialsContext,
  found: FoundCredential,
  windowDays: number,
): Promise<DatedCredential> {
  if (found.source.kind === 'environment') return ensureValidFromEnvironment(context, found, windowDays);
  const {platform} = context;
  const {credential} = found;
  const freshness = decide(platform, credential, {windowDays});
  if (freshness === 'expired') throw credentialExpired(credential);
  if (freshness === 'fresh' && isDated(platform, credential)) return found;
  try {
    return {...found, ...(await refreshStored(context, credential, {windowDays}))};
  } catch (error) {
    await continueWithOld(context, credential, error);
    return found;
  }
}

/** Renews a credential where it is: in the store, or, from the environment, for the caller to pass on. */
export async function refreshFound(
  context: CredentialsContext,
  found: FoundCredential,
  {force}: {force: boolean},
): Promise<Renewed> {
  const options = {windowDays: (await context.preferences()).refreshWindowDays, force};
  return found.source.kind === 'environment'
    ? refreshFromEnvironment(context, found, options)
    : refreshStored(context, found.credential, options);
}

/**
 * Renews a stored credential under its lock. It is read again there, so that only one of many processes asks
 * the service. Dates that are unknown or in the future are looked up and stored. The new token is on the disk before it is returned.
 * Throws what the service answers; the old token is then still stored.
 */
export async function refreshStored(
  {platform, vault, warn}: {platform: Renewer; vault: {update: Update}} & Pick<CredentialsContext, 'warn'>,
  {platform: platformName, identifier}: RecordName,
  {windowDays, force = false}: RefreshOptions,
): Promise<Renewed> {
  let refreshed = false;
  const credential = await vault.update({platform: platformName, identifier}, async current => {
    if (!current) throw notStored(platform.name, identifier, []);
    const {credential: dated, facts}: Dated = force
      ? {credential: current}
      : await withDates({platform, warn}, current);
    const freshness = decide(platform, dated, {windowDays, now: timeOf(facts)});
    if (freshness === 'expired') throw credentialExpired(dated);
    if (freshness === 'fresh' && !force) {
      const isUnchanged = dated.expires_at === current.expires_at && dated.issued_at === current.issued_at;
      return isUnchanged ? undefined : dated;
    }
    const next = await renew({platform, warn}, dated);
    refreshed = true;
    return next;
  });
  return {credential: credential!, refreshed};
}

/**
 * Renews a credential from the environment. Nothing stores it: the caller must pass the new token on.
 * Throws what the service answers.
 */
export async function refreshFromEnvironment(
  {platform, warn}: Pick<CredentialsContext, 'platform' | 'warn'>,
  found: FoundCredential,
  {windowDays, force = false}: RefreshOptions,
): Promise<Renewed> {
  if (!force) refuseExpired(found);
  const {credential, facts}: Dated = force ? found : await withDates({platform, warn}, found.credential);
  if (!force && decide(platform, credential, {windowDays, now: timeOf(facts)}) !== 'due')
    return {credential, refreshed: false};
  return {credential: await renew({platform, warn}, credential), refreshed: true};
}

/** Sends one request, never repeated: the service may have acted on one whose answer was lost. */
async function renew(
  {platform, warn}: {platform: Renewer} & Pick<CredentialsContext, 'warn'>,
  credential: Credential,
): Promise<Credential> {
  const now = new Date().toISOString();
  const {
    refresh_token,
    expires_at,
    access_token,
    access_expires_at,
    issued_at = now,
  } = await platform.renew(credential).catch(error => {
    throw explainRefusal(platform, credential, error);
  });
  await warnAboutClock({platform, warn}, issued_at);
  return {
    ...credential,
    refresh_token,
    expires_at,
    access_token,
    access_expires_at,
    issued_at,
    refreshed_at: issued_at,
  };
}

/** As `freshnessOf`, but a token that was issued in the future is due: its dates are not believed. */
function decide(
  {renewal}: Renewer,
  credential: Credential,
  options: {windowDays: number; now?: Date},
): Freshness {
  const freshness = freshnessOf(credential, renewal, options);
  return freshness === 'fresh' && isFromFuture(credential, options.now) ? 'due' : freshness;
}

/** Returns the time by the clock of the service, if it was asked and differs, else by this machine's clock. */
function timeOf(facts: TokenFacts | undefined): Date {
  return facts?.service_time ? new Date(facts.service_time) : new Date();
}

/** Reports whether the dates that decide about a refresh are known, or cannot be asked for. */
function isDated({renewal, inspect}: Renewer, credential: Credential): boolean {
  const isKnown = credential.expires_at !== null && !isFromFuture(credential);
  return isKnown || renewal.kind === 'refresh_token' || inspect === undefined;
}

type Dated = {credential: Credential; facts?: TokenFacts};

/**
 * Fills in the dates of a credential that has none, or whose dates are in the future, with one request.
 * Throws CREDENTIAL_REVOKED and what the service answers.
 */
async function withDates(
  {platform, warn}: {platform: Renewer} & Pick<CredentialsContext, 'warn'>,
  credential: Credential,
): Promise<Dated> {
  if (isDated(platform, credential)) return {credential};
  const isDoubtful = isFromFuture(credential);
  const facts = await platform.inspect!(credential.api_url, accessTokenOf(credential)).catch(error => {
    // Some tokens may not be inspected. Refreshing one whose dates are wrong brings new dates.
    const mayRefresh =
      error instanceof VaultError && error.code !== 'NETWORK_FAILED' && !isTokenInvalid(error);
    if (isDoubtful && mayRefresh) return undefined;
    throw error;
  });
  if (!facts) return {credential};
  if (!facts.is_valid) throw tokenRevoked(platform);
  await warnAboutClock({platform, warn}, facts.service_time);
  const dated = {
    ...credential,
    user_id: credential.user_id ?? facts.user_id,
    scopes: facts.scopes ?? credential.scopes,
    issued_at: facts.issued_at ?? (isDoubtful ? null : credential.issued_at),
    expires_at: facts.expires_at,
    data_access_expires_at: facts.data_access_expires_at ?? credential.data_access_expires_at,
  };
  return {credential: dated, facts};
}

/**
 * Fills in the dates of a credential from the environment. When they cannot be looked up, the token is used
 * as it is, with a warning. Throws CREDENTIAL_EXPIRED and CREDENTIAL_REVOKED.
 */
export async function lookUpDates(
  {platform, warn}: Pick<CredentialsContext, 'platform' | 'warn'>,
  found: FoundCredential,
): Promise<DatedCredential> {
  refuseExpired(found);
  try {
    return {...found, ...(await withDates({platform, warn}, found.credential))};
  } catch (error) {
    if (isTokenInvalid(error) || !(error instanceof VaultError)) throw error;
    warn(`Could not look up when the token expires: ${error.message} Using it anyway.`);
    return found;
  }
}

async function ensureValidFromEnvironment(
  context: CredentialsContext,
  found: FoundCredential,
  windowDays: number,
): Promise<DatedCredential> {
  const {platform, warn} = context;
  const dated = await lookUpDates(context, found);
  const freshness = decide(platform, dated.credential, {windowDays, now: timeOf(dated.facts)});
  if (freshness !== 'due') return dated;
  try {
    const credential = await renew(context, dated.credential);
    warn(
      'The token from the environment was refreshed for this run only. Store a new one in the secrets of the ' +
        `CI, for example: ${bin} ${platform.name} refresh --format env | gh secret set -f -`,
    );
    return {...found, credential};
  } catch (error) {
    await continueWithOld(context, dated.credential, error);
    return dated;
  }
}

/**
 * Decides after a failed refresh whether the old token can still be used, and throws if not. "Invalid" is
 * believed only about the token itself, and a new token that was lost on the way or could not be stored may
 * have ended the old one; so in these cases the old token is looked up, where the platform allows that.
 */
async function continueWithOld(
  {platform, warn}: Pick<CredentialsContext, 'platform' | 'warn'>,
  credential: Credential,
  error: unknown,
): Promise<void> {
  if (!(error instanceof VaultError)) throw error;
  const {code, exitCode} = error;
  const isRefused = exitCode === ExitCode.CREDENTIAL;
  const mayPass = isRefused || exitCode === ExitCode.SERVICE;
  if (!mayPass && code !== 'STORAGE_FAILED' && code !== 'LOCK_TIMEOUT') throw error;
  if (accessSecondsLeft(credential, platform.renewal) <= 0) throw error;
  if (isRefused && !platform.inspect) throw error;
  if (isRefused || code === 'NETWORK_FAILED' || code === 'STORAGE_FAILED') {
    const invalid = await findInvalid(platform, credential);
    if (invalid) throw code === 'NETWORK_FAILED' ? answerLost(platform) : invalid;
  }
  const expiry = accessExpiryOf(credential, platform.renewal);
  if (isFromFuture(credential)) {
    return warn(
      `Could not refresh the token: ${error.message} Its stored dates are in the future, so this ` +
        "machine's clock is or was wrong. The token is used for now.",
    );
  }
  const until = expiry ? ` until ${expiry.slice(0, 10)}` : '';
  warn(`Could not refresh the token: ${error.message} The old token is valid${until} and is used for now.`);
}

/** Returns the error of a token that the service calls invalid; `undefined` if it does not, or cannot be asked. */
async function findInvalid(platform: Platform, credential: Credential): Promise<VaultError | undefined> {
  return platform.inspect?.(credential.api_url, accessTokenOf(credential)).then(
    facts => (facts.is_valid ? undefined : tokenRevoked(platform)),
    problem => (isTokenInvalid(problem) ? problem : undefined),
  );
}

/** Throws CREDENTIAL_EXPIRED for a token that is known to have expired. */
export function refuseExpired({credential, source}: FoundCredential): void {
  if (secondsLeft(credential) > 0) return;
  throw source.kind === 'environment' ? variableExpired(credential) : credentialExpired(credential);
}

function credentialExpired({platform, identifier, expires_at}: Credential): VaultError {
  return new VaultError(
    'CREDENTIAL_EXPIRED',
    `The ${platform} token ${identifier} expired on ${expires_at?.slice(0, 10)}; an expired token cannot be refreshed.`,
    [`Log in again: ${bin} ${platform} authorize --identifier ${identifier}`, clockHint()],
  );
}

function variableExpired({platform, expires_at}: Credential): VaultError {
  const date = platformVariable(platform, 'TOKEN_EXPIRES_AT');
  return new VaultError(
    'CREDENTIAL_EXPIRED',
    `The ${platform} token from the environment expired on ${expires_at?.slice(0, 10)}; an expired token cannot be refreshed.`,
    [
      `If the token is newer than ${date} says, correct or unset ${date}.`,
      `Otherwise log in again on a machine with a browser: ${bin} ${platform} authorize`,
      clockHint(),
    ],
  );
}

/** For a refresh whose answer was lost, after which the old token no longer works. */
function answerLost(platform: Platform): VaultError {
  return new VaultError(
    'CREDENTIAL_REVOKED',
    `The answer to a refresh was lost on the way, and ${platform.title} no longer accepts the old token.`,
    [`Log in again: ${bin} ${platform.name} authorize`],
  );
}

/** A refusal of a token below the minimum age has one likely reason, so the error names it. */
function explainRefusal(platform: Renewer, credential: Credential, error: unknown): unknown {
  const isRefused = error instanceof VaultError && error.code === 'REFRESH_REFUSED';
  if (!isRefused || !isTooYoungToRefresh(credential, platform.renewal)) return error;
  const hours = platform.renewal.minimumAge / 3600;
  return new VaultError(
    'REFRESH_REFUSED',
    `${platform.title} refused to refresh the token: it is not ${hours} hours old yet.`,
    [`Try again ${hours} hours after it was issued. Until then the token is valid.`],
  );
}
