import {consentPage} from './consent-page.js';
import {authorizationRefusal, type SandboxResponse} from './responses.js';
import type {Endpoint, SandboxService} from './service.js';

const MANDATORY_SCOPE = 'threads_basic';
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** A valid authorization request. */
interface AuthorizationRequest {
  redirectUri: string;
  scopes: string[];
  state: string | null;
}

/** Answers an authorization request at once, or with the consent page. */
export const startAuthorization: Endpoint = ({query}, service) => {
  const request = parseAuthorizationRequest(query, service);
  if (service.consent === 'deny') return deny(request);
  if (service.consent === 'auto')
    return allow(service, request, {userId: service.accounts[0]!.user_id, scopes: request.scopes});
  return consentPage({
    appId: service.appId,
    redirectUri: request.redirectUri,
    accounts: service.accounts,
    scopes: request.scopes,
    mandatoryScope: MANDATORY_SCOPE,
    parameters: query,
  });
};

/** Handles the form of the consent page. Checks every parameter again: anyone can post a form. */
export const finishAuthorization: Endpoint = ({form}, service) => {
  const request = parseAuthorizationRequest(form, service);
  if (form.get('decision') !== 'allow') return deny(request);
  const checked = form.getAll('granted');
  const granted = request.scopes.filter(scope => scope === MANDATORY_SCOPE || checked.includes(scope));
  return allow(service, request, {userId: form.get('account'), scopes: granted});
};

function parseAuthorizationRequest(
  parameters: URLSearchParams,
  {appId, redirectUris}: SandboxService,
): AuthorizationRequest {
  const clientId = parameters.get('client_id');
  if (!clientId) throw authorizationRefusal(4476002, 'No app ID was sent with the request');
  if (clientId !== appId) throw authorizationRefusal(1349026, 'Invalid app ID');

  const redirectUri = parameters.get('redirect_uri') ?? '';
  const protocol = URL.canParse(redirectUri) ? new URL(redirectUri).protocol : undefined;
  if (protocol === 'http:' && !LOOPBACK_HOSTS.includes(new URL(redirectUri).hostname))
    throw authorizationRefusal(1349187, 'Insecure login blocked: the redirect URI must use HTTPS');
  const registered = redirectUris?.includes(redirectUri) ?? (protocol === 'http:' || protocol === 'https:');
  if (!protocol || !registered)
    throw authorizationRefusal(1349168, 'URL blocked: the redirect URI is not registered');

  // Code 100 is a guess in both cases: what the real service sends is not known.
  if (parameters.get('response_type') !== 'code')
    throw authorizationRefusal(100, 'response_type must be code');
  const scopes = [...new Set(parameters.get('scope')?.split(','))];
  if (!scopes.includes(MANDATORY_SCOPE))
    throw authorizationRefusal(100, `The scope ${MANDATORY_SCOPE} is required`);
  return {redirectUri, scopes, state: parameters.get('state')};
}

function allow(
  service: SandboxService,
  request: AuthorizationRequest,
  {userId, scopes: requested}: {userId: string | null; scopes: string[]},
): SandboxResponse {
  const account = service.accounts.find(({user_id}) => user_id === userId);
  if (!account) throw authorizationRefusal(100, 'Unknown account');
  const scopes = service.scopesGranted(requested);
  return redirect(request, {code: service.tokens.issueCode({account, scopes}, request.redirectUri)});
}

function deny(request: AuthorizationRequest): SandboxResponse {
  return redirect(request, {
    error: 'access_denied',
    error_reason: 'user_denied',
    error_description: 'The user denied your request',
  });
}

/** Redirects to the app. Appends the fragment `#_`, as the real service does. */
function redirect(
  {redirectUri, state}: AuthorizationRequest,
  result: Record<string, string>,
): SandboxResponse {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(result)) location.searchParams.append(name, value);
  if (state !== null) location.searchParams.append('state', state);
  location.hash = '_';
  return {status: 302, type: 'text/plain', body: '', headers: {location: location.href}};
}
