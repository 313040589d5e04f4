import {randomBytes} from 'node:crypto';
import {flatError, graphError, type Refusal} from './answers.js';

/** `user_id` is decimal digits, in a string because it does not fit a JavaScript number. */
export interface SandboxAccount {
  user_id: string;
  username: string;
  name: string;
}

/** What a person allowed. */
export interface Grant {
  account: SandboxAccount;
  scopes: string[];
}

export type TokenKind = 'short' | 'long';

export interface Token extends Grant {
  access_token: string;
  kind: TokenKind;
  issuedAt: Date;
  /** null: never. */
  expiresAt: Date | null;
  dataAccessExpiresAt: Date;
  revoked: boolean;
}

/** `tokenLifetime` is that of long-lived tokens, `tokenAge` how old they already are after a login; in seconds. */
export interface TokenRules {
  tokenLifetime: number;
  tokenAge: number;
  refreshInvalidatesOld: boolean;
  refreshReturnsSame: boolean;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The codes and tokens that were given out, and the rules of their lives. */
export class Tokens {
  readonly #codes = new Map<string, Grant & {redirectUri: string; expiresAt: Date}>();
  readonly #tokens = new Map<string, Token>();

  constructor(
    private readonly now: () => Date,
    private readonly rules: TokenRules,
  ) {}

  issueCode(grant: Grant, redirectUri: string): string {
    const code = `AQ${randomText()}`;
    this.#codes.set(code, {...grant, redirectUri, expiresAt: after(this.now(), HOUR)});
    return code;
  }

  /** Code to short-lived token, once. */
  redeemCode(code: string, redirectUri: string): Token {
    const issued = this.#codes.get(code);
    if (!issued || this.now() >= issued.expiresAt)
      throw flatError('Matching code was not found or was already used');
    if (redirectUri !== issued.redirectUri)
      throw graphError(100, 'The redirect_uri differs from that of the authorize step');
    this.#codes.delete(code);
    return this.issue('short', issued);
  }

  issue(
    kind: TokenKind,
    {account, scopes}: Grant,
    given: Partial<Pick<Token, 'access_token' | 'issuedAt' | 'expiresAt'>> = {},
  ): Token {
    const issuedAt = given.issuedAt ?? this.now();
    const lifetime = kind === 'long' ? this.rules.tokenLifetime : HOUR;
    const token: Token = {
      access_token: `THAA${randomText()}`,
      kind,
      account,
      scopes,
      issuedAt,
      expiresAt: after(issuedAt, lifetime),
      dataAccessExpiresAt: after(issuedAt, 90 * DAY),
      revoked: false,
      ...given,
    };
    this.#tokens.set(token.access_token, token);
    return token;
  }

  /** Every token of a kind that was given out. */
  issued(kind: TokenKind): string[] {
    return [...this.#tokens.values()].filter(token => token.kind === kind).map(token => token.access_token);
  }

  /** Also finds an expired or revoked token. */
  find(accessToken: string): Token | undefined {
    return this.#tokens.get(accessToken);
  }

  /** Why a token cannot be used; undefined when it can. */
  problemWith(token: Token | undefined): Refusal | undefined {
    if (!token) return graphError(190, 'Invalid OAuth access token - Cannot parse access token');
    if (token.revoked) return graphError(190, 'The user has removed the application', {subcode: 458});
    if (token.expiresAt && this.now() >= token.expiresAt)
      return graphError(190, 'Error validating access token: Session has expired', {subcode: 463});
    return undefined;
  }

  living(accessToken: string): Token {
    const token = this.find(accessToken);
    const problem = this.problemWith(token);
    if (problem) throw problem;
    return token!;
  }

  /** Short-lived to long-lived. */
  exchange(accessToken: string): Token {
    const short = this.living(accessToken);
    if (short.kind !== 'short') throw graphError(100, 'Only a short-lived token can be exchanged');
    return this.issue('long', short, {issuedAt: after(this.now(), -this.rules.tokenAge)});
  }

  /** Meta documents when a refresh is refused, not how: code 100 is a guess. */
  refresh(accessToken: string): Token {
    const old = this.living(accessToken);
    if (old.kind !== 'long') throw graphError(100, 'Only a long-lived token can be refreshed');
    if (this.now() < after(old.issuedAt, DAY))
      throw graphError(100, 'Only a token that is at least 24 hours old can be refreshed');
    if (this.rules.refreshInvalidatesOld) this.#tokens.delete(accessToken);
    return this.issue('long', old, this.rules.refreshReturnsSame ? {access_token: accessToken} : {});
  }
}

function after(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** 150 characters of base64url. */
function randomText(): string {
  return randomBytes(112).toString('base64url');
}
