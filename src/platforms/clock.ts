/** Seconds. The `Date` header has whole seconds, and an answer takes a while. */
const TOLERANCE = 60;
/** Seconds. A token can then be taken for valid after it has expired, or be refreshed too late. */
const TOO_MUCH = 10 * 60;
/** Milliseconds, a hundred years. A service that is further off is wrong itself. */
const MAXIMUM = 100 * 365 * 24 * 60 * 60 * 1000;

/**
 * Returns the time of an answer by its `Date` header (RFC 9110 section 6.6.1) if this machine's clock differs by
 * more than a minute; `undefined` if the clocks agree, or without a usable header.
 */
export function serviceTime(date: string | undefined, now = Date.now()): Date | undefined {
  const time = date && /^[A-Z][a-z]{2}, .* GMT$/.test(date) ? Date.parse(date) : NaN;
  const difference = Math.abs(time - now);
  return difference > TOLERANCE * 1000 && difference < MAXIMUM ? new Date(time) : undefined;
}

/** Describes how far this machine's clock is off, if that is more than 10 minutes. */
export async function describeClockError(
  time: string | Date | undefined,
  service: string,
): Promise<string | undefined> {
  const ahead = time === undefined ? 0 : (Date.now() - new Date(time).getTime()) / 1000;
  if (Math.abs(ahead) <= TOO_MUCH) return undefined;
  // Loaded only here, because commands that use a token have no other use for it.
  const {formatDuration} = await import('../duration.js');
  return `This machine's clock is ${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} ${service}.`;
}

/** The suggestion in an error about an expiry that this machine's clock decided. */
export function clockHint(now = new Date()): string {
  return `If this machine's clock is wrong, correct it: its date is ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
}
