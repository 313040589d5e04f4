import type {Home} from '../../../src/config/home.js';
import type {Credential} from '../../../src/credential.js';
import {type Diagnosis, diagnose} from '../../../src/doctor/doctor.js';
import {type Check, type DoctorContext, failure, type Remark} from '../../../src/doctor/finding.js';
import {VaultError} from '../../../src/errors.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {toolVariable} from '../../../src/program.js';
import {aCredential} from '../../support/credential.js';
import {vaultIn} from '../../support/temporary-home.js';

const DAY = 24 * 60 * 60 * 1000;

/** Returns the context of a doctor run in this home, with only these variables. */
export function situationIn(home: Home, env: NodeJS.ProcessEnv = {}): DoctorContext {
  return {
    home,
    env: {[toolVariable('HOME')]: home.folder, ...env},
    platform: threads,
    vault: vaultIn(home),
    passphrases: {known: async () => [], forNewKey: async () => undefined},
    keyStore: async () => 'file',
    settings: [],
  };
}

/** Returns the remarks of a check, including what it throws. */
export async function said(check: Check, situation: DoctorContext): Promise<Remark[]> {
  const remarks: Remark[] = [];
  try {
    for await (const remark of check(situation)) remarks.push(remark);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    remarks.push(failure(error));
  }
  return remarks;
}

/** Returns the remarks as lines: `warning The clock ...`, and for errors `error CODE MESSAGE`. */
export async function told(check: Check, situation: DoctorContext): Promise<string[]> {
  return (await said(check, situation)).map(inShort);
}

export function inShort({level, message, exit_code}: Remark): string {
  return level === 'error' ? `error ${exit_code} ${message}` : `${level} ${message}`;
}

/** Runs all checks, with a service that refuses connections at once. */
export function diagnosed(situation: DoctorContext): Promise<Diagnosis> {
  const env = {...situation.env, [toolVariable('THREADS_API_URL')]: 'http://127.0.0.1:9'};
  return diagnose({...situation, env});
}

/** Stores a credential that is valid for so many days. */
export async function store(home: Home, identifier: string, daysLeft: number): Promise<Credential> {
  const [issued_at, expires_at] = [daysLeft - 60, daysLeft].map(days =>
    new Date(Date.now() + days * DAY).toISOString(),
  ) as [string, string];
  const credential = aCredential({identifier, issued_at, expires_at});
  return (await vaultIn(home).update(credential, async () => credential))!;
}
