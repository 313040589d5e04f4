import {bin} from './program.js';

/** What scripts rely on: the numbers are never reused. README has the table. */
export const ExitCode = {
  /** A bug in this program. */
  INTERNAL: 1,
  /** A flag, an argument, the configuration, or a disk that cannot be written. */
  USAGE: 2,
  /** Nobody is logged in, and no variable holds a token. */
  NO_CREDENTIAL: 3,
  /** The credential expired or was revoked or refused: a person must act. */
  CREDENTIAL: 4,
  /** The key or the place where it is. */
  KEY: 5,
  /** A record is damaged, altered or misplaced, or from a newer version. */
  RECORD: 6,
  /** The service or the network, after retries. */
  SERVICE: 7,
  /** Waited too long, for a person or for another process. */
  TIMEOUT: 8,
  /** Something expires within the given time. */
  EXPIRES_SOON: 9,
  /** As in a shell: a command that cannot be executed, and one that was not found. */
  NOT_EXECUTABLE: 126,
  NOT_FOUND: 127,
  INTERRUPTED: 130,
} as const;

const EXIT_CODES = {
  INTERNAL: ExitCode.INTERNAL,

  USAGE: ExitCode.USAGE,
  CONFIG_INVALID: ExitCode.USAGE,
  IDENTIFIER_INVALID: ExitCode.USAGE,
  IDENTIFIER_TAKEN: ExitCode.USAGE,
  IDENTIFIER_NEEDED: ExitCode.USAGE,
  CALLBACK_PORT_BUSY: ExitCode.USAGE,
  APP_REJECTED: ExitCode.USAGE,
  REDIRECT_URI_REJECTED: ExitCode.USAGE,
  MEDIA_REJECTED: ExitCode.USAGE,
  NOT_FOUND: ExitCode.USAGE,
  VALUE_REFUSED: ExitCode.USAGE,
  CONTAINER_EXPIRED: ExitCode.USAGE,
  STORAGE_FAILED: ExitCode.USAGE,
  OUTPUT_FAILED: ExitCode.USAGE,
  LOCK_MISSING: ExitCode.USAGE,

  CREDENTIAL_MISSING: ExitCode.NO_CREDENTIAL,
  VARIABLE_MISSING: ExitCode.NO_CREDENTIAL,

  AUTHORIZATION_REFUSED: ExitCode.CREDENTIAL,
  ACCOUNT_MISMATCH: ExitCode.CREDENTIAL,
  CREDENTIAL_EXPIRED: ExitCode.CREDENTIAL,
  CREDENTIAL_REVOKED: ExitCode.CREDENTIAL,
  ACCOUNT_HELD: ExitCode.CREDENTIAL,
  PERMISSION_MISSING: ExitCode.CREDENTIAL,

  KEYCHAIN_ABSENT: ExitCode.KEY,
  KEYCHAIN_LOCKED: ExitCode.KEY,
  KEYCHAIN_TIMEOUT: ExitCode.KEY,
  KEYCHAIN_DENIED: ExitCode.KEY,
  KEYCHAIN_FAILED: ExitCode.KEY,
  KEY_GONE: ExitCode.KEY,
  KEY_WRONG: ExitCode.KEY,
  KEY_STORE_WEAK: ExitCode.KEY,
  PASSPHRASE_MISSING: ExitCode.KEY,
  PASSPHRASE_WRONG: ExitCode.KEY,
  PASSPHRASE_WEAK: ExitCode.KEY,

  RECORD_DAMAGED: ExitCode.RECORD,
  RECORD_MISPLACED: ExitCode.RECORD,
  RECORD_FOREIGN: ExitCode.RECORD,
  RECORD_NEWER: ExitCode.RECORD,
  FILE_UNSAFE: ExitCode.RECORD,
  FILE_FOREIGN: ExitCode.RECORD,

  PLATFORM_FAILED: ExitCode.SERVICE,
  RATE_LIMITED: ExitCode.SERVICE,
  REFRESH_REFUSED: ExitCode.SERVICE,
  NETWORK_FAILED: ExitCode.SERVICE,
  OUTCOME_UNKNOWN: ExitCode.SERVICE,
  CONTAINER_NOT_READY: ExitCode.SERVICE,
  NOT_ASKED: ExitCode.SERVICE,

  AUTHORIZATION_TIMEOUT: ExitCode.TIMEOUT,
  LOCK_TIMEOUT: ExitCode.TIMEOUT,
  PUBLISH_TIMEOUT: ExitCode.TIMEOUT,

  COMMAND_NOT_EXECUTABLE: ExitCode.NOT_EXECUTABLE,
  COMMAND_NOT_FOUND: ExitCode.NOT_FOUND,

  INTERRUPTED: ExitCode.INTERRUPTED,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

/**
 * The one error that a person or a script sees. `message` says what happened, `suggestions` what to do next.
 * Neither ever holds a secret, and there is no `cause`: what a library threw may hold a token or a whole
 * request.
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

/** Turns any other error into an internal one, without its message: that may hold a secret. */
export function toVaultError(error: unknown): VaultError {
  if (error instanceof VaultError) return error;
  const what = error instanceof Error ? ` (${classOf(error)}${locationOf(error)})` : '';
  return new VaultError('INTERNAL', `Internal error in ${bin}${what}. This is a bug; please report it.`, [
    'Include the command that you ran, without any secret.',
  ]);
}

/** Returns the class of an error. Its `name` is not used: it may hold anything. */
function classOf(error: Error): string {
  const name: unknown = error.constructor?.name;
  return typeof name === 'string' && /^([A-Z][a-z]+)*Error$/.test(name) ? name : 'Error';
}

/** Returns the file and line of an error: enough for a report, and never a value. */
function locationOf(error: Error): string {
  const frame = /\/([\w.-]+\.(?:js|ts):\d+):\d+\)?$/m.exec(
    error.stack?.split('\n    at ').slice(1).join('\n') ?? '',
  );
  return frame ? ` at ${frame[1]}` : '';
}

/** Returns the exit code for several failures, 0 for none: what needs a person comes before what may pass by itself. */
export function worstExitCode(errors: readonly VaultError[]): number {
  const codes = errors.map(error => error.exitCode);
  const lasting = codes.filter(code => code !== ExitCode.SERVICE && code !== ExitCode.TIMEOUT);
  return Math.max(0, ...(lasting.length > 0 ? lasting : codes));
}
