import {VaultError} from '../../errors.js';

const SECONDS: Record<string, number> = {m: 60, h: 3600, d: 86_400, w: 604_800};

/** `7d`, `36h`, `2w`, `90m` as seconds. Throws USAGE. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (amount && unit) return Number(amount) * SECONDS[unit]!;
  throw new VaultError('USAGE', 'That is not a length of time.', ['Write it as 90m, 36h, 7d or 2w.']);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `19 Jan 2027`, in UTC and in every language. Intl and luxon take longer to load than a list to print. */
export function formatDay(iso: string): string {
  const date = new Date(iso);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** `58 days left, refresh by 19 Jan 2027`; what is past or never in words too. */
export function formatTimeLeft(expiresAt: string | null, now = new Date()): string {
  if (expiresAt === null) return 'no end known';
  const seconds = (Date.parse(expiresAt) - now.getTime()) / 1000;
  if (seconds <= 0) return `expired on ${formatDay(expiresAt)}`;
  return `${formatDuration(seconds)} left, refresh by ${formatDay(expiresAt)}`;
}

/** The largest unit that says enough: days, below two days hours, below two hours minutes. */
export function formatDuration(seconds: number): string {
  const [amount, unit] =
    seconds >= 2 * 86_400
      ? [seconds / 86_400, 'day']
      : seconds >= 2 * 3600
        ? [seconds / 3600, 'hour']
        : seconds >= 120
          ? [seconds / 60, 'minute']
          : [seconds, 'second'];
  const whole = Math.round(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}
