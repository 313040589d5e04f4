import {graphRefusal} from './responses.js';

/** How many posts, replies and deletions an account may make within 24 hours. */
export interface QuotaTotals {
  posts: number;
  replies: number;
  deletes: number;
}

/** Seconds: Meta's window of 24 hours. */
const DURATION = 86_400;

/** Counts what each account did within the last 24 hours. */
export class Quotas {
  readonly #uses: {user_id: string; kind: keyof QuotaTotals; at: number}[] = [];

  constructor(
    private readonly now: () => Date,
    private readonly totals: QuotaTotals,
  ) {}

  /** Counts a use, or refuses it with code 613 (rate limit). The code is a guess. */
  use(user_id: string, kind: keyof QuotaTotals): void {
    if (this.usage(user_id, kind) >= this.totals[kind])
      throw graphRefusal(613, 'Calls to this api have exceeded the rate limit');
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
