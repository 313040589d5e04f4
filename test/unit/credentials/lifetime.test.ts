import {expect} from 'chai';
import {type Freshness, freshnessOf, secondsLeft} from '../../../src/credentials/lifetime.js';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const [SECOND, HOUR, DAY] = [1000, 3_600_000, 86_400_000];
const PLATFORM = {kind: 'self' as const, minimumAge: 24 * 60 * 60, lifetime: 60 * 24 * 60 * 60};
const WINDOW = 30;

/** The date `milliseconds` after `NOW`. */
const at = (milliseconds: number) => new Date(NOW.getTime() + milliseconds).toISOString();

describe('freshness of a token', () => {
  const long = -40 * DAY;
  const rows: [what: string, left: number | null, age: number | null, expected: Freshness][] = [
    ['never expires', null, long, 'fresh'],
    ['never expires, of unknown age', null, null, 'fresh'],
    ['expired long ago', -100 * DAY, long, 'expired'],
    ['expired a millisecond ago', -1, long, 'expired'],
    ['expires now', 0, long, 'expired'],
    ['expires in a millisecond', 1, long, 'due'],
    ['is a millisecond inside the window', WINDOW * DAY - 1, long, 'due'],
    ['is at the edge of the window', WINDOW * DAY, long, 'fresh'],
    ['is outside the window', 59 * DAY, long, 'fresh'],
    ['is 24 hours old, inside the window', DAY, -24 * HOUR, 'due'],
    ['is a millisecond younger than 24 hours, inside the window', DAY, -24 * HOUR + 1, 'fresh'],
    ['was issued now, inside the window', DAY, 0, 'fresh'],
    ['was issued in the future, inside the window', DAY, HOUR, 'fresh'],
    ['expired, however recently it was issued', -1, -HOUR, 'expired'],
    ['is of unknown age, with a day left', DAY, null, 'due'],
    ['is of unknown age, inside the window', WINDOW * DAY - SECOND, null, 'due'],
    ['is of unknown age and expired', -SECOND, null, 'expired'],
  ];
  for (const [what, left, age, expected] of rows)
    it(`is ${expected} when the token ${what}`, () => {
      const dates = {
        expires_at: left === null ? null : at(left),
        issued_at: age === null ? null : at(age),
      };
      expect(freshnessOf(dates, PLATFORM, {windowDays: WINDOW, now: NOW})).to.equal(expected);
    });

  it('assumes the usual lifetime for a token of unknown age', () => {
    const freshness = (left: number) =>
      freshnessOf({expires_at: at(left), issued_at: null}, PLATFORM, {windowDays: 60, now: NOW});
    expect(freshness(59 * DAY)).to.equal('due');
    expect(freshness(59 * DAY + SECOND)).to.equal('fresh');
  });

  it('depends on the refresh window', () => {
    const freshness = (days: number) =>
      freshnessOf({expires_at: at(10 * DAY), issued_at: at(long)}, PLATFORM, {windowDays: days, now: NOW});
    expect([9, 10, 11].map(freshness)).to.deep.equal(['fresh', 'fresh', 'due']);
  });

  it('uses the current time by default', () => {
    const expires_at = new Date(Date.now() + HOUR).toISOString();
    expect(secondsLeft({expires_at})).to.be.within(3590, 3600);
    expect(freshnessOf({expires_at, issued_at: null}, PLATFORM, {windowDays: WINDOW})).to.equal('due');
  });
});

describe('seconds left of a token', () => {
  it('are negative after the expiry', () => {
    expect(secondsLeft({expires_at: at(1500)}, NOW)).to.equal(1.5);
    expect(secondsLeft({expires_at: at(-HOUR)}, NOW)).to.equal(-3600);
  });

  it('respect the time zone of a date', () => {
    expect(secondsLeft({expires_at: '2026-06-01T15:00:00+02:00'}, NOW)).to.equal(3600);
  });

  it('are infinite when the expiry is unknown', () => {
    expect(secondsLeft({expires_at: null}, NOW)).to.equal(Infinity);
  });
});
