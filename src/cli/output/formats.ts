import type {Credential} from '../../credential.js';
import {cannotWriteValue, quoteDotenv} from '../../files/dotenv.js';

/** How a credential is written for another program. Each returns text that ends in a newline. */
export const FORMATS = {json, env, shell, github, gitlab, docker};
export type Format = keyof typeof FORMATS;

/** The variables that carry a credential; what is unknown is left out. */
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

/** dotenv lines that dotenv and `gh secret set -f -` (godotenv) read back alike. */
function env(credential: Credential): string {
  return dotenv(variablesOf(credential));
}

export function dotenv(variables: [name: string, value: string][]): string {
  return lines(variables, (name, value) => `${name}=${quoteDotenv(name, value)}`);
}

/** For `eval "$(…)"` in any POSIX shell. */
function shell(credential: Credential): string {
  return lines(variablesOf(credential), (name, value) => `export ${name}=${quoteShell(value)}`);
}

/** For `docker run --env-file`: no quoting exists there. */
function docker(credential: Credential): string {
  return lines(variablesOf(credential), (name, value) => {
    if (/[\r\n]/.test(value)) throw cannotWriteValue(name, 'a Docker env file');
    return `${name}=${value}`;
  });
}

/** A script for the repository's folder. Secrets go through standard input, never through arguments. */
function github(credential: Credential): string {
  return `gh secret set -f - <<'END_OF_SECRETS'\n${env(credential)}END_OF_SECRETS\n`;
}

/** `set` only creates and `update` only changes. printf and functions are the shell's own: no arguments to see. */
const GITLAB_PUT = `put() {
  value=$1; shift
  printf %s "$value" | glab variable update "$@" 2>/dev/null || printf %s "$value" | glab variable set "$@"
}
`;

/** As `github`, for the GitLab command line. */
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

export function quoteShell(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
