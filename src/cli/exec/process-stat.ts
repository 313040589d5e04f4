import {readFileSync} from 'node:fs';

/** What Linux tells of a process in `/proc/PID/stat` (proc(5)); numbers as their digits. */
export interface ProcessStat {
  /** `T`: stopped. */
  state: string;
  group: string;
  /** The controlling terminal, `0` for none. */
  terminal: string;
  /** The group in that terminal's foreground. */
  foreground: string;
  /** In ticks since the machine started: tells the process from a later one of the same number. */
  start: string;
}

/** Returns undefined where there is no such process, and on other systems. */
export function readStat(pid: number | string): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // PID (NAME) STATE …, where the name may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, , group, , terminal, foreground] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return {state, group, terminal, foreground, start: fields[19]!};
  } catch {
    return undefined;
  }
}
