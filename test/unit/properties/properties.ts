import fc from 'fast-check';
import {VaultError} from '../../../src/errors.js';

/**
 * Sets up a suite of properties and prints a line of figures after it. A failure shows the smallest
 * counterexample, and the seed to reproduce it.
 */
export function properties(what: string) {
  const figures = {properties: 0, cases: 0, notes: ''};
  after(() => {
    const {properties, cases, notes} = figures;
    console.log(`        ${what}: ${properties} properties, ${cases.toLocaleString('en')} cases${notes}`);
  });

  /** Returns a mocha test that checks the predicate for random values. */
  function holds<T>(
    values: fc.Arbitrary<T>,
    predicate: (value: T) => void | Promise<void>,
    {runs = 1000, casesEach = 1} = {},
  ) {
    return async () => {
      figures.properties++;
      await fc.assert(
        fc.asyncProperty(values, async value => {
          figures.cases += casesEach;
          await predicate(value);
        }),
        {numRuns: runs},
      );
    };
  }
  return {holds, note: (text: string) => (figures.notes += `; ${text}`)};
}

/** Returns the VaultError that `attempt` throws, or undefined. Any other exception fails the test. */
export async function errorOf(attempt: () => unknown): Promise<VaultError | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}
