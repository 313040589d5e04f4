import {Duration} from 'luxon';

/** In seconds. */
const UNITS = {days: 86_400, hours: 3600, minutes: 60, seconds: 1};

/** Each text is made once: luxon takes 20 us for one, and a list of ten thousand credentials needs few. */
const texts = new Map<string, string>();

/** Formats a duration in the largest unit of which there are at least two: `58 days`, `47 hours`, `119 minutes`. */
export function formatDuration(seconds: number): string {
  const [unit, length] = Object.entries(UNITS).find(([, length]) => seconds >= 2 * length) ?? ['seconds', 1];
  const amount = Math.round(seconds / length);
  const key = `${amount} ${unit}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = Duration.fromObject({[unit]: amount}, {locale: 'en-US'}).toHuman({useGrouping: false});
  texts.set(key, text);
  return text;
}
