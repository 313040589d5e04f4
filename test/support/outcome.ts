import type {VaultError} from '../../src/errors.js';

/** The VaultError that is thrown; anything else fails the test. */
export async function failure(attempt: Promise<unknown>): Promise<VaultError> {
  const outcome = await attempt.then(
    value => new Error(`expected a failure, got ${JSON.stringify(value)}`),
    (error: Error) => error,
  );
  if (outcome.name !== 'VaultError') throw outcome;
  return outcome as VaultError;
}

/** Is this promise still waiting, after everything that is already due has run? */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}
