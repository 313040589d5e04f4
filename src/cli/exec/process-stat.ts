import {readFileSync} from 'node:fs';

/** The fields of `/proc/PID/stat` on Linux (proc(5)). Numbers stay text. */
export interface ProcessStat {
  /** `T`: stopped. */
  state: string;
  group: string;
  /** The controlling terminal, `0` for none. */
  terminal: string;
  /** The foreground process group of that terminal. */
  foreground: string;
  /** In ticks since boot. It tells the process from a later one with the same number. */
  start: string;
}

/** Returns undefined if there is no such process, and on other systems. */
export function readStat(pid: number | string): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // PID (NAME) STATE ..., where the name may hold anything.
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
