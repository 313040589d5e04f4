import {expect} from 'chai';
import {describeClockError, serviceTime} from '../../../src/platforms/clock.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const [SECOND, DAY] = [1000, 86_400_000];
const header = (offset: number) => new Date(NOW + offset).toUTCString();

describe('M8: the time of the service', () => {
  for (const offset of [0, 60 * SECOND, -60 * SECOND])
    it(`M8: is not used when it differs by ${offset / SECOND} seconds`, () => {
      expect(serviceTime(header(offset), NOW)).to.equal(undefined);
    });

  for (const offset of [61 * SECOND, -61 * SECOND, 40 * DAY, -400 * DAY, -56 * 365 * DAY])
    it(`M8: is used when it differs by ${offset / SECOND} seconds`, () => {
      expect(serviceTime(header(offset), NOW)?.getTime()).to.equal(NOW + offset);
    });

  for (const date of [
    undefined,
    '',
    'yesterday',
    '0',
    '-1',
    '2027-01-01T00:00:00Z',
    'Sun, 99 Nov 2026 10:00:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
  ])
    it(`M8: is unknown with the header ${date}`, () => {
      expect(serviceTime(date, NOW)).to.equal(undefined);
    });

  for (const [minutes, words] of [
    [9, undefined],
    [-9, undefined],
    [11, "This machine's clock is 11 minutes ahead of Example."],
    [-60 * 24 * 400, "This machine's clock is 400 days behind Example."],
  ] as const)
    it(`M8: is mentioned as ${words} when the clock is ${minutes} minutes ahead`, async () => {
      const time = new Date(Date.now() - minutes * 60 * SECOND);
      expect(await describeClockError(time, 'Example')).to.equal(words);
      expect(await describeClockError(time.toISOString(), 'Example')).to.equal(words);
    });

  it('M8: is not mentioned when it is unknown', async () => {
    expect(await describeClockError(undefined, 'Example')).to.equal(undefined);
  });
});
