import {dirname} from 'node:path';
import {KEY_STORES, type KeyStoreName} from '../../config/key-stores.js';
import {VaultError} from '../../errors.js';
import {sweepTemporaries, writeDurably} from '../../files/durable-write.js';
import {checkPrivate, ensurePrivateFolder, readPrivateFile, storageError} from '../../files/private-file.js';
import {isObject} from '../../json.js';
import {bin} from '../../program.js';

/** Which key, where it is kept, since when (ISO date). Nothing secret. */
export interface KeyDescription {
  id: string;
  store: KeyStoreName;
  created_at: string;
}

/** What `vault.json` holds. Nothing in it is secret. */
export interface VaultDescription {
  /** The key that encrypts; absent until the first one is proven. */
  key?: KeyDescription;
  /** During a rotation: the key that records not yet re-encrypted still need. */
  previous?: KeyDescription;
  /** With the key store `passphrase`: keys by their id, each a JWE that only the passphrase opens. */
  wrapped?: Record<string, string>;
}

const VERSION = 1;

/** `vault.json`. Writers hold the key lock. */
export class VaultFile {
  constructor(readonly path: string) {}

  /** An empty description where there is no file. Throws CONFIG_INVALID, RECORD_NEWER, FILE_UNSAFE. */
  async read(): Promise<VaultDescription> {
    await checkPrivate(dirname(this.path));
    const bytes = await readPrivateFile(this.path);
    if (!bytes) return {};
    const {version, ...description} = this.parse(bytes.toString('utf8'));
    if (typeof version === 'number' && version > VERSION) {
      throw new VaultError('RECORD_NEWER', `${this.path} was written by a newer version of ${bin}.`, [
        'Upgrade: npm install -g agora-vault@latest',
      ]);
    }
    const {key, previous, wrapped = {}} = description;
    const sound =
      version === VERSION &&
      [key, previous].every(each => each === undefined || isKeyDescription(each)) &&
      (key === undefined || key.id !== previous?.id) &&
      isObject(wrapped) &&
      Object.values(wrapped).every(each => typeof each === 'string');
    if (!sound) throw this.notUnderstood();
    return description;
  }

  /** Makes the folder of the file, and removes what interrupted writes left there. Throws FILE_UNSAFE, STORAGE_FAILED. */
  async prepare(): Promise<void> {
    await ensurePrivateFolder(dirname(this.path));
    await sweepTemporaries(dirname(this.path));
  }

  /** Writes durably. Throws STORAGE_FAILED. */
  async write(description: VaultDescription): Promise<void> {
    const text = `${JSON.stringify({version: VERSION, ...description}, null, 2)}\n`;
    await writeDurably(this.path, text).catch(error => {
      throw storageError(error, 'write', this.path);
    });
  }

  private parse(text: string): VaultDescription & {version?: unknown} {
    try {
      return {...JSON.parse(text)};
    } catch {
      throw this.notUnderstood();
    }
  }

  private notUnderstood(): VaultError {
    return new VaultError(
      'CONFIG_INVALID',
      `${this.path} cannot be understood. It names the key, so nothing is guessed.`,
      ['Restore it from a backup.'],
    );
  }
}

function isKeyDescription(value: KeyDescription): boolean {
  return typeof value?.id === 'string' && KEY_STORES.includes(value.store);
}
