import type * as OpenIdClient from 'openid-client';
import {VaultError} from '../../errors.js';
import {type Answer, quoteIdentifiers, sendRequest} from '../http.js';
import type {App, Service} from '../platform.js';
import {graphError, isRefusal} from './errors.js';

/** Seconds: a long-lived token's life where the answer does not tell. */
export const TOKEN_LIFETIME = 60 * 24 * 60 * 60;

/** A token that is valid for 60 days. `expires_at` is an ISO date by the local clock. */
export interface LongLivedToken {
  access_token: string;
  expires_at: string | null;
}

/** Seconds, a hundred years: beyond it a number is none, and no date either. */
const LONGEST_LIFETIME = 100 * 365 * 24 * 60 * 60;

/** The address that a person opens (Meta: "Get Access Tokens and Permissions"; scopes are comma-separated). */
export async function authorizationUrl(
  service: Service,
  {appId, redirectUri, scopes, state}: {appId: string; redirectUri: string; scopes: string[]; state: string},
): Promise<string> {
  const {openid, configuration} = await client(service, {id: appId, secret: ''});
  const parameters = {redirect_uri: redirectUri, scope: scopes.join(','), state};
  return openid.buildAuthorizationUrl(configuration, parameters).href;
}

/**
 * Code → short-lived token → long-lived token. The code works once, so nothing here is repeated, and a
 * short-lived token alone is never returned: it could not be refreshed.
 */
export async function exchangeCode(
  service: Service,
  request: {app: App; redirectUri: string; parameters: URLSearchParams; state: string},
): Promise<LongLivedToken & {user_id: string | null}> {
  const short = await codeGrant(service, request);
  return {
    ...(await exchangeShortLived(service.apiUrl, request.app, short.access_token)),
    user_id: short.user_id,
  };
}

/** `GET /access_token`, grant `th_exchange_token`: a short-lived token for a long-lived one. */
export function exchangeShortLived(apiUrl: string, app: App, token: string): Promise<LongLivedToken> {
  return tokenGrant(new URL('/access_token', apiUrl), {
    grant_type: 'th_exchange_token',
    client_secret: app.secret,
    access_token: token,
  });
}

/**
 * `GET /refresh_access_token`, grant `th_refresh_token`: allowed from 24 hours of age until expiry.
 * Throws REFRESH_REFUSED for a no that has no other name.
 */
export function refresh(apiUrl: string, token: string): Promise<LongLivedToken> {
  return tokenGrant(
    new URL('/refresh_access_token', apiUrl),
    {grant_type: 'th_refresh_token', access_token: token},
    refreshError,
  );
}

function refreshError(answer: Answer): VaultError {
  const error = graphError(answer);
  if (!['PLATFORM_FAILED', 'VALUE_REFUSED'].includes(error.code) || !isRefusal(answer)) return error;
  return new VaultError('REFRESH_REFUSED', error.message, error.suggestions);
}

/** `POST /oauth/access_token` (RFC 6749 §4.1.3), the secret in the body and not in the address. */
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
      form.set('redirect_uri', redirectUri); // To the letter; a URL object adds a slash.
      const answer = await sendRequest(new URL(address), {method: 'POST', form});
      if (typeof answer.body?.access_token !== 'string') throw graphError(answer);
      // RFC 6749 §5.1 wants a token_type; Meta sends none.
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
    // openid-client's errors hold codes and tokens.
    if (failure instanceof VaultError) throw failure;
    throw new VaultError('PLATFORM_FAILED', 'Threads answered the code exchange with something unexpected.', [
      'Nothing was stored. Try again in a few minutes.',
    ]);
  }
}

async function tokenGrant(
  url: URL,
  parameters: Record<string, string>,
  toError: (answer: Answer) => VaultError = graphError,
): Promise<LongLivedToken> {
  url.search = new URLSearchParams(parameters).toString();
  const answer = await sendRequest(url);
  const {access_token, expires_in} = answer.body ?? {};
  if (answer.status >= 400 || typeof access_token !== 'string' || access_token === '') throw toError(answer);
  const seconds = typeof expires_in === 'string' || typeof expires_in === 'number' ? Number(expires_in) : 0;
  const lifetime = seconds > 0 && seconds < LONGEST_LIFETIME ? seconds : TOKEN_LIFETIME;
  return {access_token, expires_at: new Date(Date.now() + lifetime * 1000).toISOString()};
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
  // Plain http only ever reaches a loopback address: checkServiceUrl made sure of that.
  if (apiUrl.startsWith('http:')) openid.allowInsecureRequests(configuration);
  return {openid, configuration};
}
