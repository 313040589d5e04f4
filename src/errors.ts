import {bin} from './program.js';

/**
 * From cause to exit code. The numbers are the contract with users' scripts and are never reused:
 * 1 a fault of ours, 2 usage, 3 no credential, 4 the credential is dead, 5 the key, 6 a record,
 * 7 the platform or the network, 8 waited too long, 9 something expires soon, 130 interrupted; and, as
 * a shell has them, 126 a command that cannot be run, 127 one that is not there.
 */
const EXIT_CODES = {
  INTERNAL: 1,

  USAGE: 2,
  CONFIG_INVALID: 2,
  IDENTIFIER_INVALID: 2,
  IDENTIFIER_TAKEN: 2,
  IDENTIFIER_NEEDED: 2,
  CALLBACK_PORT_BUSY: 2,
  APP_REJECTED: 2,
  REDIRECT_URI_REJECTED: 2,
  MEDIA_REJECTED: 2,
  NOT_FOUND: 2,
  VALUE_REFUSED: 2,
  CONTAINER_EXPIRED: 2,
  STORAGE_FAILED: 2,
  OUTPUT_FAILED: 2,
  LOCK_MISSING: 2,

  CREDENTIAL_MISSING: 3,
  VARIABLE_MISSING: 3,

  AUTHORIZATION_REFUSED: 4,
  CREDENTIAL_EXPIRED: 4,
  CREDENTIAL_REVOKED: 4,
  ACCOUNT_HELD: 4,
  PERMISSION_MISSING: 4,

  KEYCHAIN_ABSENT: 5,
  KEYCHAIN_LOCKED: 5,
  KEYCHAIN_TIMEOUT: 5,
  KEYCHAIN_DENIED: 5,
  KEYCHAIN_FAILED: 5,
  KEY_GONE: 5,
  KEY_WRONG: 5,
  PASSPHRASE_MISSING: 5,
  PASSPHRASE_WRONG: 5,
  PASSPHRASE_WEAK: 5,

  RECORD_DAMAGED: 6,
  RECORD_MISPLACED: 6,
  RECORD_FOREIGN: 6,
  RECORD_NEWER: 6,
  FILE_UNSAFE: 6,
  FILE_FOREIGN: 6,

  PLATFORM_FAILED: 7,
  RATE_LIMITED: 7,
  REFRESH_REFUSED: 7,
  NETWORK_FAILED: 7,
  OUTCOME_UNKNOWN: 7,
  CONTAINER_NOT_READY: 7,
  NOT_ASKED: 7,

  AUTHORIZATION_TIMEOUT: 8,
  LOCK_TIMEOUT: 8,
  PUBLISH_TIMEOUT: 8,

  COMMAND_NOT_EXECUTABLE: 126,
  COMMAND_NOT_FOUND: 127,

  INTERRUPTED: 130,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

/**
 * The one error that a person or a script sees. `message` says what happened in the user's words,
 * `suggestions` what to do next. Neither ever holds a secret, and there is no `cause`: whatever a
 * library threw may hold a token or a whole request.
 *
 * @example
 * ```ts
 * import {resolveCredential, VaultError} from 'agora-vault';
 *
 * try {
 *   await resolveCredential({identifier: 'not.there'});
 * } catch (error) {
 *   if (!(error instanceof VaultError)) throw error;
 *   console.log(error.code, error.message, ...error.suggestions);
 * }
 * ```
 */
export class VaultError extends Error {
  override readonly name = 'VaultError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly suggestions: readonly string[] = [],
  ) {
    super(message);
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }

  /** The allow-list that `--json` prints. */
  toJSON() {
    return {
      code: this.code,
      message: this.message,
      suggestions: [...this.suggestions],
      exit_code: this.exitCode,
    };
  }
}

/** Whatever is not ours, in words of ours: a foreign error may hold a secret. */
export function toVaultError(error: unknown): VaultError {
  if (error instanceof VaultError) return error;
  const what = error instanceof Error ? `${kindOf(error)}${placeOf(error)}` : '';
  return new VaultError(
    'INTERNAL',
    `Something went wrong inside ${bin}${what && ` (${what})`}. It is a fault of ours.`,
    ['Please report it with the command that you ran, without any secret.'],
  );
}

/** Its class, if that is named as one: an error's own name may hold anything. */
function kindOf(error: Error): string {
  const name: unknown = error.constructor?.name;
  return typeof name === 'string' && /^([A-Z][a-z]+)*Error$/.test(name) ? name : 'Error';
}

/** Where it happened, as file and line of ours: enough for a report, and never a value. */
function placeOf(error: Error): string {
  const frame = /\/([\w.-]+\.(?:js|ts):\d+):\d+\)?$/m.exec(
    error.stack?.split('\n    at ').slice(1).join('\n') ?? '',
  );
  return frame ? ` at ${frame[1]}` : '';
}

/** The exit code where several things failed, 0 where none did: what needs a person comes before what may pass by itself (7, 8). */
export function worstExitCode(errors: readonly VaultError[]): number {
  const codes = errors.map(error => error.exitCode);
  const lasting = codes.filter(code => code !== 7 && code !== 8);
  return Math.max(0, ...(lasting.length > 0 ? lasting : codes));
}
