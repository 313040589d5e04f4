import type {Preferences} from '../config/preferences.js';
import type {Platform, Service} from '../platforms/platform.js';
import {describeOverrides} from '../platforms/service.js';
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

/** Warns that secrets are about to be sent to an origin that a variable names instead of the platform's own. */
export function announceOverrides(
  {platform, env, warn}: Pick<CredentialsContext, 'platform' | 'env' | 'warn'>,
  urls?: readonly (keyof Service)[],
): void {
  const overrides = describeOverrides(platform, env, urls);
  if (overrides) warn(overrides);
}
