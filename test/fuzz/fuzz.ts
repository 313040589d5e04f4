// Searches for inputs that break a parser, guided by the branches that each input reaches:
//
//   npm run fuzz -- [--seconds 60] [--seed 1] [--save] [TARGET ...]
//
// (Not Jazzer.js, whose binary needs glibc 2.38; Debian 12 has 2.36.)
//
// A finding is printed as a JSON string (each character is a byte) and ends the run with exit code 1. After fixing it,
// add it to the seeds of the target. --save replaces test/fuzz/corpus/TARGET.json by the fewest inputs that reach as much.
import {writeFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {Worker} from 'node:worker_threads';
import {type Block, Coverage} from './coverage.js';
import {mutate, type Random, randomFrom} from './mutate.js';
import {corpusFile, execute, GROWN_SIZE, readCorpus, type Target} from './target.js';

/** Ends the process if one input takes longer than 30 seconds, and prints the input. */
class Watchdog {
  private readonly current = new Int32Array(new SharedArrayBuffer(8 + GROWN_SIZE));

  constructor() {
    const program = `
      const {workerData: current} = require('node:worker_threads');
      let last = -1;
      setInterval(() => {
        if (current[0] === last) {
          const input = Buffer.from(current.buffer).subarray(8, 8 + current[1]);
          require('node:fs').writeSync(2, 'hangs: ' + JSON.stringify(input.toString('latin1')) + '\\n');
          process.kill(process.pid, 'SIGKILL');
        }
        last = current[0];
      }, 30000);`;
    new Worker(program, {eval: true, workerData: this.current}).unref();
  }

  watch(input: Buffer): void {
    Buffer.from(this.current.buffer).set(input.subarray(0, GROWN_SIZE), 8);
    this.current[1] = input.length;
    this.current[0]!++;
  }
}

/** Inputs. */
const BATCH = 20;

interface Search {
  target: Target;
  coverage: Coverage;
  /** Inputs to start from, besides the seeds. */
  corpus: Buffer[];
  random: Random;
  seconds: number;
  onInput?: (input: Buffer) => void;
}

/** Runs a target with mutated inputs. Returns those that reached something new. Rejects with a Finding. */
export async function search({target, coverage, corpus, random, seconds, onInput}: Search) {
  const seen = new Set<string>();
  const inputs: Buffer[] = [];
  let executions = 0;
  /** Looks at the coverage of the inputs together, because that takes longer than most of them, and if it is new, of each. */
  async function tryInputs(batch: Buffer[]): Promise<void> {
    for (const input of batch) {
      onInput?.(input);
      executions++;
      await execute(target, input).catch(error => {
        throw new Finding(target, input, error);
      });
    }
    const isSingle = batch.length === 1;
    const reached = describeBlocks(coverage.take(target.files), isSingle);
    if (reached.every(each => seen.has(each))) return;
    if (isSingle) inputs.push(batch[0]!);
    else for (const input of batch) await tryInputs([input]);
    for (const each of reached) seen.add(each);
  }
  const start = [...corpus, ...target.seeds.map(seed => Buffer.from(seed as string))];
  await target.run(start[0]!); // The first time also loads and compiles code, so it is not measured.
  coverage.take(target.files);
  for (const input of start) await tryInputs([input]);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end)
    await tryInputs(Array.from({length: BATCH}, () => mutate(random, inputs, target.pieces)));
  return {inputs, executions};
}

/** Names the blocks by whether they ran or by the magnitude of their count: 16 rounds of a loop differ from two. */
function describeBlocks(blocks: Block[], withCounts: boolean): string[] {
  return blocks.map(({file, startOffset, endOffset, count}) => {
    const ran = withCounts ? Math.ceil(Math.log2(count + 1)) : count > 0;
    return `${file}:${startOffset}-${endOffset}:${ran}`;
  });
}

export class Finding extends Error {
  constructor(
    target: Target,
    readonly input: Buffer,
    cause: unknown,
  ) {
    super(`${target.name}: ${JSON.stringify(input.toString('latin1'))}`, {cause});
  }
}

/** Returns the fewest inputs, roughly, that reach what all of them reach: the short ones first. */
async function minimize(target: Target, coverage: Coverage, inputs: Buffer[]): Promise<Buffer[]> {
  const seen = new Set<string>();
  const kept: Buffer[] = [];
  for (const input of inputs.filter(({length}) => length <= 4096).sort((a, b) => a.length - b.length)) {
    coverage.take(target.files);
    await target.run(input);
    const reached = describeBlocks(coverage.take(target.files), false);
    if (reached.some(each => !seen.has(each))) kept.push(input);
    for (const each of reached) seen.add(each);
  }
  return kept;
}

async function main(): Promise<void> {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      seconds: {type: 'string', default: '60'},
      seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
      save: {type: 'boolean', default: false},
    },
  });
  const coverage = new Coverage();
  const watchdog = new Watchdog();
  const {targets} = await import('./targets/index.js');
  const unknown = positionals.filter(name => !(name in targets));
  if (unknown.length > 0) throw new Error(`Available: ${Object.keys(targets).join(' ')}`);
  for (const name of positionals.length > 0 ? positionals : Object.keys(targets)) {
    const target = await targets[name]!();
    const {inputs, executions} = await search({
      target,
      coverage,
      corpus: readCorpus(name),
      random: randomFrom(Number(values.seed)),
      seconds: Number(values.seconds),
      onInput: input => watchdog.watch(input),
    });
    console.log(
      `${name}: ${executions} executions, ${inputs.length} inputs that reach something new, seed ${values.seed}`,
    );
    if (!values.save) continue;
    const texts = (await minimize(target, coverage, inputs)).map(each => each.toString('latin1'));
    writeFileSync(corpusFile(target.name), `${JSON.stringify(texts, null, 2)}\n`);
  }
  process.exit();
}

if (process.argv[1]?.endsWith('fuzz.ts')) {
  main().catch(error => {
    console.error(error);
    process.exit(1);
  });
}
