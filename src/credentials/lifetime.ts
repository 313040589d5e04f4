import type {Credential} from '../credential.js';
import type {Platform} from '../platforms/platform.js';

// Plain comparisons of dates, without luxon: every command that uses a token makes them.

/** What a platform says about the age of its tokens. */
export type RefreshRules = Pick<Platform, 'minimumRefreshAge' | 'tokenLifetime'>;

/** `due`: refresh it now; `fresh`: leave it. */
export type Freshness = 'expired' | 'due' | 'fresh';

/** Returns the seconds until the token expires: negative once it has, Infinity if it never does or nobody knows. */
export function secondsLeft(credential: Pick<Credential, 'expires_at'>, now = new Date()): number {
  return credential.expires_at === null ? Infinity : secondsBetween(now, new Date(credential.expires_at));
}

/** Decides whether a token is due: fewer days left than `windowDays`, and old enough for the service to refresh it. */
export function freshnessOf(
  credential: Pick<Credential, 'expires_at' | 'issued_at'>,
  platform: RefreshRules,
  windowDays: number,
  now = new Date(),
): Freshness {
  const left = secondsLeft(credential, now);
  if (left <= 0) return 'expired';
  if (left >= windowDays * SECONDS_PER_DAY) return 'fresh';
  return isTooYoungToRefresh(credential, platform, now) ? 'fresh' : 'due';
}

/**
 * Reports whether the service would still refuse to refresh the token. If its age is unknown, it is computed from the
 * usual lifetime; if no date is known at all, the token counts as old enough.
 */
export function isTooYoungToRefresh(
  credential: Pick<Credential, 'expires_at' | 'issued_at'>,
  platform: RefreshRules,
  now = new Date(),
): boolean {
  if (!credential.issued_at && !credential.expires_at) return false;
  const age = credential.issued_at
    ? secondsBetween(new Date(credential.issued_at), now)
    : platform.tokenLifetime - secondsLeft(credential, now);
  return age < platform.minimumRefreshAge;
}

const SECONDS_PER_DAY = 24 * 60 * 60;

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
