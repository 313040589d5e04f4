import type {VaultError} from '../../src/errors.js';

/** Returns the VaultError that the promise rejects with. Anything else fails the test. */
export async function failure(attempt: Promise<unknown>): Promise<VaultError> {
  const outcome = await attempt.then(
    value => new Error(`expected a failure, got ${JSON.stringify(value)}`),
    (error: Error) => error,
  );
  if (outcome.name !== 'VaultError') throw outcome;
  return outcome as VaultError;
}

/** Reports whether a promise is still pending after all callbacks that are due have run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}
