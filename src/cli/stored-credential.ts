import type {Preferences} from '../config/preferences.js';
import {parseIdentifier, parsePlatformName, type RecordName} from '../credential.js';
import {chooseStored, nothingStored, notStored} from '../credentials/find.js';
import {VaultError} from '../errors.js';
import {platformNames} from '../platforms/index.js';
import type {Vault} from '../vault/vault.js';

/** Returns the name that the user gave, else that of the default or only credential. Throws CREDENTIAL_MISSING, USAGE. */
export async function findStored(
  vault: Vault,
  {platform: given, identifier}: {platform: string; identifier: string | undefined},
  preferences: () => Promise<Preferences>,
): Promise<RecordName> {
  const platform = parsePlatformName(given);
  if (identifier !== undefined) return {platform, identifier: parseIdentifier(identifier)};
  const chosen = await chooseStored({platform, vault, preferences});
  if (chosen !== undefined) return {platform, identifier: chosen};
  throw missing(platform, nothingStored(platform));
}

/** Checks that the named record exists, readable or not. Throws CREDENTIAL_MISSING. */
export async function checkStored(vault: Vault, {platform, identifier}: RecordName): Promise<void> {
  const names = await vault.names(platform);
  if (!names.includes(identifier)) throw missing(platform, notStored(platform, identifier, names));
}

/** Suggests another platform instead of a login that does not exist. */
function missing(platform: string, error: VaultError): VaultError {
  if (platformNames.includes(platform)) return error;
  return new VaultError(error.code, error.message, [`Platforms: ${platformNames.join(', ')}`]);
}
