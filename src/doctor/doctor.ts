import {VaultError} from '../errors.js';
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

/** From the ground up: what stands first may be the cause of what stands below it. */
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

/** A remark and which check made it. */
export type Finding = {check: string} & Remark;

export interface Diagnosis {
  findings: Finding[];
  /** One line for a person. */
  verdict: string;
  /** The highest of the findings. */
  exit_code: number;
}

/** Finds out why something does not work. Changes nothing, asks nobody, and no failure stops another check. */
export async function diagnose(situation: DoctorContext): Promise<Diagnosis> {
  const all = await Promise.all(
    Object.entries(CHECKS).map(([name, check]) => findingsOf(name, check, situation)),
  );
  const findings = dropRepeats(all.flat());
  const exit_code = Math.max(0, ...findings.map(finding => finding.exit_code));
  return {findings, verdict: verdict(findings), exit_code};
}

async function findingsOf(check: string, run: Check, situation: DoctorContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    for await (const remark of run(situation)) findings.push({check, ...remark});
  } catch (error) {
    // Of a foreign error only the kind: its message may hold anything.
    const words = `This check failed itself (${(error as Error).name}). It is a fault of ours.`;
    const known = error instanceof VaultError ? error : new VaultError('INTERNAL', words);
    findings.push({check, ...failure(known)});
  }
  return findings;
}

/** One cause fails several checks; the later ones only refer to it. */
function dropRepeats(findings: Finding[]): Finding[] {
  const told = new Map<string, string>();
  return findings.flatMap(finding => {
    const {check, level, message} = finding;
    const before = level === 'error' ? told.get(message) : undefined;
    if (before === check) return [];
    if (before)
      return {...finding, message: `Not looked at, for a reason told under ${before}.`, suggestions: []};
    told.set(message, check);
    return finding;
  });
}

function verdict(findings: Finding[]): string {
  const counted = (['error', 'warning'] as const).flatMap(level => {
    const {length} = findings.filter(finding => finding.level === level);
    return length === 0 ? [] : `${length} ${level}${length === 1 ? '' : 's'}`;
  });
  if (counted.length === 0) return 'All is well.';
  const isBroken = findings.some(({level}) => level === 'error');
  return `${isBroken ? 'Something' : 'Nothing'} is broken: ${counted.join(', ')}.`;
}
