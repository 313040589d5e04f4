import type {Credential, Identifier} from '../credential.js';
import {announceOverrides, type CredentialsContext} from '../credentials/context.js';
import {secondsLeft} from '../credentials/lifetime.js';
import {type StoredCredential, storeCredential} from '../credentials/store.js';
import {verifyToken} from '../credentials/verify-token.js';
import {VaultError} from '../errors.js';
import {clockHint} from '../platforms/clock.js';
import type {Platform} from '../platforms/platform.js';
import {findService} from '../platforms/service.js';
import {bin} from '../program.js';
import type {Candidate} from './candidate.js';

export type ImportOutcome = {source: string} & (StoredCredential | {skipped: string} | {error: VaultError});

export interface ImportOptions {
  /** The name to store it under, if there is only one. */
  identifier?: Identifier | undefined;
  /** Store it unverified. */
  offline: boolean;
}

/**
 * Verifies each candidate with the service, unless `offline`, stores it, and reports on it; one failure stops
 * no other. Throws USAGE, before anything is stored, when one name is given for several.
 */
export async function* importAll(
  context: CredentialsContext,
  candidates: Candidate[],
  options: ImportOptions,
): AsyncGenerator<ImportOutcome> {
  const found = candidates.filter(each => 'credential' in each);
  if (options.identifier !== undefined && found.length > 1) throw oneNameForSeveral(found);
  const {apiUrl} = findService(context.platform, context.env);
  const isSentThere = !options.offline && found.some(({credential}) => credential.api_url === apiUrl);
  if (isSentThere) announceOverrides(context);
  for (const candidate of candidates) {
    if (!('credential' in candidate)) yield candidate;
    else {
      const {source} = candidate;
      try {
        yield {source, ...(await importOne(context, candidate, options))};
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        yield {source, error};
      }
    }
  }
}

async function importOne(
  context: CredentialsContext,
  {credential, source}: {credential: Credential; source: string},
  {identifier, offline}: ImportOptions,
): Promise<StoredCredential> {
  const {platform, vault, warn} = context;
  if (offline) {
    if (secondsLeft(credential) <= 0) throw importExpired(credential);
    return storeCredential(vault, credential, identifier);
  }
  // Only the service knows whose it is and when it expires: what the source says is not believed.
  const verified = await verifyToken(context, {...credential, user_id: null, expires_at: null});
  if (isShortLived(verified, platform)) throw shortLived(platform);
  if (credential.user_id !== null && credential.user_id !== verified.user_id)
    warn(
      `${source} names account ${credential.user_id}, but its token belongs to account ${verified.user_id}.`,
    );
  return storeCredential(vault, verified, identifier);
}

/** Reports whether the token would expire before the service lets it be refreshed. */
function isShortLived({issued_at, expires_at}: Credential, {renewal}: Platform): boolean {
  if (issued_at === null || expires_at === null) return false;
  return Date.parse(expires_at) - Date.parse(issued_at) < renewal.minimumAge * 1000;
}

function importExpired({platform, expires_at}: Credential): VaultError {
  return new VaultError('CREDENTIAL_EXPIRED', `The token expired on ${expires_at?.slice(0, 10)}.`, [
    'If that date is wrong, leave out --offline; the service is then asked.',
    `Otherwise log in again: ${bin} ${platform} authorize`,
    clockHint(),
  ]);
}

function shortLived(platform: Platform): VaultError {
  return new VaultError('USAGE', 'The token is short-lived and cannot be refreshed.', [
    `Exchange it first: ${bin} ${platform.name} exchange --short-lived-token -`,
  ]);
}

function oneNameForSeveral(found: Candidate[]): VaultError {
  return new VaultError(
    'USAGE',
    `--identifier names one credential, and ${found.length} were found. Nothing was imported.`,
    [`Leave it out, or import one of these alone: ${found.map(({source}) => source).join(', ')}`],
  );
}
