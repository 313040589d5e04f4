import fc from 'fast-check';
import {VaultError} from '../../../src/errors.js';

/**
 * For a suite of properties, of which it prints one line of figures. A failure names the smallest
 * counterexample, and the seed that finds it again.
 */
export function properties(what: string) {
  const figures = {properties: 0, cases: 0, notes: ''};
  after(() => {
    const {properties, cases, notes} = figures;
    console.log(`        ${what}: ${properties} properties, ${cases.toLocaleString('en')} cases${notes}`);
  });

  /** A mocha test: the predicate holds for any value. */
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

/** The error of ours that it throws; undefined when it does not; anything else that it throws fails the test. */
export async function errorOf(attempt: () => unknown): Promise<VaultError | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}
