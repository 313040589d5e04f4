export type {Credential, CredentialRef} from './credential.js';
export {type ErrorCode, VaultError} from './errors.js';
