import {rm} from 'node:fs/promises';
import type {VaultError} from '../../errors.js';
import {writeDurably} from '../../files/durable-write.js';
import {readPrivateFile} from '../../files/private-file.js';
import {storageError} from '../../files/storage-error.js';
import {type Key, toKey} from './key.js';
import {keyGone} from './key-gone.js';
import type {KeyStore} from './store.js';

interface OctJwk {
  kty: 'oct';
  kid: string;
  k: string;
}

/**
 * Stores keys in a JWK Set (RFC 7517) next to the records, for machines without a keychain. It protects a
 * copied `tokens/` folder and nothing more.
 */
export class KeyFile implements KeyStore {
  readonly name = 'file';

  constructor(private readonly path: string) {}

  async read(id: string): Promise<Key | undefined> {
    const jwk = (await this.keys()).find(({kid}) => kid === id);
    return jwk && toKey(Buffer.from(jwk.k, 'base64url'));
  }

  async write(key: Key): Promise<void> {
    const others = (await this.keys()).filter(({kid}) => kid !== key.id);
    const k = Buffer.from(key.bytes).toString('base64url');
    await this.save([...others, {kty: 'oct', kid: key.id, k}]);
  }

  async remove(id: string): Promise<void> {
    await this.save((await this.keys()).filter(({kid}) => kid !== id));
  }

  private async keys(): Promise<OctJwk[]> {
    const bytes = await readPrivateFile(this.path);
    if (!bytes) return [];
    try {
      return JSON.parse(bytes.toString('utf8')).keys.filter(
        ({kid, k}: OctJwk) => typeof kid === 'string' && typeof k === 'string',
      );
    } catch {
      throw keyFileDamaged(this.path);
    }
  }

  private async save(keys: OctJwk[]): Promise<void> {
    if (keys.length === 0) return rm(this.path, {force: true});
    await writeDurably(this.path, `${JSON.stringify({keys})}\n`).catch(error => {
      throw storageError(error, 'write', this.path);
    });
  }
}

const keyFileDamaged = (path: string): VaultError => keyGone(`The key file ${path} is damaged`, path);
