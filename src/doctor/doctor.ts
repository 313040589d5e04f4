import {VaultError} from '../errors.js';
import {plural} from '../plural.js';
import {checkBrowser} from './browser.js';
import {checkCertificate} from './certificate.js';
import {checkClock} from './clock.js';
import {checkCredential} from './credential.js';
import {type Check, type DoctorContext, failure, type Remark} from './finding.js';
import {checkHome} from './home.js';
import {checkKey} from './key.js';
import {checkLock} from './lock.js';
import {checkPort} from './port.js';
import {checkProgram} from './program.js';
import {checkRecords} from './records.js';
import {checkSettings} from './settings.js';
import {checkVariables} from './variables.js';

/** In this order, since an earlier problem may be the cause of a later one. */
const CHECKS = {
  program: checkProgram,
  variables: checkVariables,
  home: checkHome,
  settings: checkSettings,
  key: checkKey,
  records: checkRecords,
  lock: checkLock,
  clock: checkClock,
  port: checkPort,
  certificate: checkCertificate,
  browser: checkBrowser,
  credential: checkCredential,
} satisfies Record<string, Check>;

/** A remark with the name of its check. */
export type Finding = {check: string} & Remark;

export interface Diagnosis {
  findings: Finding[];
  /** A summary in one line. */
  verdict: string;
  /** The highest exit code of the findings. */
  exit_code: number;
}

/** Runs all checks, even if some fail. Changes nothing and asks for nothing. */
export async function diagnose(context: DoctorContext): Promise<Diagnosis> {
  const all = await Promise.all(
    Object.entries(CHECKS).map(([name, check]) => findingsOf(name, check, context)),
  );
  const findings = dropRepeats(all.flat());
  const exit_code = Math.max(0, ...findings.map(finding => finding.exit_code));
  return {findings, verdict: verdict(findings), exit_code};
}

async function findingsOf(check: string, run: Check, context: DoctorContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    for await (const remark of run(context)) findings.push({check, ...remark});
  } catch (error) {
    // Only the class of a foreign error is shown: its message may hold anything.
    const message = `Internal error in this check (${(error as Error).name}). This is a bug; please report it.`;
    const known = error instanceof VaultError ? error : new VaultError('INTERNAL', message);
    findings.push({check, ...failure(known)});
  }
  return findings;
}

/** Shortens an error that an earlier check has already reported to a reference to that check. */
function dropRepeats(findings: Finding[]): Finding[] {
  const reported = new Map<string, string>();
  return findings.flatMap(finding => {
    const {check, level, message} = finding;
    const before = level === 'error' ? reported.get(message) : undefined;
    if (before === check) return [];
    if (before) return {...finding, message: `Skipped: see "${before}".`, suggestions: []};
    reported.set(message, check);
    return finding;
  });
}

function verdict(findings: Finding[]): string {
  const counted = (['error', 'warning'] as const).flatMap(level => {
    const {length} = findings.filter(finding => finding.level === level);
    return length === 0 ? [] : plural(length, level);
  });
  return counted.length === 0 ? 'No problems found.' : `${counted.join(', ')}.`;
}
