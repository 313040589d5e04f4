import type {Credential} from '../credential.js';
import type {Platform} from '../platforms/platform.js';

const DAY = 24 * 60 * 60;

/** `due`: refresh it now; `fresh`: leave it. */
export type Freshness = 'expired' | 'due' | 'fresh';

/** Seconds until the credential expires, negative once it has; Infinity where it never does or nobody knows. */
export function secondsLeft(credential: Pick<Credential, 'expires_at'>, now = new Date()): number {
  return credential.expires_at === null ? Infinity : secondsBetween(now, new Date(credential.expires_at));
}

/** Refresh when less than the window is left and the service would allow it. */
export function freshnessOf(
  credential: Pick<Credential, 'expires_at' | 'issued_at'>,
  platform: Pick<Platform, 'minimumRefreshAge' | 'tokenLifetime'>,
  windowDays: number,
  now = new Date(),
): Freshness {
  const left = secondsLeft(credential, now);
  if (left <= 0) return 'expired';
  if (left >= windowDays * DAY) return 'fresh';
  return isTooYoungToRefresh(credential, platform, now) ? 'fresh' : 'due';
}

/**
 * Would the service refuse to refresh it yet? With an unknown age it is taken to have had the usual
 * lifetime; where no date is known it is not called too young.
 */
export function isTooYoungToRefresh(
  credential: Pick<Credential, 'expires_at' | 'issued_at'>,
  platform: Pick<Platform, 'minimumRefreshAge' | 'tokenLifetime'>,
  now = new Date(),
): boolean {
  if (!credential.issued_at && !credential.expires_at) return false;
  const age = credential.issued_at
    ? secondsBetween(new Date(credential.issued_at), now)
    : platform.tokenLifetime - secondsLeft(credential, now);
  return age < platform.minimumRefreshAge;
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
