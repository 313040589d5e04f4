import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findHome, type Home} from '../../src/config/home.js';
import {toolVariable} from '../../src/program.js';
import {openLocalVault} from '../../src/vault/open.js';
import type {Vault} from '../../src/vault/vault.js';

/** Returns a test that runs `use` with an empty home and removes it afterward. */
export function withHome(use: (home: Home) => Promise<unknown>) {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vault-'));
    try {
      await use(findHome({[toolVariable('HOME')]: folder}));
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  };
}

/** Opens the vault of a home as a new command would, with its key in a file. */
export function vaultIn(home: Home): Vault {
  return openLocalVault({
    home,
    env: {},
    keyStore: 'file',
    keychainTimeout: 1,
    passphrases: {known: async () => [], forNewKey: async () => undefined},
    warn: () => {},
  });
}
