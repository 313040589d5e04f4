import {platformVariable, platformVariables} from '../../config/variables.js';
import type {Credential} from '../../credential.js';
import {VaultError} from '../../errors.js';
import {variablesOf} from '../output/formats.js';
import {repeatable} from '../output/mask.js';

/** Checks the names in --only: a command can get the variables that the tool itself reads. Throws USAGE. */
export function parseOnly(platform: string, only: string[]): string[] {
  const names = platformVariables(platform);
  const unknown = only.find(name => !names.includes(name));
  if (unknown === undefined) return only;
  const shown = repeatable(unknown);
  throw new VaultError('USAGE', shown ? `--only: no variable named ${shown}.` : '--only: unknown variable.', [
    `Available: ${names.join(', ')}`,
  ]);
}

/**
 * Returns the prefixes of the variables of several credentials. The first one gets the plain prefix, each
 * other one adds its own name: `EXAMPLE_`, `EXAMPLE_MY_ACCOUNT_`. Throws USAGE if two would be the same.
 */
export function prefixesFor(platform: string, [, ...others]: readonly string[]): string[] {
  const plain = `${platform.toUpperCase()}_`;
  const prefixes = others.map(name => `${plain}${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_`);
  if (new Set(prefixes).size === prefixes.length) return [plain, ...prefixes];
  throw new VaultError(
    'USAGE',
    'Two of these credentials have names so similar that their variables would be the same.',
    [
      'Name one of them first, since the first one gets the plain variables, or run the command once for each.',
    ],
  );
}

/**
 * Returns the variables that a command gets for a credential. Unknown values are left out; one that `only`
 * names throws VARIABLE_MISSING.
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
      `--only: the value of ${name} is unknown for ${credential.identifier}.`,
      ['Leave it out of --only.'],
    );
  });
}
