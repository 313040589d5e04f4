import {platformVariable, serviceVariables, variablesFound} from '../config/variables.js';
import {bin, toolVariable} from '../program.js';
import {type DoctorContext, note, ok, type Remark, warning} from './finding.js';

/** The names of this program's variables, without the prefix. */
const OWN = [
  'HOME',
  'KEY_STORE',
  'KEYCHAIN_TIMEOUT',
  'LOCK_TIMEOUT',
  'NATIVE_SHA256',
  'VAULT_PASSPHRASE',
  'VAULT_PASSPHRASE_FILE',
  'VAULT_NEW_PASSPHRASE',
  'VAULT_NEW_PASSPHRASE_FILE',
  'BROWSER',
  'CONTENT_TYPE',
  'EXEC',
];

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** Checks which variables are set. Shows names only, since the values may be secret. */
export async function* checkVariables({env, platform}: DoctorContext): AsyncGenerator<Remark> {
  const {found, empty} = variablesFound(platform.name, env);
  const service = serviceVariables(platform.name);
  const own = [...OWN.map(toolVariable), service.authorizeUrl, service.apiUrl];
  const set = [...found, ...own.filter(name => env[name])];
  const prefixes = [platform.name.toUpperCase(), toolVariable('').slice(0, -1)].map(name => `${name}_*`);
  yield ok(set.length > 0 ? `Set: ${set.join(', ')}.` : `No ${prefixes.join(' or ')} variable is set.`);

  const allEmpty = [...empty, ...own.filter(name => env[name] === '')];
  if (allEmpty.length > 0) {
    yield warning(
      `Set but empty, so ignored: ${allEmpty.join(', ')}.`,
      'CI systems pass an empty value for a secret that does not exist or that this run may not read.',
    );
  }
  const token = platformVariable(platform.name, 'REFRESH_TOKEN');
  const incomplete = withoutToken(found);
  if (incomplete.length > 0) {
    yield warning(`No effect without ${token}: ${incomplete.join(', ')}.`, `Set ${token} too.`);
  }
  const known = new Set([...found, ...empty, ...own]);
  const unknown = Object.keys(env).filter(
    name => prefixes.some(prefix => name.startsWith(prefix.slice(0, -1))) && !known.has(name),
  );
  if (unknown.length > 0) yield note(`Unknown, perhaps misspelled: ${unknown.join(', ')}.`);

  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    yield warning(
      `NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored: ${bin} always checks certificates. Other Node programs do not.`,
      'Unset it. To trust the certificates of your company, set NODE_EXTRA_CA_CERTS.',
    );
  }
  const proxies = PROXIES.filter(name => env[name]);
  if (proxies.length > 0 && !env.NODE_USE_ENV_PROXY) {
    yield note(
      `${proxies.join(', ')}: Node uses no proxy unless NODE_USE_ENV_PROXY=1 is set (Node 22.21 or newer).`,
    );
  }
}

/** Returns the variables that have no effect without a token: all but the app id and secret, which a login uses. */
export function withoutToken(found: string[]): string[] {
  const isToken = (name: string) => /_(REFRESH|ACCESS)_TOKEN$/.test(name);
  return found.some(isToken) ? [] : found.filter(name => !/_APP_(ID|SECRET)$/.test(name));
}
