import {randomBytes} from 'node:crypto';
import {codeRefusal, graphRefusal, type Refusal} from './responses.js';

/** `user_id` consists of digits; a string because the number exceeds 2^53. */
export interface SandboxAccount {
  user_id: string;
  username: string;
  name: string;
}

/** The access that a person allowed. */
export interface Grant {
  account: SandboxAccount;
  scopes: string[];
}

export type TokenKind = 'short' | 'long';

export interface Token extends Grant {
  access_token: string;
  kind: TokenKind;
  issuedAt: Date;
  /** Null: the token never expires. */
  expiresAt: Date | null;
  dataAccessExpiresAt: Date;
  revoked: boolean;
}

export interface TokenRules {
  /** Seconds that a long-lived token is valid. */
  tokenLifetime: number;
  /** The age in seconds that a long-lived token already has right after a login. */
  tokenAge: number;
  /** Whether a refresh revokes the old token. */
  refreshInvalidatesOld: boolean;
  /** Whether a refresh extends the old token instead of issuing a new one. */
  refreshReturnsSame: boolean;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The codes and tokens that were issued. */
export class Tokens {
  readonly #codes = new Map<string, Grant & {redirectUri: string; expiresAt: Date}>();
  readonly #tokens = new Map<string, Token>();

  constructor(
    private readonly now: () => Date,
    private readonly rules: TokenRules,
  ) {}

  issueCode(grant: Grant, redirectUri: string): string {
    const code = `AQ${randomText()}`;
    this.#codes.set(code, {...grant, redirectUri, expiresAt: addSeconds(this.now(), HOUR)});
    return code;
  }

  /** Exchanges a code for a short-lived token, once. */
  redeemCode(code: string, redirectUri: string): Token {
    const issued = this.#codes.get(code);
    if (!issued || this.now() >= issued.expiresAt)
      throw codeRefusal('Matching code was not found or was already used');
    if (redirectUri !== issued.redirectUri)
      throw graphRefusal(100, 'The redirect_uri differs from the one in the authorization request');
    this.#codes.delete(code);
    return this.issue('short', issued);
  }

  issue(
    kind: TokenKind,
    {account, scopes}: Grant,
    overrides: Partial<Pick<Token, 'access_token' | 'issuedAt' | 'expiresAt'>> = {},
  ): Token {
    const issuedAt = overrides.issuedAt ?? this.now();
    const lifetime = kind === 'long' ? this.rules.tokenLifetime : HOUR;
    const token: Token = {
      access_token: `THAA${randomText()}`,
      kind,
      account,
      scopes,
      issuedAt,
      expiresAt: addSeconds(issuedAt, lifetime),
      dataAccessExpiresAt: addSeconds(issuedAt, 90 * DAY),
      revoked: false,
      ...overrides,
    };
    this.#tokens.set(token.access_token, token);
    return token;
  }

  /** Lists the tokens of a kind that were issued. */
  issued(kind: TokenKind): string[] {
    return [...this.#tokens.values()].filter(token => token.kind === kind).map(token => token.access_token);
  }

  /** Finds a token, whether or not it is still valid. */
  find(accessToken: string): Token | undefined {
    return this.#tokens.get(accessToken);
  }

  /** Returns the reason why a token is not valid, else undefined. */
  findProblem(token: Token | undefined): Refusal | undefined {
    if (!token) return graphRefusal(190, 'Invalid OAuth access token - Cannot parse access token');
    if (token.revoked) return graphRefusal(190, 'The user has removed the application', {subcode: 458});
    if (token.expiresAt && this.now() >= token.expiresAt)
      return graphRefusal(190, 'Error validating access token: Session has expired', {subcode: 463});
    return undefined;
  }

  /** Returns the token if it is valid, or refuses the request. */
  requireValid(accessToken: string): Token {
    const token = this.find(accessToken);
    const problem = this.findProblem(token);
    if (problem) throw problem;
    return token!;
  }

  /** Exchanges a short-lived token for a long-lived one. */
  exchange(accessToken: string): Token {
    const short = this.requireValid(accessToken);
    if (short.kind !== 'short') throw graphRefusal(452, 'Session key invalid', {subcode: 4279019});
    return this.issue('long', short, {issuedAt: addSeconds(this.now(), -this.rules.tokenAge)});
  }

  /** Refreshes a long-lived token. Meta documents when this is refused, but not how: code 100 is a guess. */
  refresh(accessToken: string): Token {
    const old = this.requireValid(accessToken);
    if (old.kind !== 'long') throw graphRefusal(100, 'Only a long-lived token can be refreshed');
    if (this.now() < addSeconds(old.issuedAt, DAY))
      throw graphRefusal(100, 'Only a token that is at least 24 hours old can be refreshed');
    if (this.rules.refreshInvalidatesOld) this.#tokens.delete(accessToken);
    return this.issue('long', old, this.rules.refreshReturnsSame ? {access_token: accessToken} : {});
  }
}

function addSeconds(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** 150 random characters of base64url. */
function randomText(): string {
  return randomBytes(112).toString('base64url');
}
