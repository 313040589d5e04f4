import {existsSync} from 'node:fs';
import type Conf from 'conf';
import {IDENTIFIER} from './credential.js';
import {VaultError} from './errors.js';
import type {Home} from './home.js';
import {rehearseWrite} from './vault/durable-write.js';
import {checkPath, ensureFolder, storageError} from './vault/guarded-file.js';
import {KEY_STORE_CHOICES, type KeyStoreChoice} from './vault/keys.js';

/** What `config.json` may hold; nothing secret. */
export interface Preferences {
  /** The credential that is used unless another is named, by platform. */
  default: Record<string, string>;
  /** A token with fewer days left is refreshed. */
  refreshWindowDays: number;
  keyStore: KeyStoreChoice;
}

/** Half of a token's 60 days and more than the longest month, so that a tool run once a month keeps it alive. */
const DEFAULTS: Preferences = {default: {}, refreshWindowDays: 32, keyStore: 'auto'};

const schema = {
  default: {type: 'object', additionalProperties: {type: 'string', pattern: IDENTIFIER.source}},
  refreshWindowDays: {type: 'number', minimum: 1, maximum: 59},
  keyStore: {enum: [...KEY_STORE_CHOICES]},
} as const;

/** Reads without making anything: no file, no folder, and no library where there is no file. Throws CONFIG_INVALID. */
export async function readPreferences(home: Home): Promise<Preferences> {
  await checkPath(home.configFile);
  if (!existsSync(home.configFile)) return DEFAULTS;
  return {...DEFAULTS, ...(await open(home)).store};
}

/** Throws CONFIG_INVALID and STORAGE_FAILED. */
export async function setDefault(home: Home, platform: string, identifier: string): Promise<void> {
  await ensureFolder(home.folder);
  await change(home, config => config.set(`default.${platform}`, identifier));
}

/** Forgets the default of a platform if it is this one. Throws as setDefault does. */
export async function clearDefault(home: Home, platform: string, identifier: string): Promise<void> {
  if ((await readPreferences(home)).default[platform] !== identifier) return;
  await change(home, config => config.delete(`default.${platform}` as keyof Preferences));
}

async function change(home: Home, work: (config: Conf<Partial<Preferences>>) => void): Promise<void> {
  try {
    // On a full disk conf replaces the file by a part of the new one, and says nothing.
    await rehearseWrite(home.folder);
    work(await open(home));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as Error, 'write', home.configFile);
  }
}

async function open(home: Home): Promise<Conf<Partial<Preferences>>> {
  const {default: ConfFile} = await import('conf');
  try {
    return new ConfFile<Partial<Preferences>>({
      cwd: home.folder,
      configName: 'config',
      configFileMode: 0o600,
      schema,
    });
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    throw new VaultError('CONFIG_INVALID', `${home.configFile} cannot be used: ${reason}.`, [
      'Mend it, or remove it to go back to the defaults; it holds no credential.',
    ]);
  }
}
