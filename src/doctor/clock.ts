import {formatDuration} from '../duration.js';
import {VaultError} from '../errors.js';
import {sendRequest} from '../platforms/http.js';
import {findService} from '../platforms/service.js';
import {type DoctorContext, ok, type Remark, warning} from './finding.js';

/** Seconds. */
const TIME_LIMIT = 5;
/** Seconds. The `Date` header has whole seconds, and the answer takes a while. */
const TOLERANCE = 60;
/** Seconds. A token can then be taken for valid after it has expired, or be refreshed too late. */
const TOO_MUCH = 10 * 60;

/** Asks the service once, without a token, and compares our clock with its `Date` header (RFC 9110 §6.6.1). */
export async function* checkClock({env, platform}: DoctorContext): AsyncGenerator<Remark> {
  const url = new URL(findService(platform, env).apiUrl);
  const signal = AbortSignal.timeout(TIME_LIMIT * 1000);
  const asked = Date.now();
  let date: string | undefined;
  try {
    ({date = ''} = await sendRequest(url, {method: 'HEAD', signal}));
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const message = signal.aborted
      ? `Could not reach ${url.host}: no answer within ${TIME_LIMIT} seconds.`
      : error.message;
    return yield warning(message, 'Check the network, the proxy and the firewall.');
  }
  // The header drops the fraction of the second: on average the true time is half a second later.
  const skew = ((asked + Date.now()) / 2 - (Date.parse(date) + 500)) / 1000;
  if (Number.isNaN(skew)) return yield warning(`${url.host} answers, but does not tell the time.`);
  if (Math.abs(skew) < TOLERANCE) return yield ok(`${url.host} answers, and the clocks agree.`);

  const direction = skew > 0 ? 'ahead of' : 'behind';
  const message = `This machine's clock is ${formatDuration(Math.abs(skew))} ${direction} ${url.host}.`;
  const advice = 'Set it (Linux: timedatectl set-ntp true). Token expiry depends on it.';
  if (Math.abs(skew) > TOO_MUCH) throw new VaultError('PLATFORM_FAILED', message, [advice]);
  yield warning(message, advice);
}
