import {readPreferences} from '../config/preferences.js';
import {type Freshness, freshnessOf, isFromFuture} from '../credentials/lifetime.js';
import {bin} from '../program.js';
import {foreignRecord} from '../vault/records/record.js';
import {type DoctorContext, failure, note, ok, type Remark, warning} from './finding.js';

/** Checks the records by their unencrypted headers, without a key. */
export async function* checkRecords({home, platform, vault}: DoctorContext): AsyncGenerator<Remark> {
  // Other checks report problems with config.json and vault.json.
  const windowDays = (await readPreferences(home).catch(() => undefined))?.refreshWindowDays ?? 0;
  const isKnownKey = (id: string) => vault.isKnownKey(id).catch(() => true);

  const named: Record<Freshness, string[]> = {expired: [], due: [], fresh: []};
  const fromFuture: string[] = [];
  for (const row of await vault.list()) {
    if ('error' in row) yield failure(row.error);
    else if (!(await isKnownKey(row.header.kid))) yield failure(foreignRecord(row));
    else {
      named[freshnessOf(row.header, platform.renewal, {windowDays})].push(row.identifier);
      if (isFromFuture(row.header)) fromFuture.push(row.identifier);
    }
  }
  const {length} = Object.values(named).flat();
  yield length > 0 ? ok(`Credentials stored: ${length}.`) : note('No usable credential is stored.');
  if (named.expired[0]) {
    yield warning(
      `Expired: ${named.expired.join(', ')}.`,
      `Log in again: ${bin} ${platform.name} authorize --identifier ${named.expired[0]}`,
    );
  }
  if (fromFuture[0]) {
    yield warning(
      `Stored dates in the future: ${fromFuture.join(', ')}. This machine's clock is or was wrong.`,
      `See "clock"; then look the dates up: ${bin} ${platform.name} refresh --identifier ${fromFuture[0]}`,
    );
  }
  if (named.due[0]) yield note(`Due for refresh at the next use: ${named.due.join(', ')}.`);
  const unexpected: string[] = [];
  for await (const {place, error} of vault.problems()) {
    if (error.code === 'FILE_FOREIGN') unexpected.push(place);
  }
  if (unexpected.length > 0)
    yield warning(`Unexpected file: ${unexpected.join(', ')}`, 'Move it out of the folder.');
}
