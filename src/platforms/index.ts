import {VaultError} from '../errors.js';
import type {Platform, RenewalPolicy} from './platform.js';
import {threads} from './threads/threads.js';

/** Every platform, by its name. A new one is a folder beside this file and an entry here. */
const PLATFORMS: ReadonlyMap<string, Platform> = new Map<string, Platform>([[threads.name, threads]]);

/** The platform of a command that names none. */
export const defaultPlatform: Platform = threads;

export const platformNames: readonly string[] = [...PLATFORMS.keys()];

/** Throws USAGE. The name is not repeated: it may be a secret in the wrong place. */
export function findPlatform(name: string): Platform {
  const platform = PLATFORMS.get(name);
  if (platform) return platform;
  throw new VaultError('USAGE', 'Unknown platform.', [`Platforms: ${platformNames.join(', ')}`]);
}

/** Returns how a platform renews its credentials; `undefined` for an unknown one. */
export function findRenewalPolicy(name: string): RenewalPolicy | undefined {
  return PLATFORMS.get(name)?.renewal;
}

/** Returns what all scopes of a platform have in common; empty for an unknown one. */
export function scopePrefixOf(name: string): string {
  return PLATFORMS.get(name)?.scopePrefix ?? '';
}
