// A process that uses a vault on request, for vault.test.ts.
import type {Home} from '../../../src/config/home.js';
import {aCredential, recordName} from '../../support/credential.js';
import {vaultIn} from '../../support/temporary-home.js';

/** Prepares the vault, then adds scopes to one credential, one at a time. */
export interface VaultTask {
  home: Home;
  add?: string[];
}

process.once('message', async ({home, add = []}: VaultTask) => {
  const vault = vaultIn(home);
  await vault.prepare();
  for (const scope of add) {
    await vault.update(recordName('my.account'), async current => {
      const before = current ?? aCredential({scopes: []});
      return {...before, scopes: [...before.scopes!, scope]};
    });
  }
  process.disconnect();
});
