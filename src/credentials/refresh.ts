import {platformVariable} from '../config/variables.js';
import type {Credential, CredentialRef} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Platform, TokenFacts} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {Vault} from '../vault/vault.js';
import type {FoundCredential} from './find.js';
import {notStored} from './find.js';
import {freshnessOf, isTooYoungToRefresh, secondsLeft} from './lifetime.js';
import {isTokenInvalid, tokenRevoked} from './token-errors.js';

export interface RefreshPolicy {
  /** A token with fewer days left is refreshed. */
  windowDays: number;
  warn: (message: string) => void;
}

/** A credential that can be used now. */
export interface ResolvedCredential extends FoundCredential {
  /** What the service said of the token, where it was asked on the way. */
  facts?: TokenFacts;
}

/**
 * The one place that every use of a token passes: makes sure that it lives, and refreshes it when it is
 * time. A refresh that fails while the token still lives is a warning. An expired token costs no request.
 * Throws CREDENTIAL_EXPIRED, CREDENTIAL_REVOKED and what the vault throws.
 */
export async function ensureValid(
  platform: Platform,
  vault: Vault,
  sourced: FoundCredential,
  policy: RefreshPolicy,
): Promise<ResolvedCredential> {
  if (sourced.source.kind === 'environment') return ensureValidFromEnvironment(platform, sourced, policy);
  const {credential} = sourced;
  const life = freshnessOf(credential, platform, policy.windowDays);
  if (life === 'expired') throw credentialExpired(credential);
  if (life === 'fresh' && credential.expires_at !== null) return sourced;
  try {
    return {...sourced, ...(await refreshStored(platform, vault, credential, policy.windowDays))};
  } catch (error) {
    await continueWithOld(platform, credential, error, policy);
    return sourced;
  }
}

/**
 * Renews a stored credential in place, under its lock: re-read there, so that of many processes one
 * asks. Without `force` only when it is time; dates that nobody knows yet are asked for, and kept. The
 * new token is on the disk before it is returned.
 * Throws what the service answers; the old token is then still the stored one.
 */
export async function refreshStored(
  platform: Platform,
  vault: Pick<Vault, 'update'>,
  ref: CredentialRef,
  windowDays: number,
  force = false,
): Promise<{credential: Credential; refreshed: boolean}> {
  let refreshed = false;
  const credential = await vault.update(
    {platform: ref.platform, identifier: ref.identifier},
    async current => {
      if (!current) throw notStored(platform, ref.identifier, []);
      const dated = force ? current : (await withDates(platform, current)).credential;
      const life = freshnessOf(dated, platform, windowDays);
      if (life === 'expired') throw credentialExpired(dated);
      if (life === 'fresh' && !force) return dated.expires_at === current.expires_at ? undefined : dated;
      const next = await renew(platform, dated);
      refreshed = true;
      return next;
    },
  );
  return {credential: credential!, refreshed};
}

/**
 * Renews a credential from the environment, without `force` only when it is time. Nothing keeps it: the
 * caller must hand the new token on. Throws what the service answers.
 */
export async function refreshFromEnvironment(
  platform: Platform,
  sourced: FoundCredential,
  windowDays: number,
  force = false,
): Promise<{credential: Credential; refreshed: boolean}> {
  if (!force) refuseExpired(sourced);
  const {credential} = force ? sourced : await withDates(platform, sourced.credential);
  if (!force && freshnessOf(credential, platform, windowDays) !== 'due')
    return {credential, refreshed: false};
  return {credential: await renew(platform, credential), refreshed: true};
}

async function renew(platform: Platform, credential: Credential): Promise<Credential> {
  const now = new Date().toISOString();
  const {access_token, expires_at} = await platform
    .refresh(credential.api_url, credential.refresh_token)
    .catch(error => {
      throw tooYoung(platform, credential, error);
    });
  return {...credential, refresh_token: access_token, expires_at, issued_at: now, refreshed_at: now};
}

/**
 * Completes a credential with its dates, where it has none: with one question to the service.
 * Throws CREDENTIAL_REVOKED and what the service answers.
 */
async function withDates(
  platform: Platform,
  credential: Credential,
): Promise<{credential: Credential; facts?: TokenFacts}> {
  if (credential.expires_at) return {credential};
  const facts = await platform.inspect(credential.api_url, credential.refresh_token);
  if (!facts.is_valid) throw tokenRevoked(platform);
  const dated = {
    ...credential,
    user_id: credential.user_id ?? facts.user_id,
    scopes: facts.scopes ?? credential.scopes,
    issued_at: facts.issued_at ?? credential.issued_at,
    expires_at: facts.expires_at,
    data_access_expires_at: facts.data_access_expires_at ?? credential.data_access_expires_at,
  };
  return {credential: dated, facts};
}

