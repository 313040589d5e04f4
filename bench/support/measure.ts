import {spawnSync} from 'node:child_process';
import {arch, cpus, platform} from 'node:os';

/** One side of a comparison: a command and its environment. */
export interface Side {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
}

/** Milliseconds of wall time. */
export interface Spread {
  median_ms: number;
  p10_ms: number;
  p90_ms: number;
  min_ms: number;
}

/** Asked for by `--short`: this Node only, fewer rounds, fewer credentials. */
export const isShort = process.env.BENCH_SHORT === '1';

/**
 * Runs the sides in turn, one after the other in each round, so that other load on the machine affects all of them. The
 * first two rounds warm up and do not count. Returns the milliseconds of each round. Throws if a command fails.
 */
export function inTurn<Name extends string>(
  sides: Record<Name, Side>,
  rounds = isShort ? 15 : 41,
): Record<Name, number[]> {
  const names = Object.keys(sides) as Name[];
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -2; round < rounds; round++) {
    for (const name of names) {
      const time = run(sides[name]);
      if (round >= 0) times[name].push(time);
    }
  }
  return times;
}

function run({command, args, env}: Side): number {
  const start = process.hrtime.bigint();
  const {status, stderr, error} = spawnSync(command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e9,
  });
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return time;
}

export function spreadOf(times: number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) =>
    rounded(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!, 1);
  return {median_ms: at(0.5), p10_ms: at(0.1), p90_ms: at(0.9), min_ms: at(0)};
}

/**
 * Prints one figure as a JSON line. `value` is compared with the baseline, and less is better. It is a ratio where
 * possible, because a ratio means the same on a slow machine.
 */
export function report(bench: string, figure: string, value: number, more: object): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${platform()} ${arch()}`;
  process.stdout.write(`${JSON.stringify({bench, figure, value: rounded(value, 2), ...more, machine})}\n`);
}

/** Returns the median of the rounds' ratios, and the ratio of the fastest runs, which noise affects least. */
export function ratios(a: number[], b: number[]): {ratio: number; ratio_of_fastest: number} {
  const ofRounds = a.map((time, round) => time / b[round]!);
  const sorted = ofRounds.toSorted((x, y) => x - y);
  return {
    ratio: rounded(sorted[Math.floor(sorted.length / 2)]!, 2),
    ratio_of_fastest: rounded(Math.min(...a) / Math.min(...b), 2),
  };
}

function rounded(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}
