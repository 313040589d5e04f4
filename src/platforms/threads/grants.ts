import type * as OpenIdClient from 'openid-client';
import {isToken} from '../../config/variables.js';
import {VaultError} from '../../errors.js';
import {bin} from '../../program.js';
import {describeClockError, serviceTime} from '../clock.js';
import {type Answer, quoteIdentifiers, sendRequest} from '../http.js';
import type {App, Service} from '../platform.js';
import {
  describeCode,
  graphError,
  hasError,
  isAboutPosts,
  isLongLivedAlready,
  isRefusal,
  tokenRequestError,
} from './errors.js';

/** Seconds, 60 days. Used if the response does not say how long a token is valid. */
export const TOKEN_LIFETIME = 60 * 24 * 60 * 60;

/** A token that is valid for 60 days. ISO dates, by the clock of the service where that differs. */
export interface LongLivedToken {
  access_token: string;
  issued_at: string;
  expires_at: string | null;
}

/** Seconds, a hundred years. A longer lifetime is an error of the service and may not be a valid date. */
const MAXIMUM_LIFETIME = 100 * 365 * 24 * 60 * 60;

/** Returns the URL of the login page (Meta: "Get Access Tokens and Permissions"). Scopes are separated by commas. */
export async function authorizationUrl(
  service: Service,
  {appId, redirectUri, scopes, state}: {appId: string; redirectUri: string; scopes: string[]; state: string},
): Promise<string> {
  const {openid, configuration} = await client(service, {id: appId, secret: ''});
  const parameters = {redirect_uri: redirectUri, scope: scopes.join(','), state};
  return openid.buildAuthorizationUrl(configuration, parameters).href;
}

/**
 * Exchanges a code for a short-lived token, and that for a long-lived token. The code works only once, so no
 * request is repeated. A short-lived token is never returned, because it cannot be refreshed.
 */
export async function exchangeCode(
  service: Service,
  request: {app: App; redirectUri: string; parameters: URLSearchParams; state: string},
): Promise<LongLivedToken & {user_id: string | null}> {
  const shortLived = await codeGrant(service, request);
  return {
    ...(await exchangeShortLived(service.apiUrl, request.app, shortLived.access_token)),
    user_id: shortLived.user_id,
  };
}

/** Exchanges a short-lived token for a long-lived one (`GET /access_token`, grant `th_exchange_token`). */
export function exchangeShortLived(apiUrl: string, app: App, token: string): Promise<LongLivedToken> {
  return tokenGrant(
    new URL('/access_token', apiUrl),
    {grant_type: 'th_exchange_token', client_secret: app.secret, access_token: token},
    exchangeError,
  );
}

/**
 * Refreshes a long-lived token that is at least 24 hours old and has not expired (`GET /refresh_access_token`,
 * grant `th_refresh_token`). Throws REFRESH_REFUSED for a refusal that has no error code of its own.
 */
export function refresh(apiUrl: string, token: string): Promise<LongLivedToken> {
  return tokenGrant(
    new URL('/refresh_access_token', apiUrl),
    {grant_type: 'th_refresh_token', access_token: token},
    refreshError,
  );
}

async function refreshError(answer: Answer): Promise<VaultError> {
  const error = tokenRequestError(answer);
  if (error.code !== 'PLATFORM_FAILED' || !isRefusal(answer)) return error;
  const clockError = await describeClockError(serviceTime(answer.date), 'Threads');
  return new VaultError(
    'REFRESH_REFUSED',
    `Threads refused to refresh the token (${describeCode(answer)}).`,
    [
      ...(clockError ? [`${clockError} Set it, then try again.`] : []),
      'A token can be refreshed from 24 hours after it was issued until it expires. See which dates Threads has: ' +
        `${bin} threads status`,
    ],
  );
}

function exchangeError(answer: Answer): VaultError {
  const importLine =
    'import it instead, as a line THREADS_REFRESH_TOKEN=TOKEN on standard input: ' +
    `${bin} utils tokens import --from env -`;
  if (!isLongLivedAlready(answer))
    return valueError(answer, 'token', `If the token is already valid for 60 days, ${importLine}`);
  return new VaultError('VALUE_REFUSED', `Threads refused to exchange the token (${describeCode(answer)}).`, [
    `This token is already valid for 60 days: ${importLine}`,
  ]);
}

function codeError(answer: Answer): VaultError {
  return valueError(answer, 'code', `Log in again: ${bin} threads authorize`);
}

