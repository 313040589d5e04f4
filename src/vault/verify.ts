import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Home} from '../config/home.js';
import {VaultError} from '../errors.js';
import {isTemporaryName} from '../files/durable-write.js';
import {checkPrivate} from '../files/private-file.js';
import {recordName} from './records/file-store.js';
import type {Vault} from './vault.js';

export interface Verification {
  /** Records that opened. */
  opened: number;
  problems: {path: string; error: VaultError}[];
}

/** Does every record open, does nothing else lie among them, is everything this user's alone? Changes nothing. */
export async function verifyVault(vault: Vault, home: Home): Promise<Verification> {
  const verification: Verification = {opened: 0, problems: []};
  const check = async (path: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      verification.problems.push({path, error});
    }
  };

  const tlsFiles = (await readdir(home.tls).catch(() => [])).map(name => join(home.tls, name));
  for (const path of [
    home.folder,
    home.tokens,
    home.vaultFile,
    home.configFile,
    home.keyFile,
    home.tls,
    ...tlsFiles,
  ]) {
    await check(path, () => checkPrivate(path));
  }
  for (const name of await readdir(home.tokens).catch(() => [])) {
    const path = join(home.tokens, name);
    const ref = recordName(name);
    if (ref) {
      await check(path, async () => {
        await vault.read(ref);
        verification.opened++;
      });
    } else if (name !== '.locks' && !isTemporaryName(name)) {
      await check(path, () => Promise.reject(foreignFile(path)));
    }
  }
  return verification;
}

function foreignFile(path: string): VaultError {
  return new VaultError('FILE_FOREIGN', `${path} is no record of this vault.`, [
    'Move it out of the folder; records are named PLATFORM-IDENTIFIER.token.',
  ]);
}
