import type {CredentialsContext} from './context.js';
import {type FoundCredential, findCredential} from './find.js';
import {ensureValid} from './refresh.js';
import {requireScopes} from './scopes.js';

export interface ResolveRequest {
  /** The stored credential to use. Default: as findCredential decides. */
  identifier?: string | undefined;
  /** Refresh when fewer days are left. Default: the preference of the same name. */
  refreshWindowDays?: number | undefined;
  /** The scopes that are needed. */
  scopes?: string[] | undefined;
}

/** A credential that is valid now, and where it came from. */
export type ResolvedCredential = FoundCredential;

/**
 * Returns a valid credential: found as findCredential does, and refreshed when due. Commands and users of the
 * library get the same. Throws PERMISSION_MISSING when a needed scope is known to be missing, and what
 * findCredential and ensureValid throw.
 */
export async function resolveCredential(
  context: CredentialsContext,
  {identifier, refreshWindowDays, scopes = []}: ResolveRequest = {},
): Promise<ResolvedCredential> {
  const found = await findCredential(context, identifier);
  requireScopes(context.platform, found, scopes); // What the store knows costs no request.
  const windowDays = refreshWindowDays ?? (await context.preferences()).refreshWindowDays;
  const {credential, source} = await ensureValid(context, found, windowDays);
  requireScopes(context.platform, {credential, source}, scopes);
  return {credential, source};
}
