import {execFileSync} from 'node:child_process';
import {expect} from 'chai';
import {formatDuration, formatTimeLeft, parseDuration} from '../../../../src/cli/output/times.js';
import {VaultError} from '../../../../src/errors.js';

const TIMES = new URL('../../../../src/cli/output/times.ts', import.meta.url).href;
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

describe('a duration', () => {
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
      expect(parseDuration(text, '--flag')).to.equal(seconds);
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
        expect.fail(String(parseDuration(text, '--expires-within')));
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        expect(error).to.include({code: 'USAGE', exitCode: 2});
        expect(error.message).to.equal(
          `--expires-within: ${JSON.stringify(text)} is not a duration (use 90m, 36h, 7d or 2w).`,
        );
      }
    });
});

describe('a duration that may be a secret', () => {
  it('is not repeated', () => {
    const secret = 'THAAfake-0123456789abcdef0123456789abcdef';
    expect(() => parseDuration(secret, '--expires-within'))
      .to.throw(VaultError, '--expires-within: the value is not a duration')
      .with.property('message')
      .that.does.not.include(secret);
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
    [1234 * DAY, '1234 days'],
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
      expect(formatTimeLeft({expires_at: expiresAt}, now)).to.equal(words);
    });

  it('D10: does not count the days of a token that was issued in the future', () => {
    const dates = {issued_at: '2027-12-27T10:00:00Z', expires_at: '2028-02-25T10:00:00Z'};
    expect(formatTimeLeft(dates, now)).to.equal(
      "refresh by 25 Feb 2028, but issued in the future by this machine's clock, which is or was wrong",
    );
    expect(formatTimeLeft(dates, new Date(dates.issued_at))).to.match(/^60 days left/);
  });
});

describe('a date and a duration', () => {
  const source = `import {formatDay, formatTimeLeft} from ${JSON.stringify(TIMES)};
    console.log(formatDay('2027-03-01T00:00:00.000Z'));
    console.log(formatDay('2027-03-01T23:59:59.999Z'));
    console.log(formatTimeLeft({expires_at: '2027-03-01T00:00:00Z'}, new Date('2026-11-01T00:00:00Z')));`;

  for (const [zone, language] of [
    ['Pacific/Kiritimati', 'de_DE.UTF-8'],
    ['Pacific/Pago_Pago', 'ar_EG.UTF-8'],
    ['UTC', 'C'],
  ])
    it(`are in UTC and in English on a machine set to ${zone} and ${language}`, () => {
      const env = {...process.env, TZ: zone, LANG: language, LC_ALL: language, LANGUAGE: language};
      const args = ['--import=tsx', '--input-type=module', '--eval', source];
      expect(execFileSync(process.execPath, args, {env, encoding: 'utf8'})).to.equal(
        '1 Mar 2027\n1 Mar 2027\n120 days left, refresh by 1 Mar 2027\n',
      );
    });
});
