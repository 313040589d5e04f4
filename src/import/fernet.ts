import {createDecipheriv, createHmac, timingSafeEqual} from 'node:crypto';

export interface FernetKey {
  signing: Buffer;
  encryption: Buffer;
}

const MAC = 32;
const HEADER = 1 + 8 + 16; // version, time, IV

/** Parses a Fernet key (github.com/fernet/spec): base64url of 16 bytes to sign and 16 to encrypt; `undefined` for anything else. */
export function parseFernetKey(text: string): FernetKey | undefined {
  if (!/^[\w-]{43}=?$/.test(text.trim())) return undefined;
  const bytes = Buffer.from(text.trim(), 'base64url');
  return {signing: bytes.subarray(0, 16), encryption: bytes.subarray(16)};
}

/**
 * Opens a Fernet token: HMAC-SHA256 first, then AES-128-CBC. Returns its text and when it was created, or
 * `undefined` when it is damaged or needs another key. Tokens do not expire here: they are files, not sessions.
 */
export function openFernet(token: string, key: FernetKey): {text: string; createdAt: Date} | undefined {
  const bytes = Buffer.from(token.trim(), 'base64url');
  if (bytes[0] !== 0x80 || bytes.length < HEADER + 16 + MAC) return undefined;
  const signed = bytes.subarray(0, -MAC);
  const mac = createHmac('sha256', key.signing).update(signed).digest();
  if (!timingSafeEqual(mac, bytes.subarray(-MAC))) return undefined;
  try {
    const decipher = createDecipheriv('aes-128-cbc', key.encryption, bytes.subarray(9, HEADER));
    const text = Buffer.concat([decipher.update(signed.subarray(HEADER)), decipher.final()]).toString('utf8');
    return {text, createdAt: new Date(Number(bytes.readBigUInt64BE(1)) * 1000)};
  } catch {
    return undefined;
  }
}
