import {Duration} from 'luxon';

const UNITS = ['days', 'hours', 'minutes'] as const;

/** Formats a duration in the largest unit of which there are at least two: `58 days`, `47 hours`, `119 minutes`. */
export function formatDuration(seconds: number): string {
  const duration = Duration.fromObject({seconds});
  const unit = UNITS.find(unit => duration.as(unit) >= 2) ?? 'seconds';
  const rounded = Math.round(duration.as(unit));
  return Duration.fromObject({[unit]: rounded}, {locale: 'en-US'}).toHuman({useGrouping: false});
}
