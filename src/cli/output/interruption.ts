import {VaultError} from '../../errors.js';

let resumeHint: () => readonly string[] = () => [];

/** Sets what a person who interrupts the command from now on is told to do next. */
export function setResumeHint(suggestions: () => readonly string[]): void {
  resumeHint = suggestions;
}

export function interrupted(): VaultError {
  return new VaultError('INTERRUPTED', 'Cancelled.', resumeHint());
}
