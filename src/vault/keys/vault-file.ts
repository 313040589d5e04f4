import {basename, dirname} from 'node:path';
import {KEY_STORES, type KeyStoreName} from '../../config/key-stores.js';
import {VaultError} from '../../errors.js';
import {isTemporaryOf, sweepTemporaries, writeDurably} from '../../files/durable-write.js';
import {checkPrivate, ensurePrivateFolder, readPrivateFile} from '../../files/private-file.js';
import {storageError} from '../../files/storage-error.js';
import {isObject} from '../../json.js';
import {bin} from '../../program.js';

/** The id of a key, its store and when it was created (an ISO date). Not secret. */
export interface KeyDescription {
  id: string;
  store: KeyStoreName;
  created_at: string;
  /** During a rotation: what only the holder of the other key can compute (`endorse`). */
  endorsement?: string;
}

/** The content of `vault.json`. Not secret. */
export interface VaultDescription {
  /** The key that encrypts; absent until the first key is stored. */
  key?: KeyDescription;
  /** During a rotation, the old key, which is needed for records that are not re-encrypted yet. */
  previous?: KeyDescription;
  /** For the key store `passphrase`: the keys by their id, each in a JWE that only the passphrase decrypts. */
  wrapped?: Record<string, string>;
}

const VERSION = 1;

/** Reads and writes `vault.json`. Writers hold the key lock. */
export class VaultFile {
  constructor(readonly path: string) {}

  /** Returns an empty description if there is no file. Throws CONFIG_INVALID, RECORD_NEWER, FILE_UNSAFE. */
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
    const isValid =
      version === VERSION &&
      [key, previous].every(each => each === undefined || isKeyDescription(each)) &&
      (key === undefined || key.id !== previous?.id) &&
      isObject(wrapped) &&
      Object.values(wrapped).every(each => typeof each === 'string');
    if (!isValid) throw this.invalid();
    return description;
  }

  /** Creates the folder, and removes the temporary files of interrupted writes. Throws FILE_UNSAFE, STORAGE_FAILED. */
  async prepare(): Promise<void> {
    await ensurePrivateFolder(dirname(this.path));
    await sweepTemporaries(dirname(this.path));
    await this.sweep();
  }

  /**
   * Removes what killed writers of `vault.json` and `vault.key` left behind, which may be a key. The caller holds the
   * key lock, shared or not: no such writer is running.
   */
  async sweep(): Promise<void> {
    const files = [basename(this.path), 'vault.key'];
    await sweepTemporaries(dirname(this.path), path =>
      files.some(file => isTemporaryOf(file, basename(path))),
    ).catch(() => {}); // Best effort, as the removal is.
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
      throw this.invalid();
    }
  }

  private invalid(): VaultError {
    return new VaultError('CONFIG_INVALID', `${this.path} is invalid; it was left unchanged.`, [
      'Restore it from a backup: it names the key.',
    ]);
  }
}

function isKeyDescription(value: KeyDescription): boolean {
  return (
    typeof value?.id === 'string' &&
    KEY_STORES.includes(value.store) &&
    typeof value.created_at === 'string' &&
    !Number.isNaN(Date.parse(value.created_at)) &&
    ['undefined', 'string'].includes(typeof value.endorsement)
  );
}
