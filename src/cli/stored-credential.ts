import * as Flags from '@oclif/core/flags';
import type {Home} from '../config/home.js';
import {moveDefault, type Preferences} from '../config/preferences.js';
import {type CredentialRef, parseIdentifier, parsePlatform} from '../credential.js';
import {chooseStored, nothingStored, notStored} from '../credentials/find.js';
import type {StoredCredential} from '../credentials/store.js';
import type {Platform} from '../platforms/platform.js';
import type {Vault} from '../vault/vault.js';
import {say} from './output/terminal.js';

export const platformFlag = Flags.string({
  char: 'p',
  summary: 'The platform of the credential, such as threads.',
  required: true,
  helpValue: 'PLATFORM',
});

export const nameFlag = {char: 'i', summary: 'The name it is stored under.', helpValue: 'NAME'} as const;

/** The name that a credential is to have. */
export const newNameFlag = Flags.string({
  char: 'i',
  summary: 'The name to keep it under. By default the one that it has, else the account’s username.',
  helpValue: 'NAME',
});

/** An account that got another name keeps its place as the default, and the person learns that the old name is gone. */
export async function reportRename(
  home: Home,
  platform: Platform,
  {credential, renamedFrom}: Pick<StoredCredential, 'credential' | 'renamedFrom'>,
): Promise<void> {
  if (renamedFrom === undefined) return;
  await moveDefault(home, platform.name, renamedFrom, credential.identifier);
  say(`It was kept as ${renamedFrom} before; that name is gone.`);
}

/** A stored credential's name as the person gave it, else the default or only one. Throws CREDENTIAL_MISSING, USAGE. */
export async function findStored(
  vault: Vault,
  platform: string,
  identifier: string | undefined,
  preferences: () => Promise<Preferences>,
): Promise<CredentialRef> {
  parsePlatform(platform);
  if (identifier !== undefined) return {platform, identifier: parseIdentifier(identifier)};
  const chosen = await chooseStored(
    {name: platform},
    vault,
    async () => (await preferences()).default[platform],
  );
  if (chosen !== undefined) return {platform, identifier: chosen};
  throw nothingStored(platform);
}

/** Does the named record exist at all, readable or not? Throws CREDENTIAL_MISSING. */
export async function checkStored(vault: Vault, {platform, identifier}: CredentialRef): Promise<void> {
  const names = await vault.names(platform);
  if (!names.includes(identifier)) throw notStored({name: platform}, identifier, names);
}