/** The error of a failed exchange. A refusal for which `graphError` has only words about posts gets its own. */
function valueError(answer: Answer, what: string, suggestion: string): VaultError {
  const error = graphError(answer);
  if (!isAboutPosts(error)) return error;
  if (!isRefusal(answer)) return tokenRequestError(answer);
  const message = `Threads refused to exchange the ${what} (${describeCode(answer)}).`;
  return new VaultError('VALUE_REFUSED', message, [suggestion]);
}

/** Sends `POST /oauth/access_token` (RFC 6749 §4.1.3), with the secret in the body and not in the URL. */
async function codeGrant(
  service: Service,
  {
    app,
    redirectUri,
    parameters,
    state,
  }: {app: App; redirectUri: string; parameters: URLSearchParams; state: string},
): Promise<{access_token: string; user_id: string | null}> {
  const {openid, configuration} = await client(service, app);
  let failure: unknown;
  configuration[openid.customFetch] = async (address, {body}) => {
    try {
      const form = new URLSearchParams(body as URLSearchParams);
      form.set('redirect_uri', redirectUri); // Exactly as registered: a URL object would add a slash.
      const answer = await sendRequest(new URL(address), {method: 'POST', form});
      await requireToken(answer, codeError);
      // RFC 6749 §5.1 requires a token_type, which Meta does not send.
      const standard = {...JSON.parse(quoteIdentifiers(answer.text)), token_type: 'bearer'};
      return new Response(JSON.stringify(standard), {headers: {'content-type': 'application/json'}});
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const redirect = new URL(redirectUri);
  redirect.search = parameters.toString();
  try {
    const tokens = await openid.authorizationCodeGrant(configuration, redirect, {expectedState: state});
    return {
      access_token: tokens.access_token,
      user_id: typeof tokens.user_id === 'string' ? tokens.user_id : null,
    };
  } catch {
    // Errors of openid-client contain codes and tokens, so they are not passed on.
    if (failure instanceof VaultError) throw failure;
    throw new VaultError('PLATFORM_FAILED', 'Threads sent an unexpected response to the code exchange.', [
      'Nothing was stored. Try again in a few minutes.',
    ]);
  }
}

async function tokenGrant(
  url: URL,
  parameters: Record<string, string>,
  toError: (answer: Answer) => VaultError | Promise<VaultError>,
): Promise<LongLivedToken> {
  url.search = new URLSearchParams(parameters).toString();
  const answer = await sendRequest(url);
  const issuedAt = serviceTime(answer.date) ?? new Date();
  const access_token = await requireToken(answer, toError);
  const {expires_in} = answer.body!;
  const seconds = typeof expires_in === 'string' || typeof expires_in === 'number' ? Number(expires_in) : 0;
  const lifetime = seconds >= 1 && seconds < MAXIMUM_LIFETIME ? seconds : TOKEN_LIFETIME;
  return {
    access_token,
    issued_at: issuedAt.toISOString(),
    expires_at: new Date(issuedAt.getTime() + lifetime * 1000).toISOString(),
  };
}

/** Returns the token of an answer. Throws PLATFORM_FAILED if it is unusable or an error is beside it. */
async function requireToken(
  answer: Answer,
  toError: (answer: Answer) => VaultError | Promise<VaultError>,
): Promise<string> {
  const token = answer.body?.access_token;
  if (answer.status >= 400 || token === undefined || token === null) throw await toError(answer);
  if (isToken(token) && !hasError(answer)) return token;
  throw new VaultError('PLATFORM_FAILED', 'Threads sent an unusable token, or an error beside it.', [
    'Nothing was stored. Try again in a few minutes.',
  ]);
}

async function client(
  {authorizeUrl, apiUrl}: Service,
  app: App,
): Promise<{openid: typeof OpenIdClient; configuration: OpenIdClient.Configuration}> {
  const openid = await import('openid-client');
  const server = {
    issuer: apiUrl,
    authorization_endpoint: authorizeUrl,
    token_endpoint: new URL('/oauth/access_token', apiUrl).href,
  };
  const configuration = new openid.Configuration(
    server,
    app.id,
    {},
    openid.ClientSecretPost(app.secret || 'none'),
  );
  // `checkServiceUrl` accepts plain HTTP only for loopback addresses.
  if (apiUrl.startsWith('http:')) openid.allowInsecureRequests(configuration);
  return {openid, configuration};
}
