import {VaultError} from '../errors.js';
import {findService} from '../platforms/service.js';
import {type DoctorContext, ok, type Remark, warning} from './finding.js';

/** Seconds. */
const TIME_LIMIT = 5;
const WORTH_A_WORD = 60;
const TOO_MUCH = 10 * 60;

/** Does the service answer, and is our clock, by which tokens expire, that of its `Date` (RFC 9110 §6.6.1)? */
export async function* checkClock({env, platform}: DoctorContext): AsyncGenerator<Remark> {
  const {apiUrl} = findService(platform, env);
  const {host} = new URL(apiUrl);
  const asked = Date.now();
  const answer = await dateOf(apiUrl);
  if ('problem' in answer) {
    return yield warning(
      `${host} cannot be reached: ${answer.problem}.`,
      'Check the network, a proxy, a firewall.',
    );
  }
  // `Date` has whole seconds: the true time is half of one later, on average.
  const skew = ((asked + Date.now()) / 2 - (Date.parse(answer.date) + 500)) / 1000;
  if (Number.isNaN(skew)) return yield warning(`${host} answers, but does not tell the time.`);
  if (Math.abs(skew) < WORTH_A_WORD) return yield ok(`${host} answers, and the clocks agree.`);

  const minutes = Math.round(Math.abs(skew) / 60);
  const message = `This machine’s clock is ${minutes} min ${skew > 0 ? 'ahead of' : 'behind'} ${host}.`;
  const advice = 'Set it (Linux: timedatectl set-ntp true): by it tokens expire and are refreshed.';
  if (Math.abs(skew) > TOO_MUCH) throw new VaultError('PLATFORM_FAILED', message, [advice]);
  yield warning(message, advice);
}

/** Asked once and without a token: whatever the answer is, it has a date. */
async function dateOf(url: string): Promise<{date: string} | {problem: string}> {
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT * 1000);
    const {headers} = await fetch(url, {method: 'HEAD', redirect: 'manual', signal});
    return {date: headers.get('date') ?? ''};
  } catch (error) {
    // The system's code alone: node's own words may hold the address.
    const {name, cause} = error as Error & {cause?: {code?: string}};
    if (name === 'TimeoutError') return {problem: `no answer within ${TIME_LIMIT} seconds`};
    return {problem: cause?.code ? `the system says ${cause.code}` : 'the connection failed'};
  }
}
