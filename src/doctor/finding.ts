import type {Home} from '../config/home.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import type {KeyStoreChoice} from '../vault/keys/keys.js';
import type {Passphrases} from '../vault/keys/passphrase-store.js';
import type {Vault} from '../vault/vault.js';

/** What the checks look at. */
export interface DoctorContext {
  home: Home;
  env: NodeJS.ProcessEnv;
  platform: Platform;
  vault: Vault;
  /** Those that can be had without asking anybody. */
  passphrases: Passphrases;
  /** Where a first key would be put. Throws CONFIG_INVALID. */
  keyStore: () => Promise<KeyStoreChoice>;
  /** What else every command reads before it starts; each throws where it cannot be used. */
  settings: (() => unknown)[];
}

/** What a check has to say. It names variables, files and hosts, and never holds a secret. */
export interface Remark {
  /** `note`: good to know; `warning`: may hurt later, or elsewhere; `error`: some command fails because of it. */
  level: 'ok' | 'note' | 'warning' | 'error';
  message: string;
  suggestions: readonly string[];
  /** The contract's code for an error, else 0. */
  exit_code: number;
}

/** Looks at one thing and changes nothing. What it throws becomes its last remark. */
export type Check = (situation: DoctorContext) => AsyncGenerator<Remark>;

const remark =
  (level: Remark['level']) =>
  (message: string, ...suggestions: string[]): Remark => ({level, message, suggestions, exit_code: 0});

export const ok = remark('ok');
export const note = remark('note');
export const warning = remark('warning');

export function failure({message, suggestions, exitCode}: VaultError): Remark {
  return {level: 'error', message, suggestions, exit_code: exitCode};
}

/** The errors that these end with, of those that end with one. */
export async function failuresOf(works: (() => unknown)[]): Promise<Remark[]> {
  const failures: Remark[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      failures.push(failure(error));
    }
  }
  return failures;
}
