import {createHash, randomBytes} from 'node:crypto';
import type {PlatformName} from '../../src/credential.js';
import {VaultError} from '../../src/errors.js';
import type {Grant, Platform} from '../../src/platforms/platform.js';

/** Seconds that an access token is valid. */
const ACCESS_LIFETIME = 3600;
const REFRESH_LIFETIME = 90 * 24 * 60 * 60;
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/**
 * A platform without a network that differs from the built-in one in all that matters: two tokens, PKCE (RFC
 * 7636), and a refresh token that is replaced at each use. Using a replaced one revokes the whole grant, as
 * OAuth servers do (RFC 9700 section 4.14.2). It can be asked neither about a token nor for a short-lived one.
 */
export class RotatingPlatform implements Platform {
  readonly name = 'rotating' as PlatformName;
  readonly title = 'Rotating';
  readonly appHints = {id: 'The client id', secret: 'The client secret', whereToFind: 'the console'};
  readonly defaultService = {
    authorizeUrl: 'https://id.example.test/auth',
    apiUrl: 'https://api.example.test',
  };
  readonly defaultRedirectUri = 'https://app.example.test/callback';
  readonly scopeHint = 'any';
  readonly defaultScopes = ['openid', 'offline_access'];
  readonly scopePrefix = '';
  readonly revokeAt = 'the settings of the account';
  readonly renewal = {kind: 'refresh_token', window: 300, minimumAge: 0, lifetime: ACCESS_LIFETIME} as const;

  /** How often the token endpoint was asked to renew. */
  renewals = 0;
  isRevoked = false;
  private challenge = '';
  private refreshToken = '';
  private accessToken = '';

  parseScopes(text: string): string[] {
    return text.split(',');
  }

  async authorizationRequest(service: {authorizeUrl: string}, request: {state: string; appId: string}) {
    const codeVerifier = randomBytes(32).toString('base64url');
    const url = new URL(service.authorizeUrl);
    url.search = new URLSearchParams({
      client_id: request.appId,
      state: request.state,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    return {url: url.href, codeVerifier};
  }

  /** What the browser does at the service. Returns the address that it ends on. */
  approve(url: URL, redirectUri: string): string {
    this.challenge = url.searchParams.get('code_challenge')!;
    return `${redirectUri}?code=fake-code&state=${url.searchParams.get('state')}`;
  }

  async exchangeCode(_: unknown, {codeVerifier = ''}: {codeVerifier?: string | undefined}): Promise<Grant> {
    const isProven = createHash('sha256').update(codeVerifier).digest('base64url') === this.challenge;
    if (!isProven) throw new VaultError('AUTHORIZATION_REFUSED', 'The code verifier is wrong.');
    return this.issue();
  }

  async renew({refresh_token}: {refresh_token: string}): Promise<Grant> {
    this.renewals++;
    await new Promise(setImmediate);
    if (refresh_token !== this.refreshToken) this.isRevoked = true;
    if (this.isRevoked) throw new VaultError('CREDENTIAL_REVOKED', 'The grant was revoked (invalid_grant).');
    return this.issue();
  }

  async account(_: string, token: string) {
    if (token !== this.accessToken) throw new VaultError('CREDENTIAL_REVOKED', 'Not an access token.');
    return {user_id: '7', username: 'alice', name: null};
  }

  private issue(): Grant {
    this.refreshToken = `fake-refresh-${randomBytes(8).toString('hex')}`;
    this.accessToken = `fake-access-${randomBytes(8).toString('hex')}`;
    return {
      refresh_token: this.refreshToken,
      expires_at: inSeconds(REFRESH_LIFETIME),
      access_token: this.accessToken,
      access_expires_at: inSeconds(ACCESS_LIFETIME),
    };
  }
}
