import type {Credential} from '../credential.js';
import {secondsLeft} from '../credentials/lifetime.js';
import {type StoredCredential, storeCredential} from '../credentials/store.js';
import {verifyToken} from '../credentials/verify-token.js';
import {VaultError} from '../errors.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';
import type {Vault} from '../vault/vault.js';
import type {Candidate} from './candidate.js';

export type ImportOutcome = {source: string} & (StoredCredential | {skipped: string} | {error: VaultError});

export interface ImportOptions {
  /** The name for it, where there is only one. */
  identifier?: string;
  /** Stored as found, unverified. */
  offline: boolean;
  warn: (message: string) => void;
}

/**
 * Verifies each candidate with the service, unless `offline`, and stores it; tells of each, and one failure
 * stops no other. Throws USAGE where one name is given for several, before anything is stored.
 */
export async function* importAll(
  platform: Platform,
  vault: Vault,
  candidates: Candidate[],
  options: ImportOptions,
): AsyncGenerator<ImportOutcome> {
  const found = candidates.filter(each => 'credential' in each);
  if (options.identifier !== undefined && found.length > 1) throw oneNameForSeveral(found);
  for (const candidate of candidates) {
    if (!('credential' in candidate)) yield candidate;
    else {
      const {source, credential} = candidate;
      try {
        yield {source, ...(await importOne(platform, vault, credential, source, options))};
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        yield {source, error};
      }
    }
  }
}

async function importOne(
  platform: Platform,
  vault: Vault,
  credential: Credential,
  source: string,
  {identifier, offline, warn}: ImportOptions,
): Promise<StoredCredential> {
  if (offline) {
    if (secondsLeft(credential) <= 0) throw expired(credential);
    return storeCredential(platform, vault, credential, identifier);
  }
  // Whose it is and how long it lives, only the service knows: what the source says is not believed.
  const verified = await verifyToken(platform, {...credential, user_id: null, expires_at: null}, warn);
  if (isShortLived(verified, platform)) throw shortLived(platform);
  if (credential.user_id !== null && credential.user_id !== verified.user_id)
    warn(`${source} names account ${credential.user_id}, but its token is account ${verified.user_id}’s.`);
  return storeCredential(platform, vault, verified, identifier);
}

/** It could not be refreshed, and would be dead within the hour. */
function isShortLived({issued_at, expires_at}: Credential, {minimumRefreshAge}: Platform): boolean {
  if (issued_at === null || expires_at === null) return false;
  return Date.parse(expires_at) - Date.parse(issued_at) < minimumRefreshAge * 1000;
}

function expired({platform, expires_at}: Credential): VaultError {
  return new VaultError('CREDENTIAL_EXPIRED', `The token expired on ${expires_at?.slice(0, 10)}.`, [
    'Is that date an old one? Leave out --offline, and the service is asked.',
    `Else authorize again: ${bin} ${platform} authorize`,
  ]);
}

function shortLived(platform: Platform): VaultError {
  return new VaultError('USAGE', 'The token is a short-lived one, which cannot be refreshed.', [
    `Exchange it: ${bin} ${platform.name} exchange --short-lived-token -`,
  ]);
}

function oneNameForSeveral(found: Candidate[]): VaultError {
  return new VaultError(
    'USAGE',
    `--identifier names one credential, and ${found.length} were found. Nothing was imported.`,
    [`Leave it out, or give one of them alone: ${found.map(({source}) => source).join(', ')}`],
  );
}