/**
 * A credential from the environment as it stands, with its dates where they can be had; without an
 * answer the token is taken as it is, with a warning. Throws CREDENTIAL_EXPIRED and CREDENTIAL_REVOKED.
 */
export async function lookUpDates(
  platform: Platform,
  sourced: FoundCredential,
  warn: (message: string) => void,
): Promise<ResolvedCredential> {
  refuseExpired(sourced);
  try {
    return {...sourced, ...(await withDates(platform, sourced.credential))};
  } catch (error) {
    if (isTokenInvalid(error) || !(error instanceof VaultError)) throw error;
    warn(`When the token expires could not be looked up (${error.message}) It is used as it is.`);
    return sourced;
  }
}

async function ensureValidFromEnvironment(
  platform: Platform,
  sourced: FoundCredential,
  policy: RefreshPolicy,
): Promise<ResolvedCredential> {
  const living = await lookUpDates(platform, sourced, policy.warn);
  if (freshnessOf(living.credential, platform, policy.windowDays) !== 'due') return living;
  try {
    const credential = await renew(platform, living.credential);
    policy.warn(
      'The token from the environment was refreshed for this run only. Put a new one into the CI’s secrets, ' +
        `such as by: ${bin} ${platform.name} refresh --format env | gh secret set -f -`,
    );
    return {...sourced, credential};
  } catch (error) {
    await continueWithOld(platform, living.credential, error, policy);
    return living;
  }
}

/**
 * After a failed refresh: is the old token good enough to go on with? The service's "dead" is believed
 * only of the token itself. A new token that never arrived, or could not be stored, may have ended the
 * old one. So in each of these cases the old one is looked up.
 */
async function continueWithOld(
  platform: Platform,
  credential: Credential,
  error: unknown,
  policy: RefreshPolicy,
): Promise<void> {
  if (!(error instanceof VaultError)) throw error;
  const {code, exitCode} = error;
  if (exitCode !== 7 && exitCode !== 4 && code !== 'STORAGE_FAILED' && code !== 'LOCK_TIMEOUT') throw error;
  if (exitCode === 4 || code === 'NETWORK_FAILED' || code === 'STORAGE_FAILED') {
    const {api_url, refresh_token} = credential;
    const dead = await platform.inspect(api_url, refresh_token).then(
      facts => (facts.is_valid ? undefined : tokenRevoked(platform)),
      problem => (isTokenInvalid(problem) ? problem : undefined),
    );
    if (dead) throw code === 'NETWORK_FAILED' ? lostToken(platform) : dead;
  }
  const until = credential.expires_at ? `It lives until ${credential.expires_at.slice(0, 10)}; this` : 'This';
  policy.warn(`The token could not be refreshed: ${error.message} ${until} run goes on with it.`);
}

/** Throws CREDENTIAL_EXPIRED for a token that is known to have ended. */
export function refuseExpired({credential, source}: FoundCredential): void {
  if (secondsLeft(credential) > 0) return;
  throw source.kind === 'environment' ? variableExpired(credential) : credentialExpired(credential);
}

function credentialExpired({platform, identifier, expires_at}: Credential): VaultError {
  return new VaultError(
    'CREDENTIAL_EXPIRED',
    `The ${platform} token ${identifier} expired on ${expires_at?.slice(0, 10)}, and an expired token cannot be refreshed.`,
    [`Authorize again: ${bin} ${platform} authorize --identifier ${identifier}`],
  );
}

function variableExpired({platform, expires_at}: Credential): VaultError {
  return new VaultError(
    'CREDENTIAL_EXPIRED',
    `The ${platform} token from the environment expired on ${expires_at?.slice(0, 10)}, and an expired token cannot be refreshed.`,
    [
      `Is the token newer than ${platformVariable(platform, 'TOKEN_EXPIRES_AT')} says? Set that again too, or remove it.`,
      `Else authorize again where a browser is: ${bin} ${platform} authorize`,
    ],
  );
}

/** The service made a new token, and it never arrived. */
function lostToken(platform: Platform): VaultError {
  return new VaultError(
    'CREDENTIAL_REVOKED',
    `The answer to a refresh was lost on the way, and ${platform.title} no longer accepts the old token.`,
    [`Authorize again: ${bin} ${platform.name} authorize`],
  );
}

/** A refusal under the minimum age has one likely reason; say it. */
function tooYoung(platform: Platform, credential: Credential, error: unknown): unknown {
  const refused = error instanceof VaultError && error.code === 'REFRESH_REFUSED';
  if (!refused || !isTooYoungToRefresh(credential, platform)) return error;
  return new VaultError(
    'REFRESH_REFUSED',
    `${platform.title} refused to refresh the token: it is not 24 hours old yet.`,
    ['Try again a day after it was issued. Until then it is good as it is.'],
  );
}
