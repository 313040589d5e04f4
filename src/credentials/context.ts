import type {Preferences} from '../config/preferences.js';
import type {Platform} from '../platforms/platform.js';
import type {Environment} from '../program.js';
import type {Vault} from '../vault/vault.js';

/** What the functions of this folder work with. */
export interface CredentialsContext {
  platform: Platform;
  vault: Vault;
  env: Environment;
  /** Reads the preferences, only when they matter. */
  preferences: () => Promise<Preferences>;
  /** Tells the person something that does not stop the work. */
  warn: (message: string) => void;
}
