import {graphError} from './answers.js';

/** How much an account may do within 24 hours. */
export interface QuotaTotals {
  posts: number;
  replies: number;
  deletes: number;
}

const DURATION = 86_400;

/** What was done, counted over the last 24 hours. */
export class Quotas {
  readonly #uses: {user_id: string; kind: keyof QuotaTotals; at: number}[] = [];

  constructor(
    private readonly now: () => Date,
    private readonly totals: QuotaTotals,
  ) {}

  /** Which code the service refuses with is not known: 613, a rate limit, is a guess. */
  use(user_id: string, kind: keyof QuotaTotals): void {
    if (this.usage(user_id, kind) >= this.totals[kind])
      throw graphError(613, 'Calls to this api have exceeded the rate limit');
    this.#uses.push({user_id, kind, at: this.now().getTime()});
  }

  usage(user_id: string, kind: keyof QuotaTotals): number {
    const since = this.now().getTime() - DURATION * 1000;
    return this.#uses.filter(use => use.user_id === user_id && use.kind === kind && use.at > since).length;
  }

  config(kind: keyof QuotaTotals): {quota_total: number; quota_duration: number} {
    return {quota_total: this.totals[kind], quota_duration: DURATION};
  }
}
