import {type ErrorCode, VaultError} from '../../errors.js';
import {plural} from '../../plural.js';
import {bin} from '../../program.js';
import type {Answer} from '../http.js';

/** An error of Meta, read from either of the two shapes that it sends. */
interface MetaError {
  code: number | undefined;
  subcode: number | undefined;
  message: string;
  transient: boolean;
}

const LOG_IN_AGAIN = `Log in again: ${bin} threads authorize`;
const TRY_AGAIN = 'Try again in a few minutes.';
const POST_ID_HINT =
  'A post ID is the number that was printed when the post was created, not the last part of its URL.';

/** Graph API codes of rate limits (4, 17, 32, 341, 613) and of a temporary block (368). */
const RATE_LIMIT_CODES = [4, 17, 32, 341, 368, 613];

/** Reports whether the same request may succeed later: codes 1 and 2, and errors that Meta marks as transient. */
export function isTransientError(answer: Answer): boolean {
  const error = parseMetaError(answer);
  return error !== undefined && (error.transient || error.code === 1 || error.code === 2);
}

/** Reports whether the service refused the request for good: not a transient error, nor one of the server (5xx). */
export function isRefusal(answer: Answer): boolean {
  return answer.status < 500 && parseMetaError(answer) !== undefined && !isTransientError(answer);
}

/** Reports whether the answer contains an error, in either shape or as OAuth's text (RFC 6749 section 5.2). */
export function hasError({body}: Answer): boolean {
  return [body?.error, body?.error_message, body?.error_type].some(
    each => each !== undefined && each !== null,
  );
}

/**
 * Turns a failed answer into the error to throw. Meta's error code decides, not the HTTP status, which varies.
 * Meta's own text is never passed on: it may repeat what was sent.
 */
export function graphError(answer: Answer): VaultError {
  const error = parseMetaError(answer);
  if (!error) {
    if (answer.status === 429) return rateLimitError(answer);
    return new VaultError('PLATFORM_FAILED', `Threads sent an unexpected response (HTTP ${answer.status}).`, [
      TRY_AGAIN,
    ]);
  }
  const {code, subcode} = error;
  if (code === 190 || code === 102) return tokenError(subcode);
  if (code === 101) {
    return new VaultError('APP_REJECTED', 'Threads rejected the app ID or the app secret.', [
      'Copy the Threads app ID and the Threads app secret from App Dashboard → Use cases → Access the Threads API → Settings.',
      'The Meta app ID and secret at the top of the dashboard do not work here.',
    ]);
  }
  if (code === 100 && /redirect_uri/i.test(error.message)) {
    return new VaultError(
      'REDIRECT_URI_REJECTED',
      'The redirect URI is not registered with the Threads app.',
      [
        "Add exactly the same URI (mind a trailing slash) to Redirect Callback URLs in the app's settings.",
        `Then log in again: ${bin} threads authorize`,
      ],
    );
  }
  const rejected = contentError(answer, error);
  if (rejected) return rejected;
  if (code === 400 && /code/i.test(error.message)) {
    return new VaultError(
      'AUTHORIZATION_REFUSED',
      'The authorization code has expired or has already been used.',
      [LOG_IN_AGAIN],
    );
  }
  if (code === 10 || (code === 100 && subcode === 10) || (code !== undefined && code >= 200 && code <= 299)) {
    return new VaultError('PERMISSION_MISSING', 'The token lacks the permission for this request.', [
      'Make sure that the account is an accepted tester of the app: Threads → Settings → Account → Website permissions → Invites.',
      `See which scopes were granted: ${bin} threads status`,
      `Log in again with every scope: ${bin} threads authorize --scope all`,
    ]);
  }
  if (code === 24) {
    return new VaultError(
      'CONTAINER_NOT_READY',
      'Threads cannot find this post or container. It may not be ready yet.',
      ['Wait 30 seconds and try again.'],
    );
  }
  if (code === 100 && subcode === 33) {
    return new VaultError(
      'NOT_FOUND',
      'Not found: the ID does not exist, or the account has no access to it.',
      [POST_ID_HINT, 'If THREADS_USER_ID is set, make sure that it belongs to the token.'],
    );
  }
  if (code === 100 && isRefusal(answer)) {
    return new VaultError('VALUE_REFUSED', 'Threads rejected a value in the request (code 100).', [
      `Check the IDs. ${POST_ID_HINT}`,
    ]);
  }
  if (answer.status === 429 || (code !== undefined && RATE_LIMIT_CODES.includes(code)))
    return rateLimitError(answer);
  return requestRefused(answer);
}

