import type Conf from 'conf';
import {isIdentifier} from '../credential.js';
import {VaultError} from '../errors.js';
import {probeWrite} from '../files/durable-write.js';
import {ensurePrivateFolder, readPrivateFile} from '../files/private-file.js';
import {storageError} from '../files/storage-error.js';
import {isObject} from '../json.js';
import type {Home} from './home.js';
import {KEY_STORE_CHOICES, type KeyStoreChoice} from './key-stores.js';

/** The contents of `config.json`. Nothing in it is secret. */
export interface Preferences {
  /** The credential to use unless another one is named, by platform. */
  default: Record<string, string>;
  /** A token with fewer days left is refreshed. */
  refreshWindowDays: number;
  keyStore: KeyStoreChoice;
}

/** 32 days: half of a token's 60 days, and longer than any month, so that a monthly job refreshes it in time. */
const DEFAULTS: Preferences = {default: {}, refreshWindowDays: 32, keyStore: 'auto'};

/** How to check each value, and what the error asks for. */
const VALIDATORS: Record<keyof Preferences, [isValid: (value: unknown) => boolean, expected: string]> = {
  default: [
    value => isObject(value) && Object.values(value).every(isIdentifierValue),
    'the name of a credential for each platform',
  ],
  refreshWindowDays: [
    value => typeof value === 'number' && value >= 1 && value <= 59,
    'a number from 1 to 59',
  ],
  keyStore: [
    value => KEY_STORE_CHOICES.includes(value as KeyStoreChoice),
    `one of ${KEY_STORE_CHOICES.join(', ')}`,
  ],
};

const isIdentifierValue = (value: unknown) => typeof value === 'string' && isIdentifier(value);

/** Reads `config.json`. Writes nothing, not even the home. Throws CONFIG_INVALID and FILE_UNSAFE. */
export async function readPreferences(home: Home): Promise<Preferences> {
  // conf is loaded, and parses the file, only if the file exists and is private.
  if (!(await readPrivateFile(home.configFile))) return DEFAULTS;
  return {...DEFAULTS, ...(await openConfig(home)).store};
}

async function openConfig({folder, configFile}: Home): Promise<Conf<Partial<Preferences>>> {
  const {default: ConfFile} = await import('conf');
  try {
    return new ConfFile({
      cwd: folder,
      configName: 'config',
      configFileMode: 0o600,
      clearInvalidConfig: false,
      deserialize: text => parsePreferences(text, configFile),
    });
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as Error, 'read', configFile);
  }
}

/** Parses and checks the file. Members that it does not know are kept. */
function parsePreferences(text: string, path: string): Partial<Preferences> {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    throw invalid(path, 'it is not JSON');
  }
  if (!isObject(config)) throw invalid(path, 'it is not a JSON object');
  for (const [name, [isValid, expected]] of Object.entries(VALIDATORS)) {
    if (name in config && !isValid(config[name])) throw invalid(path, `${name} must be ${expected}`);
  }
  return config;
}

function invalid(path: string, reason: string): VaultError {
  return new VaultError('CONFIG_INVALID', `${path} is invalid: ${reason}.`, [
    'Fix it, or remove it to go back to the defaults. It holds no credential.',
  ]);
}

/** Chooses the credential that a platform's commands use. Throws CONFIG_INVALID, FILE_UNSAFE and STORAGE_FAILED. */
export async function setDefault(home: Home, platform: string, identifier: string): Promise<void> {
  await ensurePrivateFolder(home.folder);
  await changeConfig(home, config => config.set(`default.${platform}`, identifier));
}

/** Removes a platform's default if it is this credential. Throws as setDefault does. */
export async function clearDefault(home: Home, platform: string, identifier: string): Promise<void> {
  if ((await readPreferences(home)).default[platform] !== identifier) return;
  await changeConfig(home, config => config.delete(`default.${platform}` as keyof Preferences));
}

/** Keeps a renamed credential the default if it was. Throws as setDefault does. */
export async function moveDefault(
  home: Home,
  platform: string,
  {from, to}: {from: string; to: string},
): Promise<void> {
  if ((await readPreferences(home)).default[platform] === from) await setDefault(home, platform, to);
}

async function changeConfig(home: Home, change: (config: Conf<Partial<Preferences>>) => void): Promise<void> {
  await readPrivateFile(home.configFile);
  const config = await openConfig(home);
  try {
    // Without this, conf replaces the file with a truncated one on a full disk, and reports success.
    await probeWrite(home.folder);
    change(config);
  } catch (error) {
    throw error instanceof VaultError ? error : storageError(error as Error, 'write', home.configFile);
  }
}
