import {readdir} from 'node:fs/promises';
import {readPreferences} from '../config/preferences.js';
import {type Freshness, freshnessOf} from '../credentials/lifetime.js';
import type {VaultError} from '../errors.js';
import {isTemporaryName} from '../files/durable-write.js';
import {bin} from '../program.js';
import {type VaultDescription, VaultFile} from '../vault/keys/vault-file.js';
import {recordName} from '../vault/records/file-store.js';
import {foreignRecord} from '../vault/records/record.js';
import type {Listed} from '../vault/vault.js';
import {type DoctorContext, failure, note, ok, type Remark, warning} from './finding.js';

/** What is stored, by what the records say in clear: no key is needed, and none is opened. */
export async function* checkRecords({home, platform, vault}: DoctorContext): AsyncGenerator<Remark> {
  // What is wrong with these two files is told by their own checks.
  const description = await new VaultFile(home.vaultFile).read().catch(() => ({}));
  const windowDays = (await readPreferences(home).catch(() => undefined))?.refreshWindowDays ?? 0;

  const named: Record<Freshness, string[]> = {expired: [], due: [], fresh: []};
  for (const row of await vault.list()) {
    const error = problemOf(row, description);
    if (error) yield failure(error);
    else if ('header' in row) named[freshnessOf(row.header, platform, windowDays)].push(row.identifier);
  }
  const {length} = Object.values(named).flat();
  yield length > 0 ? ok(`Credentials stored: ${length}.`) : note('No usable credential is stored.');
  if (named.expired[0]) {
    yield warning(
      `Expired: ${named.expired.join(', ')}.`,
      `Authorize again: ${bin} ${platform.name} authorize --identifier ${named.expired[0]}`,
    );
  }
  if (named.due[0]) yield note(`To be refreshed by the next command that uses it: ${named.due.join(', ')}.`);

  const others = (await readdir(home.tokens).catch(() => [])).filter(
    name => !recordName(name) && !isTemporaryName(name) && name !== '.locks',
  );
  if (others[0])
    yield warning(`Among the records, but none: ${others.join(', ')}.`, `Move them out of ${home.tokens}`);
}

function problemOf(row: Listed, {key, previous}: VaultDescription): VaultError | undefined {
  if ('error' in row) return row.error;
  return key && ![key.id, previous?.id].includes(row.header.kid) ? foreignRecord(row) : undefined;
}
