import type {Platform} from '../platforms/platform.js';
import {findCredential, type Sources} from './find.js';
import {ensureValid, type ResolvedCredential} from './refresh.js';
import {requireScopes} from './scopes.js';

export interface ResolveRequest {
  /** The stored credential to use; else the first of the sources that has one. */
  identifier?: string | undefined;
  /** A token with fewer days left is refreshed; by default as the preferences say. */
  refreshWindowDays?: number | undefined;
  /** The permissions that it is needed for. */
  scopes?: string[] | undefined;
  warn: (message: string) => void;
}

/**
 * A credential that can be used now: found as findCredential does, and refreshed when it is time. What
 * commands and the library's users get alike. Throws PERMISSION_MISSING where one of the scopes is known to
 * be missing, and what findCredential and ensureLiving throw.
 */
export async function resolveCredential(
  platform: Platform,
  sources: Sources,
  {identifier, refreshWindowDays, scopes = [], warn}: ResolveRequest,
): Promise<ResolvedCredential> {
  const sourced = await findCredential(platform, sources, identifier);
  requireScopes(platform, sourced, scopes); // What the store knows costs no request.
  const windowDays = refreshWindowDays ?? (await sources.preferences()).refreshWindowDays;
  const living = await ensureValid(platform, sources.vault, sourced, {windowDays, warn});
  requireScopes(platform, living, scopes);
  return living;
}
