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

/** A home as a command finds it, with nothing in the environment but what the test says. */
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

/** What a check has to say, its last word included. */
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

/** The same in short: `warning The clock…`, an error with its exit code before it. */
export async function told(check: Check, situation: DoctorContext): Promise<string[]> {
  return (await said(check, situation)).map(inShort);
}

export function inShort({level, message, exit_code}: Remark): string {
  return level === 'error' ? `error ${exit_code} ${message}` : `${level} ${message}`;
}

/** A whole diagnosis, which a check of the network would only hold up. */
export function diagnosed(situation: DoctorContext): Promise<Diagnosis> {
  const env = {...situation.env, [toolVariable('THREADS_API_URL')]: 'http://127.0.0.1:9'};
  return diagnose({...situation, env});
}

/** Stores a credential that lives for so many days. */
export async function store(home: Home, identifier: string, daysLeft: number): Promise<Credential> {
  const [issued_at, expires_at] = [daysLeft - 60, daysLeft].map(days =>
    new Date(Date.now() + days * DAY).toISOString(),
  ) as [string, string];
  const credential = aCredential({identifier, issued_at, expires_at});
  return (await vaultIn(home).update(credential, async () => credential))!;
}
