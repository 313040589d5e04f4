import {type Credential, type Identifier, isIdentifier, type PlatformName} from '../credential.js';
import {VaultError} from '../errors.js';
import {bin} from '../program.js';
import type {Vault} from '../vault/vault.js';

export interface StoredCredential {
  credential: Credential;
  /** Whether the same account was stored before. */
  replaced: boolean;
  /** The previous name of the credential, when it was renamed. */
  renamedFrom?: Identifier;
}

/**
 * Stores a credential so that one account of one app has one record: under the requested name, else its
 * current name, else its own `identifier`, else the username or number of the account.
 * Throws IDENTIFIER_TAKEN, IDENTIFIER_NEEDED and what the vault throws.
 */
export async function storeCredential(
  vault: Vault,
  credential: Credential,
  requested?: Identifier,
): Promise<StoredCredential> {
  const before = await findSameAccount(vault, credential, requested);
  const identifier = requested ?? before?.identifier ?? (credential.identifier || nameFor(credential));
  const stored = await vault.update({platform: credential.platform, identifier}, async current => {
    if (current && !isSameAccount(current, credential)) throw nameTaken(current);
    return {...fillGaps(credential, current ?? before), identifier};
  });
  const replaced = before !== undefined;
  if (!before || before.identifier === identifier) return {credential: stored!, replaced};
  await vault.remove(before);
  return {credential: stored!, replaced, renamedFrom: before.identifier};
}

/** What is known of a credential before the person logs in. */
interface PlannedCredential {
  platform: PlatformName;
  identifier: Identifier | undefined;
  appId: string;
  apiUrl: string;
}

/** Refuses a name that a credential of another app or origin has, before the person logs in. Throws IDENTIFIER_TAKEN. */
export async function checkName(
  vault: Vault,
  {platform, identifier, appId, apiUrl}: PlannedCredential,
): Promise<void> {
  if (identifier === undefined) return;
  const current = await vault.read({platform, identifier});
  const isOtherApp = current && current.app_id !== null && current.app_id !== appId;
  if (isOtherApp || (current && current.api_url !== apiUrl)) throw nameTaken(current);
}

async function findSameAccount(
  vault: Vault,
  credential: Credential,
  requested: Identifier | undefined,
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
  if (requested === undefined) throw severalApps(found);
  return found.find(({identifier}) => identifier === requested);
}

/** Compares account and app as far as both are known: what was imported may lack them. The same token is the same account. */
function isSameAccount(one: Credential, other: Credential): boolean {
  const isSameOwner =
    one.user_id === null || other.user_id === null
      ? one.refresh_token === other.refresh_token
      : one.user_id === other.user_id;
  const mayBeSameApp = one.app_id === other.app_id || one.app_id === null || other.app_id === null;
  return isSameOwner && mayBeSameApp && one.api_url === other.api_url;
}

/** Takes over from the previous credential what the new one does not know about its account and app. */
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

function nameFor({username, user_id}: Credential): Identifier {
  for (const name of [username, user_id]) if (name !== null && isIdentifier(name)) return name;
  throw new VaultError('IDENTIFIER_NEEDED', 'The account is unknown, so the credential needs a name.', [
    'Add --identifier NAME.',
  ]);
}

function severalApps(found: Credential[]): VaultError {
  const names = found.map(({identifier}) => identifier);
  return new VaultError(
    'IDENTIFIER_NEEDED',
    `This account is stored for several apps (${names.join(', ')}), and the app of this token is unknown.`,
    [`Choose one: --identifier ${names[0]}`],
  );
}

function nameTaken({platform, identifier, username, user_id, app_id}: Credential): VaultError {
  const owner = username ? `@${username}` : `account ${user_id ?? '(unknown)'}`;
  return new VaultError(
    'IDENTIFIER_TAKEN',
    `The name ${identifier} belongs to ${owner} of app ${app_id ?? '(unknown)'}. Nothing was changed.`,
    [
      'Choose another name: --identifier NAME',
      `Or remove that credential first: ${bin} utils tokens remove --platform ${platform} --identifier ${identifier}`,
    ],
  );
}
