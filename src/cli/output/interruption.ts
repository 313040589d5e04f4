import {VaultError} from '../../errors.js';

let resumeHint: () => readonly string[] = () => [];

/** From now on, a person who interrupts the command is told this. */
export function setResumeHint(suggestions: () => readonly string[]): void {
  resumeHint = suggestions;
}

export function interrupted(): VaultError {
  return new VaultError('INTERRUPTED', 'Interrupted.', resumeHint());
}
