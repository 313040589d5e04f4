/** The library: `import {...} from 'agora-vault'`. */
export type {KeyStoreChoice} from './config/key-stores.js';
export type {VariablesFound} from './config/variables.js';
export type {Credential, CredentialRef} from './credential.js';
export type {CredentialFields} from './credentials/fields.js';
export type {Source} from './credentials/find.js';
export type {ListedCredential as VaultEntry} from './credentials/list.js';
export type {ResolvedCredential} from './credentials/resolve.js';
export {type ErrorCode, VaultError} from './errors.js';
export {type ResolveCredentialOptions, resolveCredential} from './library/resolve-credential.js';
export {type CredentialChange, type OpenVaultOptions, openVault, type Vault} from './library/vault.js';
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
