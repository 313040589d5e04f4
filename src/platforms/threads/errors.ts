import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import type {Answer} from '../http.js';

/** Either of Meta's two shapes, as one. */
interface PlatformError {
  code: number | undefined;
  subcode: number | undefined;
  message: string;
  transient: boolean;
}

const AGAIN = `Authorize again: ${bin} threads authorize`;

/** Codes 1 and 2 and what Meta itself calls transient: asking again may help. */
export function isPassingFault(answer: Answer): boolean {
  const error = readError(answer);
  return error !== undefined && (error.transient || error.code === 1 || error.code === 2);
}

/** An answer that says no, and would say so again: neither a fault of the service nor a passing one. */
export function isRefusal(answer: Answer): boolean {
  return answer.status < 500 && readError(answer) !== undefined && !isPassingFault(answer);
}

/**
 * What a person is told, decided by Meta's code and not by the HTTP status, which varies.
 * Meta's own text is never passed on: it may repeat what was sent.
 */
export function graphError(answer: Answer): VaultError {
  const error = readError(answer);
  if (!error) {
    if (answer.status === 429) return rateLimited(answer);
    return new VaultError(
      'PLATFORM_FAILED',
      `Threads answered with something unexpected (HTTP ${answer.status}).`,
      ['Try again in a few minutes.'],
    );
  }
  const {code, subcode} = error;
  if (code === 190 || code === 102) return invalidToken(subcode);
  if (code === 101) {
    return new VaultError('APP_REJECTED', 'Threads does not accept the app id or the app secret.', [
      'Copy the Threads app id and Threads app secret from App dashboard → Use cases → Access the Threads API → Settings.',
      'They are not the Meta app id and secret at the top of the dashboard.',
    ]);
  }
  if (code === 100 && /redirect_uri/i.test(error.message)) {
    return new VaultError('REDIRECT_URI_REJECTED', 'Threads does not know this redirect URI.', [
      'Register exactly this address in the app’s settings (mind a trailing slash) and authorize again.',
    ]);
  }
  const content = contentRefused(answer, error);
  if (content) return content;
  if (code === 400 && /code/i.test(error.message)) {
    return new VaultError(
      'AUTHORIZATION_REFUSED',
      'The authorization code was used already, or is too old.',
      [AGAIN],
    );
  }
  if (code === 10 || (code === 100 && subcode === 10) || (code !== undefined && code >= 200 && code <= 299)) {
    return new VaultError('PERMISSION_MISSING', 'The permission for this is missing.', [
      'Is the account an accepted tester of the app? Threads → Settings → Account → Website permissions → Invites.',
      `Was the scope granted? See ${bin} threads status, then: ${bin} threads authorize --scope all`,
    ]);
  }
  if (code === 24) {
    return new VaultError('CONTAINER_NOT_READY', 'Threads does not know this post or container (yet).', [
      'Wait half a minute and try again.',
    ]);
  }
  if (code === 100 && subcode === 33) {
    return new VaultError(
      'NOT_FOUND',
      'Threads does not find this: it is not there, or not for this account.',
      [
        'The id of a post is the number that was printed when it was made, not the end of its web address.',
        'If THREADS_USER_ID is set: does it belong to the token?',
      ],
    );
  }
  if (code === 100 && isRefusal(answer)) {
    return new VaultError('VALUE_REFUSED', 'Threads does not accept a value that it was given (code 100).', [
      'Check the ids: that of a post is the number that was printed when it was made, not the end of its web address.',
    ]);
  }
  if (answer.status === 429 || (code !== undefined && [4, 17, 32, 341, 368, 613].includes(code))) {
    return rateLimited(answer);
  }
  return new VaultError(
    'PLATFORM_FAILED',
    `Threads refused the request (code ${code ?? '?'}${subcode ? `/${subcode}` : ''}, HTTP ${answer.status}).`,
    error.transient || code === 1 || code === 2 ? ['Try again in a few minutes.'] : [],
  );
}

function rateLimited({retryAfter}: Answer): VaultError {
  const wait = retryAfter ? `about ${Math.ceil(retryAfter / 60)} minutes` : 'a while';
  return new VaultError('RATE_LIMITED', 'Threads allows no more of these calls for now.', [
    `Wait ${wait} and try again.`,
  ]);
}

/** What is wrong with a post, where the service's answer to it tells. */
function contentRefused({text}: Answer, {code, subcode, message}: PlatformError): VaultError | undefined {
  if (subcode === 2207052) return mediaRejected('it could not be fetched');
  if (code === 100 && /at most 500 characters/i.test(message)) {
    return new VaultError('USAGE', 'Threads counts more than 500 characters in the text.', [
      'It may count letters beyond plain Latin, and curly quotes, as several. Shorten the text.',
    ]);
  }
  if (/LINK_LIMIT_EXCEEDED/.test(text))
    return new VaultError('USAGE', 'Threads counts more links in the post than it allows.');
  return undefined;
}

/** `why` and `what` in words of ours. */
export function mediaRejected(why: string, what = 'the image or video'): VaultError {
  return new VaultError('MEDIA_REJECTED', `Threads cannot use ${what}: ${why}.`, [
    'It must lie at a public address that needs no login: a JPEG or PNG up to 8 MB, or an MP4 or MOV up to 1 GB and 5 minutes.',
    'Nothing was published.',
  ]);
}

function invalidToken(subcode: number | undefined): VaultError {
  switch (subcode) {
    case 458:
      return new VaultError('CREDENTIAL_REVOKED', 'The account took the app’s access away.', [AGAIN]);
    case 459:
    case 464:
      return new VaultError('ACCOUNT_HELD', 'Threads wants the account’s owner to confirm something first.', [
        'Open Threads, follow what it asks, and then authorize again.',
        AGAIN,
      ]);
    case 460:
      return new VaultError(
        'CREDENTIAL_REVOKED',
        'The account’s password was changed; that ended the token.',
        [AGAIN],
      );
    case 463:
      return new VaultError('CREDENTIAL_EXPIRED', 'The token has expired.', [AGAIN]);
    default:
      return new VaultError('CREDENTIAL_REVOKED', 'Threads no longer accepts the token.', [AGAIN]);
  }
}

function readError({status, body}: Answer): PlatformError | undefined {
  const graph = body?.error as Record<string, unknown> | undefined;
  if (graph && typeof graph === 'object') {
    return {
      code: toNumber(graph.code),
      subcode: toNumber(graph.error_subcode),
      message: toText(graph.message),
      transient: graph.is_transient === true,
    };
  }
  if (body && (body.error_message !== undefined || body.error_type !== undefined)) {
    const code = toNumber(body.code ?? body.error_code);
    return {code, subcode: undefined, message: toText(body.error_message), transient: false};
  }
  return status >= 400 && body
    ? {code: undefined, subcode: undefined, message: '', transient: false}
    : undefined;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
