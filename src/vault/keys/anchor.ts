import {createHash} from 'node:crypto';
import type {KeyStoreName} from '../../config/key-stores.js';
import {isObject} from '../../json.js';

/** What the keychain remembers about a home: the id of the key that encrypts there, and its store. */
export interface AnchoredKey {
  id: string;
  store: KeyStoreName;
}

/**
 * Remembers, outside the home, which key a home has. It exists if that key is in the keychain. So a
 * `vault.json` that names another key was changed by someone who cannot use the keychain.
 */
export interface Anchor {
  /** Where it is, for messages. */
  readonly place: string;
  /** Returns `null` if there is none, and `undefined` if the keychain does not answer. Opens no prompt. */
  read(): Promise<AnchoredKey | null | undefined>;
  write(key: AnchoredKey): Promise<void>;
  /** Does nothing if there is none, or if the keychain does not answer. */
  remove(): Promise<void>;
}

/** What an anchor needs of the keychain. Not its class, whose types need those of Node.js. */
interface KeychainItems {
  peek(account: string): Promise<string | null | undefined>;
  writeItem(account: string, text: string): Promise<void>;
  remove(account: string): Promise<void>;
}

/** Stores the anchor as an item of its own: the account is `vault:` and the hash of the home's path. */
export class KeychainAnchor implements Anchor {
  readonly place: string;

  constructor(
    private readonly keychain: KeychainItems,
    folder: string,
  ) {
    this.place = `vault:${createHash('sha256').update(folder).digest('base64url')}`;
  }

  async read(): Promise<AnchoredKey | null | undefined> {
    const text = await this.keychain.peek(this.place);
    if (typeof text !== 'string') return text;
    return parse(text);
  }

  async write({id, store}: AnchoredKey): Promise<void> {
    await this.keychain.writeItem(this.place, JSON.stringify({id, store}));
  }

  async remove(): Promise<void> {
    if (typeof (await this.keychain.peek(this.place)) === 'string') await this.keychain.remove(this.place);
  }
}

/** An item that is not an anchor matches no key, so it is reported rather than ignored. */
function parse(text: string): AnchoredKey {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value as unknown as AnchoredKey;
  } catch {}
  return {id: '', store: 'keychain'};
}
