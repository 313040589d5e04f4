import type {KeyStoreName} from '../../config/key-stores.js';
import type {Key} from './key.js';

/** Stores keys by their id. Writing a key never replaces another one. */
export interface KeyStore {
  readonly name: KeyStoreName;
  /** Returns `undefined` if the store works and has no such key. */
  read(id: string): Promise<Key | undefined>;
  write(key: Key): Promise<void>;
  remove(id: string): Promise<void>;
}
