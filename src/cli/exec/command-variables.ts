import {platformVariable, platformVariables} from '../../config/variables.js';
import type {Credential} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {variablesOf} from '../output/formats.js';

/** What a command may be given of a credential: the variables that the tool itself reads. Throws USAGE for other names. */
export function parseOnly(platform: string, only: string[]): string[] {
  const names = platformVariables(platform);
  if (only.every(name => names.includes(name))) return only;
  throw new VaultError('USAGE', '--only names a variable that there is not.', [
    `There are: ${names.join(', ')}`,
  ]);
}

/**
 * How the variables of several credentials begin: the first has the plain names, each other one has its
 * own name within: `THREADS_`, `THREADS_MY_ACCOUNT_`. Throws USAGE where two would be the same.
 */
export function prefixesFor(platform: string, [, ...others]: readonly string[]): string[] {
  const plain = `${platform.toUpperCase()}_`;
  const prefixes = others.map(name => `${plain}${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_`);
  if (new Set(prefixes).size === prefixes.length) return [plain, ...prefixes];
  throw new VaultError(
    'USAGE',
    'Two of these credentials have names so alike that their variables would be the same.',
    ['Name one of them first: the first has the plain variables. Or run the command once for each.'],
  );
}

/**
 * The variables that a command gets of a credential. What is unknown is left out, but VARIABLE_MISSING
 * where it was asked for by name.
 */
export function commandVariables(
  credential: Credential,
  prefix: string,
  only?: readonly string[],
): [name: string, value: string][] {
  const {platform, refresh_token} = credential;
  const known = new Map(variablesOf(credential)).set(
    platformVariable(platform, 'ACCESS_TOKEN'),
    refresh_token,
  );
  return (only ?? platformVariables(platform)).flatMap((name): [string, string][] => {
    const value = known.get(name);
    if (value !== undefined) return [[name.replace(`${platform.toUpperCase()}_`, prefix), value]];
    if (!only) return [];
    throw new VaultError(
      'VARIABLE_MISSING',
      `${name} was asked for, and ${credential.identifier} has nothing to fill it.`,
      ['Leave it out of --only.'],
    );
  });
}
