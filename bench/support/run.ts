/**
 * Runs every bench in bench/ and prints its figures, one JSON line each. `--short` measures less. `--compare` lists on
 * stderr what is over 15 % worse than bench/baseline.json. `--write` makes this run the baseline.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

interface Figure {
  bench: string;
  figure: string;
  value: number;
}

const folder = join(import.meta.dirname, '..');
const baselineFile = join(folder, 'baseline.json');
const WORSE = 1.15;
const asked = new Set(process.argv.slice(2));

const figures: Figure[] = [];
for (const file of readdirSync(folder).filter(name => name.endsWith('.ts'))) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(folder, file)], {
    env: {...process.env, ...(asked.has('--short') && {BENCH_SHORT: '1'})},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  for await (const line of createInterface({input: child.stdout})) {
    process.stdout.write(`${line}\n`);
    figures.push(JSON.parse(line));
  }
  const [code] = await ended;
  if (code !== 0) process.exitCode = 1;
}

const byName = (all: Figure[]): Record<string, number> =>
  Object.fromEntries(
    all.filter(each => each.value !== undefined).map(each => [`${each.bench}: ${each.figure}`, each.value]),
  );
if (asked.has('--write')) writeFileSync(baselineFile, `${JSON.stringify(byName(figures), null, 2)}\n`);
if (asked.has('--compare')) {
  const baseline: Record<string, number> = JSON.parse(readFileSync(baselineFile, 'utf8'));
  const worse = Object.entries(byName(figures)).filter(
    ([name, value]) => value > WORSE * (baseline[name] ?? Infinity),
  );
  for (const [name, value] of worse) {
    process.stderr.write(`Worse than the baseline: ${name}: ${value}, was ${baseline[name]}.\n`);
  }
  if (worse.length === 0) process.stderr.write('No figure is over 15 % worse than the baseline.\n');
}
