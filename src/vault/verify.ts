import type {Home} from '../config/home.js';
import {VaultError} from '../errors.js';
import {checkHomeFiles, type FileProblem} from './home-files.js';
import type {Vault} from './vault.js';

export interface Verification {
  /** How many records opened. */
  opened: number;
  problems: FileProblem[];
}

/**
 * Checks that every file is private, that the key may encrypt, that nothing foreign is in the home, and that every
 * record opens. Changes nothing.
 */
export async function verifyVault(vault: Vault, home: Home): Promise<Verification> {
  const verification: Verification = {opened: 0, problems: []};
  const {problems} = verification;
  for await (const problem of checkHomeFiles(home)) problems.push(problem);
  try {
    await vault.checkKey();
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    problems.push({path: home.vaultFile, level: 'error', error});
  }
  for await (const {place, error} of vault.problems()) {
    if (problems.every(({path}) => path !== place)) problems.push({path: place, level: 'error', error});
  }
  // A store that cannot be listed is among the problems already.
  for (const name of await vault.recordNames().catch(() => [])) {
    try {
      if (await vault.read(name)) verification.opened++;
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      problems.push({path: vault.placeOf(name), level: 'error', error});
    }
  }
  return verification;
}
