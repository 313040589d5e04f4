import type {Credential} from '../credential.js';
import type {RenewalPolicy} from '../platforms/platform.js';

// Plain comparisons of dates, without luxon: every command that uses a token makes them.
const DAY = 24 * 60 * 60;

/** `due`: refresh it now; `fresh`: leave it alone. */
export type Freshness = 'expired' | 'due' | 'fresh';

type Dates = Pick<Credential, 'expires_at' | 'issued_at'> & Partial<Pick<Credential, 'access_expires_at'>>;

/** Returns the seconds until the credential expires: negative once it has, Infinity if it never does or the date is unknown. */
export function secondsLeft({expires_at}: Pick<Credential, 'expires_at'>, now = new Date()): number {
  return secondsUntil(expires_at, now);
}

/** Returns when the token that requests carry expires; `null`: unknown, or never. */
export function accessExpiryOf({access_expires_at, expires_at}: Dates, {kind}: RenewalPolicy): string | null {
  return kind === 'refresh_token' ? (access_expires_at ?? null) : expires_at;
}

/** Returns the seconds until the token that requests carry expires, as `secondsLeft` does. */
export function accessSecondsLeft(credential: Dates, policy: RenewalPolicy, now = new Date()): number {
  return secondsUntil(accessExpiryOf(credential, policy), now);
}

/**
 * Decides whether to refresh: when fewer seconds are left than the platform's window, else than `windowDays`,
 * and the service would allow it. The one rule for "due".
 */
export function freshnessOf(
  credential: Dates,
  policy: RenewalPolicy,
  {windowDays, now = new Date()}: {windowDays: number; now?: Date},
): Freshness {
  if (secondsLeft(credential, now) <= 0) return 'expired';
  if (accessSecondsLeft(credential, policy, now) >= (policy.window ?? windowDays * DAY)) return 'fresh';
  return isTooYoungToRefresh(credential, policy, now) ? 'fresh' : 'due';
}

/**
 * Reports whether the service would refuse to refresh it yet. A token of unknown age is assumed to have had
 * the usual lifetime; with no date at all it is not called too young.
 */
export function isTooYoungToRefresh(credential: Dates, policy: RenewalPolicy, now = new Date()): boolean {
  if (!credential.issued_at && !credential.expires_at) return false;
  const age = credential.issued_at
    ? -secondsUntil(credential.issued_at, now)
    : policy.lifetime - secondsLeft(credential, now);
  return age < policy.minimumAge;
}

/** Seconds. Clocks differ by a little. */
const CLOCK_TOLERANCE = 60;

/**
 * Reports whether the token was issued in the future: this machine's clock is wrong, or was when the dates were
 * stored. Then they are not believed.
 */
export function isFromFuture({issued_at}: Pick<Credential, 'issued_at'>, now = new Date()): boolean {
  return issued_at !== null && secondsUntil(issued_at, now) > CLOCK_TOLERANCE;
}

function secondsUntil(date: string | null, now: Date): number {
  return date === null ? Infinity : (new Date(date).getTime() - now.getTime()) / 1000;
}
