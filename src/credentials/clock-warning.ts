import {describeClockError} from '../platforms/clock.js';
import type {Platform} from '../platforms/platform.js';
import type {CredentialsContext} from './context.js';

/** Warns if this machine's clock is more than 10 minutes off. `time` is that of the service, if known. */
export async function warnAboutClock(
  {platform, warn}: {platform: Pick<Platform, 'title'>} & Pick<CredentialsContext, 'warn'>,
  time: string | undefined,
): Promise<void> {
  const clockError = await describeClockError(time, platform.title);
  if (clockError)
    warn(`${clockError} The dates of the token were computed from the service's time. Set the clock.`);
}
