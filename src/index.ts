import type {ResolveCredentialOptions, ResolvedCredential} from './library/resolve-credential.js';
import type {OpenVaultOptions, Vault} from './library/vault.js';

export type {VariablesFound} from './config/variables.js';
export type {Credential, CredentialRef} from './credential.js';
export type {CredentialFields} from './credentials/fields.js';
export type {Source} from './credentials/find.js';
export type {ListedCredential as VaultEntry} from './credentials/list.js';
export {type ErrorCode, VaultError} from './errors.js';
export type {ResolveCredentialOptions, ResolvedCredential} from './library/resolve-credential.js';
export type {CredentialChange, OpenVaultOptions, Vault} from './library/vault.js';
export {
  type ContainerStatus,
  type Insights,
  type Profile,
  type Published,
  type PublishingLimit,
  type PublishOptions,
  type Quota,
  type Shared,
  type Step,
  ThreadsClient,
} from './platforms/threads/api/client.js';
export type {Content, MediaItem, ReplyControl} from './platforms/threads/api/content.js';
export type {Environment} from './program.js';
export type {KeyStoreChoice} from './vault/keys/keys.js';

/**
 * Opens the vault that the command `tool` uses. Nothing is touched until something is read or written, and
 * nobody is ever asked anything: a vault that is kept by a passphrase takes it from `TOOL_VAULT_PASSPHRASE`
 * or `TOOL_VAULT_PASSPHRASE_FILE` in `env`.
 *
 * Every error is a `VaultError`, whose `code` says what is wrong. Throws CONFIG_INVALID; later the vault's
 * methods throw what belongs to records (`RECORD_…`), to the key (`KEY…`, `PASSPHRASE_…`), and USAGE.
 *
 * @example
 * ```ts
 * import {openVault} from 'agora-vault';
 *
 * const vault = await openVault();
 * for (const {identifier, status, expires_at} of await vault.list()) {
 *   console.log(identifier, status, expires_at);
 * }
 * ```
 *
 * @example Keep a token that another program got
 * ```ts
 * import {openVault} from 'agora-vault';
 *
 * const vault = await openVault();
 * const ref = {platform: 'threads', identifier: 'my.bot'};
 * await vault.update(ref, current => ({...current, refresh_token: process.env.BOT_TOKEN ?? ''}));
 * console.log((await vault.read(ref)) ? 'kept' : 'lost');
 * await vault.remove(ref);
 * ```
 */
export async function openVault(options?: OpenVaultOptions): Promise<Vault> {
  const library = await import('./library/vault.js');
  return library.openVault(options);
}

/**
 * The living credential, found and refreshed exactly as the command `tool threads token` does: the named
 * one; else `THREADS_REFRESH_TOKEN` and its companions; else the default or only one stored. One with few
 * days left is refreshed first, by one process however many ask; a refresh that fails while the token
 * still lives is a warning. The token is `credential.refresh_token`: at Threads it is the access token too.
 *
 * Every error is a `VaultError`. Throws CREDENTIAL_MISSING, VARIABLE_MISSING and IDENTIFIER_NEEDED where
 * there is none to use; CREDENTIAL_EXPIRED and CREDENTIAL_REVOKED where a person must log in again; and
 * what the vault throws.
 *
 * @example
 * ```ts
 * import {resolveCredential} from 'agora-vault';
 *
 * const {credential, source} = await resolveCredential({onWarning: message => console.warn(message)});
 * console.log(source.kind, credential.username, credential.expires_at);
 * ```
 */
export async function resolveCredential(options?: ResolveCredentialOptions): Promise<ResolvedCredential> {
  const library = await import('./library/resolve-credential.js');
  return library.resolveCredential(options);
}
