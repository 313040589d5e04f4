import {readdir} from 'node:fs/promises';
import {type Life, lifeOf} from '../credentials/lifetime.js';
import type {VaultError} from '../errors.js';
import {bin} from '../name.js';
import {readPreferences} from '../preferences.js';
import {isTemporary} from '../vault/durable-write.js';
import {recordName} from '../vault/file-store.js';
import {foreignRecord} from '../vault/record.js';
import type {Listed} from '../vault/vault.js';
import {type VaultDescription, VaultFile} from '../vault/vault-file.js';
import {failure, note, ok, type Remark, type Situation, warning} from './finding.js';

/** What is stored, by what the records say in clear: no key is needed, and none is opened. */
export async function* checkRecords({home, platform, vault}: Situation): AsyncGenerator<Remark> {
  // What is wrong with these two files is told by their own checks.
  const description = await new VaultFile(home.vaultFile).read().catch(() => ({}));
  const windowDays = (await readPreferences(home).catch(() => undefined))?.refreshWindowDays ?? 0;

  const named: Record<Life, string[]> = {expired: [], due: [], fresh: []};
  for (const row of await vault.list()) {
    const error = problemOf(row, description);
    if (error) yield failure(error);
    else if ('header' in row) named[lifeOf(row.header, platform, windowDays)].push(row.identifier);
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
    name => !recordName(name) && !isTemporary(name) && name !== '.locks',
  );
  if (others[0])
    yield warning(`Among the records, but none: ${others.join(', ')}.`, `Move them out of ${home.tokens}`);
}

function problemOf(row: Listed, {key, previous}: VaultDescription): VaultError | undefined {
  if ('error' in row) return row.error;
  return key && ![key.id, previous?.id].includes(row.header.kid) ? foreignRecord(row) : undefined;
}
