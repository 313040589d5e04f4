import {expect} from 'chai';
import {formatDay, formatDuration, formatTimeLeft, parseDuration} from '../../../../src/cli/output/times.js';
import {VaultError} from '../../../../src/errors.js';

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

describe('a length of time', () => {
  for (const [text, seconds] of [
    ['90m', 90 * MINUTE],
    ['36h', 36 * HOUR],
    ['7d', 7 * DAY],
    ['2w', 14 * DAY],
    ['0d', 0],
    ['007d', 7 * DAY],
    ['999999m', 999_999 * MINUTE],
  ] as const)
    it(`is ${seconds} seconds for ${text}`, () => {
      expect(parseDuration(text)).to.equal(seconds);
    });

  for (const text of [
    '',
    '7',
    'd',
    '7 d',
    ' 7d',
    '7d ',
    '7D',
    '-7d',
    '+7d',
    '1.5d',
    '1d12h',
    '7y',
    '7s',
    '1000000d',
    '٧d',
    '7d\n',
  ])
    it(`is a usage error for ${JSON.stringify(text)}`, () => {
      try {
        expect.fail(String(parseDuration(text)));
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        expect(error).to.include({code: 'USAGE', exitCode: 2});
        expect(error.suggestions.join()).to.include('7d');
      }
    });
});

describe('time in words', () => {
  for (const [seconds, words] of [
    [60 * DAY, '60 days'],
    [2 * DAY, '2 days'],
    [47 * HOUR, '47 hours'],
    [DAY, '24 hours'],
    [2 * HOUR, '2 hours'],
    [119 * MINUTE, '119 minutes'],
    [2 * MINUTE, '2 minutes'],
    [119, '119 seconds'],
    [1, '1 second'],
    [0, '0 seconds'],
  ] as const)
    it(`is ${words} for ${seconds} seconds`, () => {
      expect(formatDuration(seconds)).to.equal(words);
    });
});

describe('time left', () => {
  const now = new Date('2026-11-22T10:00:00Z');

  for (const [expiresAt, words] of [
    [null, 'no end known'],
    ['2027-01-19T10:00:00Z', '58 days left, refresh by 19 Jan 2027'],
    ['2026-11-24T10:00:00Z', '2 days left, refresh by 24 Nov 2026'],
    ['2026-11-23T09:00:00Z', '23 hours left, refresh by 23 Nov 2026'],
    ['2026-11-22T10:00:01Z', '1 second left, refresh by 22 Nov 2026'],
    ['2026-11-22T10:00:00Z', 'expired on 22 Nov 2026'],
    ['2026-01-01T00:00:00Z', 'expired on 1 Jan 2026'],
  ] as const)
    it(`is "${words}" until ${expiresAt}`, () => {
      expect(formatTimeLeft(expiresAt, now)).to.equal(words);
    });
});

describe('a day', () => {
  it('is one in UTC, in English, wherever the machine is', () => {
    const {TZ, LANG} = process.env;
    try {
      for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC']) {
        process.env.TZ = zone;
        process.env.LANG = 'de_DE.UTF-8';
        expect(formatDay('2027-03-01T00:00:00.000Z')).to.equal('1 Mar 2027');
        expect(formatDay('2027-03-01T23:59:59.999Z')).to.equal('1 Mar 2027');
      }
    } finally {
      restore('TZ', TZ);
      restore('LANG', LANG);
    }
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
