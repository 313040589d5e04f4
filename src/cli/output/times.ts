import {DateTime, Duration} from 'luxon';
import {type Credential, looksSecret} from '../../credential.js';
import {isFromFuture} from '../../credentials/lifetime.js';
import {formatDuration} from '../../duration.js';
import {VaultError} from '../../errors.js';

export {formatDuration};

const UNITS: Record<string, 'minutes' | 'hours' | 'days' | 'weeks'> = {
  m: 'minutes',
  h: 'hours',
  d: 'days',
  w: 'weeks',
};

/** Parses a flag's value such as `7d`, `36h`, `2w` or `90m` into seconds. Throws USAGE. */
export function parseDuration(text: string, flag: string): number {
  const [, amount, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (amount && unit) return Duration.fromObject({[UNITS[unit]!]: Number(amount)}).as('seconds');
  const value = looksSecret(text) ? 'the value' : JSON.stringify(text);
  throw new VaultError('USAGE', `${flag}: ${value} is not a duration (use 90m, 36h, 7d or 2w).`);
}

/** Each day is formatted once: luxon takes 20 us for one, and a list of ten thousand credentials needs few. */
const days = new Map<number, string>();

/** Formats a date as `19 Jan 2027`, in UTC and in English whatever the machine's settings are. */
export function formatDay(iso: string): string {
  const day = Math.floor(Date.parse(iso) / 86_400_000);
  const text = days.get(day) ?? parseDate(iso).toFormat('d LLL yyyy');
  days.set(day, text);
  return text;
}

/**
 * Describes when a token expires: `58 days left, refresh by 19 Jan 2027`, `expired on 19 Jan 2027`. If it was
 * issued in the future, says so instead of how long is left.
 */
export function formatTimeLeft(
  {expires_at, issued_at = null}: Pick<Credential, 'expires_at'> & Partial<Pick<Credential, 'issued_at'>>,
  now = new Date(),
): string {
  if (expires_at === null) return 'no end known';
  if (isFromFuture({issued_at}, now))
    return `refresh by ${formatDay(expires_at)}, but issued in the future by this machine's clock, which is or was wrong`;
  const seconds = parseDate(expires_at)
    .diff(DateTime.fromJSDate(now, {zone: 'utc'}))
    .as('seconds');
  if (seconds <= 0) return `expired on ${formatDay(expires_at)}`;
  return `${formatDuration(seconds)} left, refresh by ${formatDay(expires_at)}`;
}

function parseDate(iso: string): DateTime {
  return DateTime.fromISO(iso, {zone: 'utc', locale: 'en-US'});
}
