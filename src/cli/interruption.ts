import {VaultError} from '../errors.js';

let wayOn: () => readonly string[] = () => [];

/** From now on, a person who interrupts the command is told this. */
export function onInterruption(suggestions: () => readonly string[]): void {
  wayOn = suggestions;
}

export function interrupted(): VaultError {
  return new VaultError('INTERRUPTED', 'Interrupted.', wayOn());
}
