import type {Platform} from '../../../src/platforms/platform.js';
import {threads} from '../../../src/platforms/threads/threads.js';

type Answers = Partial<
  Pick<Platform, 'exchangeCode' | 'exchangeShortLived' | 'refresh' | 'inspect' | 'account'>
>;

/** Threads without a network: it answers what it is given, and whatever else is asked of it is a fault. */
export interface FakePlatform extends Platform {
  /** What was asked, in order. */
  readonly calls: string[];
}

export function aPlatform(answers: Answers = {}): FakePlatform {
  const calls: string[] = [];
  function answering<T extends keyof Answers>(name: T): Platform[T] {
    const answer = (...all: unknown[]) => {
      calls.push(name);
      const given = answers[name] as ((...all: unknown[]) => unknown) | undefined;
      if (!given) throw new Error(`${name} must not be called`);
      return given(...all);
    };
    return answer as Platform[T];
  }
  return {
    ...threads,
    calls,
    exchangeCode: answering('exchangeCode'),
    exchangeShortLived: answering('exchangeShortLived'),
    refresh: answering('refresh'),
    inspect: answering('inspect'),
    account: answering('account'),
  };
}
