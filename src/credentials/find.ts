import type {Preferences} from '../config/preferences.js';
import {platformVariable, readEnvironment, type VariablesFound, variablesFound} from '../config/variables.js';
import {type Credential, looksSecret, parseIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {findService} from '../platforms/service.js';
import {bin, type Environment, toolVariable} from '../program.js';
import type {Vault} from '../vault/vault.js';

/** Where a credential came from, and which variables were seen on the way, used or not. */
export interface Source {
  kind: 'store' | 'environment';
  /** The stored credential's name; null for the environment. */
  identifier: string | null;
  variables: VariablesFound;
}

export interface FoundCredential {
  credential: Credential;
  source: Source;
}

export interface Sources {
  env: Environment;
  vault: Vault;
  /** Asked only when they matter. */
  preferences: () => Promise<Preferences>;
}

/**
 * The credential to use, as it stands, in this order:
 * 1. the named one, from the store;
 * 2. the environment, if it holds a token (then neither the store nor the keychain is touched);
 * 3. the default of the store, else its only one.
 *
 * Throws CREDENTIAL_MISSING, IDENTIFIER_NEEDED, USAGE, and what reading a record throws.
 */
export async function findCredential(
  platform: Platform,
  {env, vault, preferences}: Sources,
  identifier?: string,
): Promise<FoundCredential> {
  const {apiUrl} = findService(platform, env);
  const variables = variablesFound(platform.name, env);
  const fromStore = async (name: string): Promise<FoundCredential> => {
    const credential = await vault.read({platform: platform.name, identifier: parseIdentifier(name)});
    if (!credential) throw notStored(platform, name, await vault.names(platform.name));
    return {credential, source: {kind: 'store', identifier: name, variables}};
  };
  if (identifier !== undefined) return fromStore(identifier);

  const credential = await readEnvironment(platform.name, env, apiUrl);
  if (credential) return {credential, source: {kind: 'environment', identifier: null, variables}};

  const defaultIdentifier = async () => (await preferences()).default[platform.name];
  const chosen = await chooseStored(platform, vault, defaultIdentifier, variables);
  if (chosen === undefined) throw nothingFound(platform, variables);
  return fromStore(chosen);
}

/** The default of the store, else its only credential; undefined where there is none. Throws IDENTIFIER_NEEDED, CREDENTIAL_MISSING. */
export async function chooseStored(
  platform: Platform | {name: string},
  vault: Vault,
  defaultIdentifier: () => Promise<string | undefined>,
  variables: VariablesFound = {found: [], empty: []},
): Promise<string | undefined> {
  const names = await vault.names(platform.name);
  if (names.length <= 1) return names[0];
  const chosen = await defaultIdentifier();
  if (chosen !== undefined && !names.includes(chosen)) throw defaultGone(platform.name, chosen, names);
  if (chosen !== undefined) return chosen;
  throw new VaultError(
    'IDENTIFIER_NEEDED',
    [`Several credentials are stored: ${formatNames(names)}`, ...remarksOn(platform.name, variables)]
      .join('; ')
      .concat('.'),
    [
      `Say which: --identifier ${names[0]}`,
      `Or choose one for good: ${bin} utils tokens use --platform ${platform.name} --identifier ${names[0]}`,
    ],
  );
}

function defaultGone(platform: string, name: string, names: string[]): VaultError {
  return new VaultError(
    'CREDENTIAL_MISSING',
    `The default, ${name}, is not stored any more; there is ${formatNames(names)}.`,
    [`Choose another: ${bin} utils tokens use --platform ${platform} --identifier ${names[0]}`],
  );
}

export function nothingStored(platform: string): VaultError {
  return new VaultError('CREDENTIAL_MISSING', `No credential for ${platform} is stored here.`, [
    `Log in: ${bin} threads authorize`,
    `Are they in another home, or another user's? ${toolVariable('HOME')} names the home.`,
  ]);
}

export function notStored(platform: {name: string}, name: string, names: string[]): VaultError {
  const shown = looksSecret(name) ? 'NAME' : name;
  return new VaultError(
    'CREDENTIAL_MISSING',
    `No credential ${shown === name ? `named ${name}` : 'of that name'} is stored${names.length > 0 ? `; there is ${formatNames(names)}` : ''}.`,
    [
      `See what is stored: ${bin} utils tokens list`,
      `Authorize it: ${bin} ${platform.name} authorize --identifier ${shown}`,
    ],
  );
}

/** Half-set variables are never silently passed over. */
function remarksOn(platform: string, {found, empty}: VariablesFound): string[] {
  const token = platformVariable(platform, 'REFRESH_TOKEN');
  return [
    found.length > 0
      ? `${formatNames(found)} ${found.length > 1 ? 'are' : 'is'} set, but ${token} is missing`
      : '',
    empty.length > 0 ? `${formatNames(empty)} ${empty.length > 1 ? 'are' : 'is'} set but empty` : '',
  ].filter(Boolean);
}

function nothingFound(platform: Platform, {found, empty}: VariablesFound): VaultError {
  const token = platformVariable(platform.name, 'REFRESH_TOKEN');
  const remarks = remarksOn(platform.name, {found, empty});
  return new VaultError(
    remarks.length > 0 ? 'VARIABLE_MISSING' : 'CREDENTIAL_MISSING',
    [`No ${platform.title} credential: nothing is stored here`, ...remarks].join('; ').concat('.'),
    [
      `On your own machine: ${bin} ${platform.name} authorize`,
      `In an unattended run: set ${token} (and ${platformVariable(platform.name, 'APP_ID')}), from ${bin} utils tokens show --platform ${platform.name} --format env`,
    ],
  );
}

const SHOWN = 10;

function formatNames(names: string[]): string {
  const rest = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
