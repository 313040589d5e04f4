import type {Home} from '../config/home.js';
import type {KeyStoreChoice} from '../config/key-stores.js';
import type {Passphrases} from '../config/passphrase-variables.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import type {Vault} from '../vault/vault.js';

/** What the checks work with. */
export interface DoctorContext {
  home: Home;
  env: NodeJS.ProcessEnv;
  platform: Platform;
  vault: Vault;
  /** Passphrases that are known without asking a person. */
  passphrases: Passphrases;
  /** Returns where a first key would be put. Throws CONFIG_INVALID. */
  keyStore: () => Promise<KeyStoreChoice>;
  /** Reads the other settings that every command needs; each throws if its value is invalid. */
  settings: (() => unknown)[];
}

/** What a check found. It may name variables, files and hosts, and never holds a secret. */
export interface Remark {
  /** `note`: good to know; `warning`: may cause trouble later or elsewhere; `error`: some command fails because of it. */
  level: 'ok' | 'note' | 'warning' | 'error';
  message: string;
  suggestions: readonly string[];
  /** The exit code of an error, else 0. */
  exit_code: number;
}

/** Checks one thing and changes nothing. What it throws becomes its last remark. */
export type Check = (context: DoctorContext) => AsyncGenerator<Remark>;

const remark =
  (level: Remark['level']) =>
  (message: string, ...suggestions: string[]): Remark => ({level, message, suggestions, exit_code: 0});

export const ok = remark('ok');
export const note = remark('note');
export const warning = remark('warning');

export function failure({message, suggestions, exitCode}: VaultError): Remark {
  return {level: 'error', message, suggestions, exit_code: exitCode};
}

/** Runs all functions and returns the failures as remarks. */
export async function failuresOf(functions: (() => unknown)[]): Promise<Remark[]> {
  const failures: Remark[] = [];
  for (const run of functions) {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      failures.push(failure(error));
    }
  }
  return failures;
}
