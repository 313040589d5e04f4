import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {bin, type Environment, toolVariable} from '../program.js';

/** The places of one home (`TOOL_HOME`, default `~/.tool`). */
export interface Home {
  folder: string;
  /** One encrypted file a credential. */
  tokens: string;
  /** Which key encrypts and where it is kept. */
  vaultFile: string;
  /** Preferences. */
  configFile: string;
  /** Only with the key store `file`. */
  keyFile: string;
  /** Certificate and key of the loopback callback. */
  tls: string;
}

export function findHome(env: Environment): Home {
  const folder = resolve(env[toolVariable('HOME')] || join(homedir(), `.${bin}`));
  return {
    folder,
    tokens: join(folder, 'tokens'),
    vaultFile: join(folder, 'vault.json'),
    configFile: join(folder, 'config.json'),
    keyFile: join(folder, 'vault.key'),
    tls: join(folder, 'tls'),
  };
}
