import {type Home, listHomeFiles} from '../config/home.js';
import {VaultError} from '../errors.js';
import {checkPrivate} from '../files/private-file.js';
import type {Vault} from './vault.js';

export interface Verification {
  /** How many records opened. */
  opened: number;
  problems: {path: string; error: VaultError}[];
}

/**
 * Checks that every file is private, that the key may encrypt, that nothing foreign is among the records, and that
 * every record opens. Changes nothing.
 */
export async function verifyVault(vault: Vault, home: Home): Promise<Verification> {
  const verification: Verification = {opened: 0, problems: []};
  const check = async (path: string, work: () => Promise<unknown>) => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      verification.problems.push({path, error});
      return false;
    }
  };
  for (const path of await listHomeFiles(home)) await check(path, () => checkPrivate(path));
  await check(home.vaultFile, () => vault.checkKey());
  for await (const {place, error} of vault.problems()) verification.problems.push({path: place, error});
  // A store that cannot be listed is among the problems already.
  for (const name of await vault.recordNames().catch(() => [])) {
    if (await check(vault.placeOf(name), () => vault.read(name))) verification.opened++;
  }
  return verification;
}
