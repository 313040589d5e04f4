/** A service to talk to: the defaults of the platform, or another one such as the sandbox. Origins only. */
export interface Service {
  authorizeUrl: string;
  apiUrl: string;
}

export interface App {
  id: string;
  secret: string;
}

/** A long-lived token. `expires_at` is an ISO date by our clock; `null`: never. */
export interface IssuedToken {
  access_token: string;
  expires_at: string | null;
}

/** What the service says of a token (ISO dates; `null`: unknown, or never). */
export interface TokenFacts {
  is_valid: boolean;
  app_id: string | null;
  user_id: string | null;
  scopes: string[] | null;
  issued_at: string | null;
  expires_at: string | null;
  data_access_expires_at: string | null;
}

export interface Account {
  user_id: string;
  username: string | null;
  name: string | null;
}

/** What the rest of the tool needs of a platform: one folder beside this file implements it. */
export interface Platform {
  /** As in record names, flags and, in capitals, in variables. */
  name: string;
  /** As a person writes it. */
  title: string;
  defaultService: Service;
  defaultRedirectUri: string;
  /** What is asked for unless told otherwise. */
  defaultScopes: string[];
  /** Where a person takes the app's access away, since no call does. */
  revokeAt: string;
  /** Seconds: a token younger than this cannot be refreshed. */
  minimumRefreshAge: number;
  /** Seconds that a new token lives. */
  tokenLifetime: number;
  /** Turns what a person types into the platform's scope names. Throws USAGE. */
  parseScopes(text: string): string[];
  authorizationUrl(
    service: Service,
    request: {appId: string; redirectUri: string; scopes: string[]; state: string},
  ): Promise<string>;
  /** From the redirect's parameters to a long-lived token. */
  exchangeCode(
    service: Service,
    request: {app: App; redirectUri: string; parameters: URLSearchParams; state: string},
  ): Promise<IssuedToken & {user_id: string | null}>;
  /** From a token that lives an hour to a long-lived one. */
  exchangeShortLived(apiUrl: string, app: App, token: string): Promise<IssuedToken>;
  refresh(apiUrl: string, token: string): Promise<IssuedToken>;
  inspect(apiUrl: string, token: string): Promise<TokenFacts>;
  account(apiUrl: string, token: string): Promise<Account>;
}
