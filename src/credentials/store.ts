import {type Credential, parseIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {Vault} from '../vault/vault.js';

export interface StoredCredential {
  credential: Credential;
  /** Whether one of the same account stood there before. */
  replaced: boolean;
  /** The name that it had, where `asked` renamed it. */
  renamedFrom?: string;
}

/**
 * Stores a credential so that one account of one app has one record: under the name asked for, else the
 * one that it has there, else its own `identifier`, else the account's username or number.
 * Throws IDENTIFIER_TAKEN, IDENTIFIER_NEEDED and what the vault throws.
 */
export async function storeCredential(
  platform: Platform,
  vault: Vault,
  credential: Credential,
  asked?: string,
): Promise<StoredCredential> {
  const before = await findSameAccount(vault, credential, asked);
  const identifier = asked ?? before?.identifier ?? (credential.identifier || nameFor(credential));
  const stored = await vault.update({platform: platform.name, identifier}, async current => {
    if (current && !isSameAccount(current, credential)) throw nameTaken(identifier, current);
    return {...fillGaps(credential, current ?? before), identifier};
  });
  const replaced = before !== undefined;
  if (!before || before.identifier === identifier) return {credential: stored!, replaced};
  await vault.remove(before);
  return {credential: stored!, replaced, renamedFrom: before.identifier};
}

/** A name that another app's credential has can be refused before the person logs in. */
export async function checkName(
  platform: Platform,
  vault: Vault,
  identifier: string | undefined,
  appId: string,
): Promise<void> {
  if (identifier === undefined) return;
  const current = await vault.read({platform: platform.name, identifier: parseIdentifier(identifier)});
  if (current && current.app_id !== null && current.app_id !== appId) throw nameTaken(identifier, current);
}

async function findSameAccount(
  vault: Vault,
  credential: Credential,
  asked: string | undefined,
): Promise<Credential | undefined> {
  const found: Credential[] = [];
  for (const row of await vault.list()) {
    if (row.platform !== credential.platform || 'error' in row) continue;
    const {user_id} = row.header;
    if (user_id !== null && credential.user_id !== null && user_id !== credential.user_id) continue;
    const other = await vault.read(row).catch(() => undefined);
    if (other && isSameAccount(other, credential)) found.push(other);
  }
  const ofSameApp = found.find(({app_id}) => app_id === credential.app_id);
  if (ofSameApp || found.length <= 1) return ofSameApp ?? found[0];
  if (asked === undefined) throw oneOfSeveral(found);
  return found.find(({identifier}) => identifier === asked);
}

/** As far as both know their account and app: what was imported may not. The same token is the same account. */
function isSameAccount(one: Credential, other: Credential): boolean {
  const isSameOwner =
    one.user_id === null || other.user_id === null
      ? one.refresh_token === other.refresh_token
      : one.user_id === other.user_id;
  const mayBeSameApp = one.app_id === other.app_id || one.app_id === null || other.app_id === null;
  return isSameOwner && mayBeSameApp && one.api_url === other.api_url;
}

/** What the new one does not know of its account and app, the one before does. */
function fillGaps(credential: Credential, before: Credential | undefined): Credential {
  if (!before) return credential;
  const known = {
    ...credential,
    user_id: credential.user_id ?? before.user_id,
    username: credential.username ?? before.username,
  };
  if (credential.app_id !== null && credential.app_id !== before.app_id) return known;
  return {
    ...known,
    app_id: before.app_id,
    app_secret: credential.app_secret ?? before.app_secret,
    redirect_uri: credential.redirect_uri ?? before.redirect_uri,
  };
}

function nameFor({username, user_id}: Credential): string {
  for (const name of [username, user_id]) {
    try {
      if (name !== null) return parseIdentifier(name);
    } catch {}
  }
  throw new VaultError('IDENTIFIER_NEEDED', 'Nobody says whose credential this is, so it needs a name.', [
    'Add --identifier NAME.',
  ]);
}

function oneOfSeveral(found: Credential[]): VaultError {
  const names = found.map(({identifier}) => identifier);
  return new VaultError(
    'IDENTIFIER_NEEDED',
    `This account is stored for several apps: ${names.join(', ')}. Nothing says which of them this is for.`,
    [`Say which: --identifier ${names[0]}`],
  );
}

function nameTaken(identifier: string, {platform, username, user_id, app_id}: Credential): VaultError {
  const whose = username ? `@${username}` : `account ${user_id ?? '(unknown)'}`;
  return new VaultError(
    'IDENTIFIER_TAKEN',
    `The name ${identifier} belongs to ${whose} of app ${app_id ?? '(unknown)'}. Nothing was changed.`,
    [
      'Choose another name: --identifier NAME',
      `Or remove that one first: ${bin} utils tokens remove --platform ${platform} --identifier ${identifier}`,
    ],
  );
}
