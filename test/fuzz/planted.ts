import type {Target} from './target.js';

/** A parser with a fault that no single change of an input reaches. */
function parse(text: string): void {
  if (text[0] !== 'f') return;
  if (text[1] !== 'a') return;
  if (text[2] !== 'u') return;
  if (text[3] !== 'l') return;
  if (text[4] !== 't') return;
  throw new TypeError('planted');
}

export const planted: Target = {
  name: 'planted',
  files: ['fuzz/planted.ts'],
  seeds: ['-'],
  pieces: [...'fault'],
  run: input => parse(input.toString()),
};
