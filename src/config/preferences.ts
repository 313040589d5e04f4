import type Conf from 'conf';
import {isIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import {probeWrite} from '../files/durable-write.js';
import {ensurePrivateFolder, readPrivateFile, storageError} from '../files/private-file.js';
import {isObject} from '../json.js';
import type {Home} from './home.js';
import {KEY_STORE_CHOICES, type KeyStoreChoice} from './key-stores.js';

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

/** What each must be, and the words for it. */
const VALIDATORS: Record<keyof Preferences, [isSound: (value: unknown) => boolean, form: string]> = {
  default: [
    value => isObject(value) && Object.values(value).every(isIdentifierValue),
    'the name of a credential for each platform',
  ],
  refreshWindowDays: [value => typeof value === 'number' && value >= 1 && value <= 59, 'a number, 1 to 59'],
  keyStore: [
    value => KEY_STORE_CHOICES.includes(value as KeyStoreChoice),
    `one of ${KEY_STORE_CHOICES.join(', ')}`,
  ],
};

const isIdentifierValue = (value: unknown) => typeof value === 'string' && isIdentifier(value);

/**
 * Reads without making anything, and without conf, which takes longer to load than most commands run.
 * Throws CONFIG_INVALID and FILE_UNSAFE.
 */
export async function readPreferences({configFile}: Home): Promise<Preferences> {
  const bytes = await readPrivateFile(configFile);
  if (!bytes) return DEFAULTS;
  const preferences = parse(bytes.toString(), configFile);
  for (const [name, [isSound, form]] of Object.entries(VALIDATORS)) {
    if (name in preferences && !isSound(preferences[name]))
      throw invalid(configFile, `${name} must be ${form}`);
  }
  return {...DEFAULTS, ...preferences};
}

function parse(text: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(path, 'it is not JSON');
  }
  if (!isObject(value)) throw invalid(path, 'it is not a JSON object');
  return value;
}

function invalid(path: string, reason: string): VaultError {
  return new VaultError('CONFIG_INVALID', `${path} cannot be used: ${reason}.`, [
    'Mend it, or remove it to go back to the defaults; it holds no credential.',
  ]);
}

/** Throws CONFIG_INVALID, FILE_UNSAFE and STORAGE_FAILED. */
export async function setDefault(home: Home, platform: string, identifier: string): Promise<void> {
  await ensurePrivateFolder(home.folder);
  await changeConfig(home, config => config.set(`default.${platform}`, identifier));
}

/** Forgets the default of a platform if it is this one. Throws as setDefault does. */
export async function clearDefault(home: Home, platform: string, identifier: string): Promise<void> {
  if ((await readPreferences(home)).default[platform] !== identifier) return;
  await changeConfig(home, config => config.delete(`default.${platform}` as keyof Preferences));
}

/** Where a credential was the default, it stays it under its new name. Throws as setDefault does. */
export async function moveDefault(home: Home, platform: string, from: string, to: string): Promise<void> {
  if ((await readPreferences(home)).default[platform] === from) await setDefault(home, platform, to);
}

/** By conf, which keeps what else the file holds and puts the new one in its place at once. */
async function changeConfig(home: Home, work: (config: Conf<Partial<Preferences>>) => void): Promise<void> {
  await readPreferences(home);
  const {default: ConfFile} = await import('conf');
  try {
    // On a full disk conf replaces the file by a part of the new one, and says nothing.
    await probeWrite(home.folder);
    work(new ConfFile({cwd: home.folder, configName: 'config', configFileMode: 0o600}));
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as Error, 'write', home.configFile);
  }
}
