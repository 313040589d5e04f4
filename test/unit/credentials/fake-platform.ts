import type {Preferences} from '../../../src/config/preferences.js';
import type {CredentialsContext} from '../../../src/credentials/context.js';
import type {Grant, Platform} from '../../../src/platforms/platform.js';
import {threads} from '../../../src/platforms/threads/threads.js';

/** What the fake platform returns: one token that refreshes itself. */
interface Token {
  access_token: string;
  issued_at?: string;
  expires_at: string | null;
  user_id?: string | null;
}

export interface Answers extends Partial<Pick<Platform, 'inspect' | 'account'>> {
  exchangeCode?: (...all: Parameters<Platform['exchangeCode']>) => Promise<Token>;
  exchangeShortLived?: (...all: Parameters<NonNullable<Platform['exchangeShortLived']>>) => Promise<Token>;
  refresh?: (apiUrl: string, token: string) => Promise<Token>;
}

/** Threads without a network: returns the given answers, and any other call fails the test. */
export interface FakePlatform extends Platform {
  inspect: NonNullable<Platform['inspect']>;
  exchangeShortLived: NonNullable<Platform['exchangeShortLived']>;
  /** The names of the methods that were called, in order. */
  readonly calls: string[];
}

export function aPlatform(answers: Answers = {}): FakePlatform {
  const calls: string[] = [];
  function answering<T extends keyof Answers>(name: T): NonNullable<Answers[T]> {
    const answer = (...all: unknown[]) => {
      calls.push(name);
      const implementation = answers[name] as ((...all: unknown[]) => unknown) | undefined;
      if (!implementation) throw new Error(`${name} must not be called`);
      return implementation(...all);
    };
    return answer as unknown as NonNullable<Answers[T]>;
  }
  return {
    ...threads,
    calls,
    exchangeCode: async (...all) => toGrant(await answering('exchangeCode')(...all)),
    exchangeShortLived: async (...all) => toGrant(await answering('exchangeShortLived')(...all)),
    renew: async ({api_url, refresh_token}) => toGrant(await answering('refresh')(api_url, refresh_token)),
    inspect: answering('inspect'),
    account: answering('account'),
  };
}

function toGrant({access_token, ...others}: Token): Grant {
  return {...others, refresh_token: access_token, access_token: null, access_expires_at: null};
}

const PREFERENCES: Preferences = {default: {}, refreshWindowDays: 30, keyStore: 'auto'};

/** A context with an empty environment; any warning fails the test unless `warn` is given. */
export function contextWith(
  parts: Pick<CredentialsContext, 'vault'> & Partial<CredentialsContext>,
): CredentialsContext {
  return {
    platform: aPlatform(),
    env: {},
    preferences: async () => PREFERENCES,
    warn: message => {
      throw new Error(`unexpected warning: ${message}`);
    },
    ...parts,
  };
}
