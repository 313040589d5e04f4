import {randomBytes, scrypt} from 'node:crypto';
import type {Passphrases} from '../../config/passphrase-variables.js';
import {VaultError} from '../../errors.js';
import {toolVariable} from '../../program.js';
import {type Key, toKey} from './key.js';
import type {KeyStore} from './store.js';
import type {VaultFile} from './vault-file.js';

/** scrypt (RFC 7914) with 128 MiB of memory: about 0.5 s per attempt. */
const COST = {n: 2 ** 17, r: 8, p: 1};
/** The highest cost that a `vault.json` may demand: anything above would exhaust this machine. */
const LIMITS = {nr: 2 ** 22, r: 2 ** 16, p: 2};
/**
 * The lowest cost, n × r × p, that is accepted: that of the cheapest golden file, which has to open. It is a 128th of
 * what we write, so each guess still takes some milliseconds.
 */
const MINIMUM_COST = 2 ** 13;
/** Bytes, what we write (NIST SP 800-132): with a shorter one, guesses could be computed in advance for many vaults. */
const MINIMUM_SALT = 16;
const TYPE = 'agora-vault-key';
const MINIMUM_LENGTH = 8;

interface WrapHeader {
  kid: string;
  kdf: string;
  salt: string;
  n: number;
  r: number;
  p: number;
}

/**
 * Stores keys in `vault.json`, each encrypted with a key that scrypt derives from a passphrase: a compact JWE
 * (`dir`, `A256GCM`) of the JWK with the scrypt parameters in its protected header.
 * Throws PASSPHRASE_MISSING and PASSPHRASE_WRONG.
 */
export class PassphraseStore implements KeyStore {
  readonly name = 'passphrase';

  constructor(
    private readonly file: VaultFile,
    private readonly passphrases: Passphrases,
  ) {}

  async read(id: string): Promise<Key | undefined> {
    const {wrapped: all = {}} = await this.file.read();
    const wrapped = Object.hasOwn(all, id) && all[id];
    if (!wrapped) return undefined;
    const untried = [...(await this.passphrases.known())];
    if (untried.length === 0) throw passphraseMissing();
    for (
      let next = untried.shift();
      next !== undefined;
      next = untried.shift() ?? (await this.passphrases.another?.())
    ) {
      const key = await unwrap(wrapped, next);
      if (key) return key;
    }
    throw new VaultError('PASSPHRASE_WRONG', 'The passphrase does not unlock the vault.', [
      `Check ${toolVariable('VAULT_PASSPHRASE')}, or enter the passphrase again.`,
    ]);
  }

  async write(key: Key): Promise<void> {
    const passphrase = await this.passphrases.forNewKey();
    if (!passphrase) throw passphraseMissing();
    if (passphrase.length < MINIMUM_LENGTH) {
      throw new VaultError(
        'PASSPHRASE_WEAK',
        `The passphrase is too short (fewer than ${MINIMUM_LENGTH} characters).`,
        ['Nothing was changed. Choose a longer one, such as four random words.'],
      );
    }
    const {wrapped, ...description} = await this.file.read();
    await this.file.write({...description, wrapped: {...wrapped, [key.id]: await wrap(key, passphrase)}});
  }

  async remove(id: string): Promise<void> {
    const {wrapped, ...description} = await this.file.read();
    const {[id]: removed, ...others} = wrapped ?? {};
    if (removed === undefined) return;
    await this.file.write(Object.keys(others).length > 0 ? {...description, wrapped: others} : description);
  }
}

async function wrap(key: Key, passphrase: string): Promise<string> {
  const salt = randomBytes(16).toString('base64url');
  const jwk = {kty: 'oct', k: Buffer.from(key.bytes).toString('base64url')};
  const {CompactEncrypt} = await import('jose/jwe/compact/encrypt');
  return new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
    .setProtectedHeader({
      alg: 'dir',
      enc: 'A256GCM',
      typ: TYPE,
      cty: 'jwk+json',
      kid: key.id,
      kdf: 'scrypt',
      ...COST,
      salt,
    })
    .encrypt(await derive(passphrase, {...COST, salt}));
}

/** Decrypts a key; `undefined` if the passphrase is wrong or the text was altered, which look the same. */
async function unwrap(wrapped: string, passphrase: string): Promise<Key | undefined> {
  const {compactDecrypt} = await import('jose/jwe/compact/decrypt');
  try {
    const header: WrapHeader = JSON.parse(Buffer.from(wrapped.split('.')[0]!, 'base64url').toString());
    const {n, r, p, salt} = header;
    // Without a limit for `r`, what scrypt needs besides the n blocks could be 1.5 GiB.
    const isAffordable = n * r <= LIMITS.nr && r <= LIMITS.r && p <= LIMITS.p;
    const isCostly = n * r * p >= MINIMUM_COST && Buffer.from(salt, 'base64url').length >= MINIMUM_SALT;
    if (!isAffordable || !isCostly || header.kdf !== 'scrypt' || 'zip' in header) return undefined;
    const {plaintext} = await compactDecrypt(wrapped, await derive(passphrase, header), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return toKey(Buffer.from(JSON.parse(Buffer.from(plaintext).toString()).k, 'base64url'));
  } catch {
    return undefined;
  }
}

function derive(passphrase: string, {n, r, p, salt}: Omit<WrapHeader, 'kid' | 'kdf'>): Promise<Uint8Array> {
  const options = {N: n, r, p, maxmem: 256 * n * r * p};
  return new Promise((resolve, reject) => {
    // Normalized, so that the same words typed on another system give the same bytes (RFC 8265).
    scrypt(passphrase.normalize('NFC'), Buffer.from(salt, 'base64url'), 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function passphraseMissing(): VaultError {
  return new VaultError('PASSPHRASE_MISSING', 'The vault needs a passphrase, but none was given.', [
    `Set ${toolVariable('VAULT_PASSPHRASE')}, or set ${toolVariable('VAULT_PASSPHRASE_FILE')} to the path of a file that contains it.`,
  ]);
}