function requestRefused(answer: Answer): VaultError {
  return new VaultError(
    'PLATFORM_FAILED',
    `Threads refused the request (${describeCode(answer)}, HTTP ${answer.status}).`,
    isTransientError(answer) ? [TRY_AGAIN] : [],
  );
}

/** Describes Meta's error code: `code 452/4279019`. */
export function describeCode(answer: Answer): string {
  const {code, subcode} = parseMetaError(answer) ?? {};
  return `code ${code ?? '?'}${subcode ? `/${subcode}` : ''}`;
}

/** Reports whether Threads refused to exchange a token because it is long-lived already. */
export function isLongLivedAlready(answer: Answer): boolean {
  const error = parseMetaError(answer);
  return error?.code === 452 && error.subcode === 4279019;
}

/** Codes of `graphError` whose words and exit codes are about posts. */
const ABOUT_POSTS: ErrorCode[] = [
  'USAGE',
  'VALUE_REFUSED',
  'NOT_FOUND',
  'CONTAINER_NOT_READY',
  'MEDIA_REJECTED',
];

/** Turns a failed answer to a question about a token into an error, as `graphError` does, but never speaks of posts. */
export function tokenRequestError(answer: Answer): VaultError {
  const error = graphError(answer);
  return isAboutPosts(error) ? requestRefused(answer) : error;
}

export function isAboutPosts({code}: VaultError): boolean {
  return ABOUT_POSTS.includes(code);
}

function rateLimitError({retryAfter}: Answer): VaultError {
  const minutes = Math.ceil((retryAfter ?? 0) / 60);
  const wait = minutes > 0 ? `about ${plural(minutes, 'minute')}` : 'a while';
  return new VaultError('RATE_LIMITED', 'Threads allows no more of these requests for now (rate limit).', [
    `Wait ${wait} and try again.`,
  ]);
}

/** The error for a post that Threads rejects because of its content, if the answer says so. */
function contentError({text}: Answer, {code, subcode, message}: MetaError): VaultError | undefined {
  if (subcode === 2207052) return mediaError('it could not be downloaded');
  if (code === 100 && /at most 500 characters/i.test(message)) {
    return new VaultError('USAGE', 'Threads counts more than 500 characters in the text.', [
      'Threads may count non-Latin letters and curly quotes as several characters. Shorten the text.',
    ]);
  }
  if (/LINK_LIMIT_EXCEEDED/.test(text))
    return new VaultError('USAGE', 'Threads counts more links in the post than it allows (5).');
  return undefined;
}

/** The error for an image or video that Threads cannot use. `reason` must not contain text from Meta. */
export function mediaError(reason: string, media = 'the image or video'): VaultError {
  return new VaultError('MEDIA_REJECTED', `Threads cannot use ${media}: ${reason}.`, [
    'It must be at a public URL that needs no login: a JPEG or PNG of at most 8 MB, or an MP4 or MOV of at most 1 GB and 5 minutes.',
    'Nothing was published.',
  ]);
}

/** The error for an access token that Threads does not accept, by Meta's subcode. */
function tokenError(subcode: number | undefined): VaultError {
  switch (subcode) {
    case 458:
      return new VaultError('CREDENTIAL_REVOKED', "The account revoked the app's access.", [LOG_IN_AGAIN]);
    case 459:
    case 464:
      return new VaultError('ACCOUNT_HELD', "Threads needs the account's owner to confirm something first.", [
        'Open Threads and follow the instructions there.',
        LOG_IN_AGAIN,
      ]);
    case 460:
      return new VaultError(
        'CREDENTIAL_REVOKED',
        "The token was revoked because the account's password changed.",
        [LOG_IN_AGAIN],
      );
    case 463:
      return new VaultError('CREDENTIAL_EXPIRED', 'The token has expired.', [LOG_IN_AGAIN]);
    default:
      return new VaultError('CREDENTIAL_REVOKED', 'Threads no longer accepts the token.', [LOG_IN_AGAIN]);
  }
}

function parseMetaError({status, body}: Answer): MetaError | undefined {
  const graph = body?.error as Record<string, unknown> | undefined;
  if (graph && typeof graph === 'object') {
    return {
      code: parseErrorCode(graph.code),
      subcode: parseErrorCode(graph.error_subcode),
      message: stringOrEmpty(graph.message),
      transient: graph.is_transient === true,
    };
  }
  if (body && (body.error_message !== undefined || body.error_type !== undefined)) {
    const code = parseErrorCode(body.code ?? body.error_code);
    return {code, subcode: undefined, message: stringOrEmpty(body.error_message), transient: false};
  }
  return status >= 400 && body
    ? {code: undefined, subcode: undefined, message: '', transient: false}
    : undefined;
}

function stringOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Meta sends codes as numbers, and sometimes as strings. */
function parseErrorCode(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
