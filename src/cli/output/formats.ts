import type {Credential} from '../../credential.js';
import {cannotWriteValue, quoteDotenv} from '../../files/dotenv.js';

/** The formats in which other programs read a credential. Each returns text that ends in a newline. */
export const FORMATS = {json, env, shell, github, gitlab, docker};
export type Format = keyof typeof FORMATS;

/** Returns the variables that carry a credential, without those whose value is unknown. */
export function variablesOf(credential: Credential): [name: string, value: string][] {
  const prefix = credential.platform.toUpperCase();
  const values: [string, string | null][] = [
    [`${prefix}_APP_ID`, credential.app_id],
    [`${prefix}_APP_SECRET`, credential.app_secret],
    [`${prefix}_REFRESH_TOKEN`, credential.refresh_token],
    [`${prefix}_USER_ID`, credential.user_id],
    [`${prefix}_TOKEN_EXPIRES_AT`, credential.expires_at],
  ];
  return values.filter((entry): entry is [string, string] => entry[1] !== null);
}

function json(credential: Credential): string {
  return `${JSON.stringify(credential, null, 2)}\n`;
}

/** Writes dotenv lines that dotenv and `gh secret set -f -` (godotenv) read alike. */
function env(credential: Credential): string {
  return dotenv(variablesOf(credential));
}

export function dotenv(variables: [name: string, value: string][]): string {
  return lines(variables, (name, value) => `${name}=${quoteDotenv(name, value)}`);
}

/** Writes export lines for `eval` in any POSIX shell. */
function shell(credential: Credential): string {
  return lines(variablesOf(credential), (name, value) => `export ${name}=${quoteShell(value)}`);
}

/** Writes a file for `docker run --env-file`, which does not support quoting. */
function docker(credential: Credential): string {
  return lines(variablesOf(credential), (name, value) => {
    if (/[\r\n]/.test(value)) throw cannotWriteValue(name, 'a Docker env file');
    return `${name}=${value}`;
  });
}

/** Writes a script to run in the repository. Secrets go through standard input, never through arguments. */
function github(credential: Credential): string {
  return `gh secret set -f - <<'END_OF_SECRETS'\n${env(credential)}END_OF_SECRETS\n`;
}

/** `set` only creates and `update` only changes. printf is built in, so no secret shows in a process list. */
const GITLAB_PUT = `put() {
  value=$1; shift
  printf %s "$value" | glab variable update "$@" 2>/dev/null || printf %s "$value" | glab variable set "$@"
}
`;

/** Does the same as `github` with the GitLab command line. */
function gitlab(credential: Credential): string {
  const settings = lines(variablesOf(credential), (name, value) => {
    const masking = /TOKEN$|SECRET$/.test(name) ? ' --masked' : '';
    return `put ${quoteShell(value)} ${name}${masking}`;
  });
  return `${GITLAB_PUT}${settings}`;
}

function lines(
  variables: [name: string, value: string][],
  line: (name: string, value: string) => string,
): string {
  return variables
    .map(([name, value]) => {
      if (value.includes('\0')) throw cannotWriteValue(name, 'a variable');
      return `${line(name, value)}\n`;
    })
    .join('');
}

/** Quotes a value as one word of a POSIX shell. */
export function quoteShell(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
