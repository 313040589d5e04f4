import type {Credential, PlatformName} from '../credential.js';

/** Where a platform is: its own origins, or others such as a local stand-in. */
export interface Service {
  authorizeUrl: string;
  apiUrl: string;
}

export interface App {
  id: string;
  secret: string;
}

/** What a token endpoint answered. Dates are ISO 8601 in UTC, by the clock of the service where that differs. */
export interface Grant {
  /** The long-lived token, which becomes the credential's `refresh_token`. */
  refresh_token: string;
  /** When the tokens were issued. Default: now. */
  issued_at?: string;
  /** When `refresh_token` expires; `null`: unknown, or never. */
  expires_at: string | null;
  /** The short-lived token, on platforms with two; `null` where `refresh_token` is the access token. */
  access_token: string | null;
  access_expires_at: string | null;
  /** The account's id, where the answer names it. */
  user_id?: string | null;
}

/** What the service says about a token. ISO dates; `null`: unknown, or never. */
export interface TokenFacts {
  is_valid: boolean;
  app_id: string | null;
  user_id: string | null;
  scopes: string[] | null;
  issued_at: string | null;
  expires_at: string | null;
  data_access_expires_at: string | null;
  /** The time of the answer by the clock of the service, if this machine's clock differs by more than a minute. */
  service_time?: string;
}

export interface Account {
  user_id: string;
  username: string | null;
  name: string | null;
}

/**
 * When and how a credential is renewed.
 * - `self`: the long-lived token renews itself, while it is valid.
 * - `refresh_token`: the access token is renewed with the refresh token (RFC 6749 section 6), which may be
 *   replaced by the answer.
 */
export interface RenewalPolicy {
  kind: 'self' | 'refresh_token';
  /** Renew when fewer seconds are left. Default: the preference `refreshWindowDays`. */
  window?: number;
  /** Seconds: the service refuses to renew a younger token. */
  minimumAge: number;
  /** Seconds that a new token is valid, where its dates are unknown. */
  lifetime: number;
}

interface AuthorizationRequest {
  appId: string;
  redirectUri: string;
  scopes: string[];
  state: string;
}

interface CodeExchange {
  app: App;
  redirectUri: string;
  /** The parameters of the redirect, `code` among them. */
  parameters: URLSearchParams;
  state: string;
  /** What authorizationRequest returned. */
  codeVerifier?: string | undefined;
}

/**
 * One place to log in, as the rest of the tool sees it. A platform is a folder beside this file and an entry
 * in the registry (index.ts). An optional method that is absent means that the platform offers nothing of the
 * kind.
 */
export interface Platform {
  /** As in record names, flags and, in capitals, in variables. */
  name: PlatformName;
  /** As people write it. */
  title: string;
  /** How its app id is told from similar ones, and where both values are found. */
  appHints: {id: string; secret: string; whereToFind: string};
  defaultService: Service;
  defaultRedirectUri: string;
  /** What --scope accepts, for help. */
  scopeHint: string;
  /** What a first login asks for. */
  defaultScopes: string[];
  /** What all scopes have in common and a table leaves out, such as `example_`. */
  scopePrefix: string;
  /** Where the owner of an account withdraws the app's access. */
  revokeAt: string;
  renewal: RenewalPolicy;
  /** Turns what a person types into the platform's scope names. Throws USAGE. */
  parseScopes(text: string): string[];
  /** Returns the URL to open in a browser (RFC 6749 section 4.1.1) and, with PKCE, the verifier to keep (RFC 7636). */
  authorizationRequest(
    service: Service,
    request: AuthorizationRequest,
  ): Promise<{url: string; codeVerifier?: string}>;
  /** Exchanges an authorization code, once, for a grant that can be renewed. */
  exchangeCode(service: Service, exchange: CodeExchange): Promise<Grant>;
  /** Exchanges a short-lived token for a grant that can be renewed. */
  exchangeShortLived?(apiUrl: string, app: App, token: string): Promise<Grant>;
  /** Asks for new tokens once. Throws REFRESH_REFUSED for a refusal without a more specific code. */
  renew(credential: Credential): Promise<Grant>;
  /** Asks the service about a token. */
  inspect?(apiUrl: string, token: string): Promise<TokenFacts>;
  /** Asks the service whose token it is. */
  account(apiUrl: string, token: string): Promise<Account>;
}
