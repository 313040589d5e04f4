import {platformVariable, readEnvironment, type VariablesFound, variablesFound} from '../config/variables.js';
import {
  type Credential,
  type Identifier,
  looksSecret,
  type PlatformName,
  parseIdentifier,
} from '../credential.js';
import {VaultError} from '../errors.js';
import {findService} from '../platforms/service.js';
import {bin, toolVariable} from '../program.js';
import {announceOverrides, type CredentialsContext} from './context.js';

/** Where a credential came from, and which variables of the platform are set, used or not. */
export interface Source {
  kind: 'store' | 'environment';
  /** The name of the stored credential; `null` for the environment. */
  identifier: string | null;
  variables: VariablesFound;
}

export interface FoundCredential {
  credential: Credential;
  source: Source;
}

/**
 * Finds the credential to use, unchecked, in this order:
 * 1. the named one, from the store;
 * 2. the environment, if it holds a token (then neither the store nor the keychain is touched);
 * 3. the default of the store, else its only one.
 *
 * Throws CREDENTIAL_MISSING, VARIABLE_MISSING, IDENTIFIER_NEEDED, USAGE, and what reading a record throws.
 */
export async function findCredential(
  context: CredentialsContext,
  identifier?: string,
): Promise<FoundCredential> {
  const {platform, vault, env} = context;
  const {apiUrl} = findService(platform, env);
  const variables = variablesFound(platform.name, env);
  const readStored = async (identifier: Identifier): Promise<FoundCredential> => {
    const credential = await vault.read({platform: platform.name, identifier});
    if (!credential) throw notStored(platform.name, identifier, await vault.names(platform.name));
    return {credential, source: {kind: 'store', identifier, variables}};
  };
  if (identifier !== undefined) return readStored(parseIdentifier(identifier));

  const credential = await readEnvironment({platform: platform.name, env, apiUrl});
  if (credential) {
    announceOverrides(context);
    return {credential, source: {kind: 'environment', identifier: null, variables}};
  }

  const chosen = await chooseStored({...context, platform: platform.name, variables});
  if (chosen === undefined) throw nothingFound(context, variables);
  return readStored(chosen);
}

export interface StoredChoice extends Pick<CredentialsContext, 'vault' | 'preferences'> {
  platform: PlatformName;
  variables?: VariablesFound;
}

/** Returns the default of the store, else its only credential; `undefined` when it is empty. Throws IDENTIFIER_NEEDED, CREDENTIAL_MISSING. */
export async function chooseStored({
  platform,
  vault,
  preferences,
  variables = {found: [], empty: []},
}: StoredChoice): Promise<Identifier | undefined> {
  const names = await vault.names(platform);
  if (names.length <= 1) return names[0];
  const preferred = (await preferences()).default[platform];
  if (preferred === undefined) throw identifierNeeded(platform, names, variables);
  const chosen = names.find(name => name === preferred);
  if (chosen === undefined) throw defaultGone(platform, preferred, names);
  return chosen;
}

function identifierNeeded(platform: string, names: string[], variables: VariablesFound): VaultError {
  const remarks = describeVariables(platform, variables);
  return new VaultError(
    'IDENTIFIER_NEEDED',
    `${[`Several credentials are stored: ${formatNames(names)}`, ...remarks].join('; ')}.`,
    [
      `Choose one: --identifier ${names[0]}`,
      `Or set a default: ${bin} utils tokens use --platform ${platform} --identifier ${names[0]}`,
    ],
  );
}

function defaultGone(platform: string, name: string, names: string[]): VaultError {
  return new VaultError(
    'CREDENTIAL_MISSING',
    `The default credential, ${name}, is no longer stored. Stored: ${formatNames(names)}.`,
    [`Choose another: ${bin} utils tokens use --platform ${platform} --identifier ${names[0]}`],
  );
}

/** `platform` is undefined when the whole store is empty. */
export function nothingStored(platform?: string): VaultError {
  return new VaultError(
    'CREDENTIAL_MISSING',
    `No ${platform ? `${platform} ` : ''}credential is stored here.`,
    [
      `Log in: ${bin} ${platform ? `${platform} authorize` : 'login'}`,
      `If your credentials are in another folder, set ${toolVariable('HOME')} to it.`,
    ],
  );
}

export function notStored(platform: string, identifier: string, names: string[]): VaultError {
  const shown = looksSecret(identifier) ? 'NAME' : identifier;
  return new VaultError(
    'CREDENTIAL_MISSING',
    `No credential ${shown === identifier ? `named ${identifier}` : 'of that name'} is stored.${names.length > 0 ? ` Stored: ${formatNames(names)}.` : ''}`,
    [
      `List the stored credentials: ${bin} utils tokens list`,
      `Log in: ${bin} ${platform} authorize --identifier ${shown}`,
    ],
  );
}

/** Describes variables that are only partly set: they are never ignored silently. */
function describeVariables(platform: string, {found, empty}: VariablesFound): string[] {
  const token = platformVariable(platform, 'REFRESH_TOKEN');
  return [
    found.length > 0
      ? `${formatNames(found)} ${found.length > 1 ? 'are' : 'is'} set, but ${token} is missing`
      : '',
    empty.length > 0 ? `${formatNames(empty)} ${empty.length > 1 ? 'are' : 'is'} set but empty` : '',
  ].filter(Boolean);
}

function nothingFound({platform}: CredentialsContext, variables: VariablesFound): VaultError {
  const token = platformVariable(platform.name, 'REFRESH_TOKEN');
  const remarks = describeVariables(platform.name, variables);
  return new VaultError(
    remarks.length > 0 ? 'VARIABLE_MISSING' : 'CREDENTIAL_MISSING',
    `${[`No ${platform.title} credential: nothing is stored here`, ...remarks].join('; ')}.`,
    [
      `On your own machine, log in: ${bin} ${platform.name} authorize`,
      `In an unattended run, set ${token}; print it with: ${bin} utils tokens show --platform ${platform.name} --format env`,
    ],
  );
}

/** How many names an error lists. */
const SHOWN = 10;

function formatNames(names: string[]): string {
  const rest = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
