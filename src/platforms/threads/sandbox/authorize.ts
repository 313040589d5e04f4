import {type Answer, browserError} from './answers.js';
import {consentPage} from './consent-page.js';
import type {Endpoint, Service} from './service.js';

const MANDATORY_SCOPE = 'threads_basic';
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** A valid authorize request. */
interface AuthorizeRequest {
  redirectUri: string;
  scopes: string[];
  state: string | null;
}

/** The step a browser is sent to: answered at once, or by the consent page. */
export const authorize: Endpoint = ({query}, service) => {
  const asked = checkAuthorize(query, service);
  if (service.consent === 'deny') return deny(asked);
  if (service.consent === 'auto') return allow(asked, service, service.accounts[0]!.user_id, asked.scopes);
  return consentPage({
    appId: service.appId,
    redirectUri: asked.redirectUri,
    accounts: service.accounts,
    scopes: asked.scopes,
    mandatoryScope: MANDATORY_SCOPE,
    parameters: query,
  });
};

/** The consent page's form. It is checked all over again: anybody can post one. */
export const decide: Endpoint = ({form}, service) => {
  const asked = checkAuthorize(form, service);
  if (form.get('decision') !== 'allow') return deny(asked);
  const ticked = form.getAll('granted');
  const granted = asked.scopes.filter(scope => scope === MANDATORY_SCOPE || ticked.includes(scope));
  return allow(asked, service, form.get('account'), granted);
};

function checkAuthorize(parameters: URLSearchParams, {appId, redirectUris}: Service): AuthorizeRequest {
  const clientId = parameters.get('client_id');
  if (!clientId) throw browserError(4476002, 'No app ID was sent with the request');
  if (clientId !== appId) throw browserError(1349026, 'Invalid app ID');

  const redirectUri = parameters.get('redirect_uri') ?? '';
  const protocol = URL.canParse(redirectUri) ? new URL(redirectUri).protocol : undefined;
  if (protocol === 'http:' && !LOOPBACK_HOSTS.includes(new URL(redirectUri).hostname))
    throw browserError(1349187, 'Insecure login blocked: the redirect URI must use HTTPS');
  const registered = redirectUris?.includes(redirectUri) ?? (protocol === 'http:' || protocol === 'https:');
  if (!protocol || !registered)
    throw browserError(1349168, 'URL blocked: the redirect URI is not registered');

  // The code is a guess for the next two: which one the service sends is not known.
  if (parameters.get('response_type') !== 'code') throw browserError(100, 'response_type must be code');
  const scopes = [...new Set(parameters.get('scope')?.split(','))];
  if (!scopes.includes(MANDATORY_SCOPE)) throw browserError(100, `The scope ${MANDATORY_SCOPE} is required`);
  return {redirectUri, scopes, state: parameters.get('state')};
}

function allow(asked: AuthorizeRequest, service: Service, userId: string | null, ticked: string[]): Answer {
  const account = service.accounts.find(({user_id}) => user_id === userId);
  if (!account) throw browserError(100, 'No such account');
  const code = service.tokens.issueCode({account, scopes: service.scopesGranted(ticked)}, asked.redirectUri);
  return redirect(asked, {code});
}

function deny(asked: AuthorizeRequest): Answer {
  return redirect(asked, {
    error: 'access_denied',
    error_reason: 'user_denied',
    error_description: 'The user denied your request',
  });
}

/** Back to the app. The real service appends the empty-looking fragment `#_`, too. */
function redirect({redirectUri, state}: AuthorizeRequest, outcome: Record<string, string>): Answer {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(outcome)) location.searchParams.append(name, value);
  if (state !== null) location.searchParams.append('state', state);
  location.hash = '_';
  return {status: 302, type: 'text/plain', body: '', headers: {location: location.href}};
}
