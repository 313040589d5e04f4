import {grow} from './target.js';

/** Bytes. Longer inputs are slower and rarely reach more. */
const MAXIMUM_SIZE = 4096;
const NUMBERS = [
  '0',
  '1',
  '-1',
  '1.5',
  '1e400',
  '255',
  '256',
  '65536',
  '2147483648',
  '4294967295',
  '9007199254740993',
];

export type Random = (below: number) => number;

/** Creates a generator of pseudorandom integers (mulberry32), so that a run can be repeated by its seed. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Returns a changed copy of one of the inputs; once in a hundred, a part of it that is repeated up to 64 KiB. */
export function mutate(random: Random, inputs: Buffer[], pieces: string[]): Buffer {
  const pick = <T>(from: T[]) => from[random(from.length)]!;
  let input = pick(inputs);
  for (let left = 1 + random(4); left > 0; left--) {
    const from = random(input.length + 1);
    const to = Math.min(input.length, from + random(random(2) ? 8 : input.length + 1));
    const part = input.subarray(from, to);
    const replaceBy = (...parts: (Buffer | string)[]) =>
      Buffer.concat([
        input.subarray(0, from),
        ...parts.map(each => Buffer.from(each as string)),
        input.subarray(to),
      ]);
    const changes = [
      () => replaceBy(Buffer.from([random(256)])),
      () => replaceBy(Buffer.from(part.map(byte => byte ^ (1 << random(8))))),
      () => replaceBy(pick(pieces)),
      () => replaceBy(part, pick(pieces)),
      () => replaceBy(part, part),
      () => replaceBy(),
      () => replaceBy(pick(inputs).subarray(random(20))),
      () => Buffer.concat([input.subarray(0, from), pick(inputs).subarray(from)]),
      () =>
        Buffer.from(
          input.toString('latin1').replace(/-?\d+/g, each => (random(4) ? each : pick(NUMBERS))),
          'latin1',
        ),
    ];
    input = pick(changes)().subarray(0, MAXIMUM_SIZE);
    if (random(400) === 0) return grow(part, input.subarray(0, random(50)));
  }
  return input;
}
