/** The encodings in which a text could contain a secret. Each returns the forms to look for, usually one. */
export const ENCODINGS: Record<string, (bytes: Buffer) => string[]> = {
  unencoded: bytes => [bytes.toString('latin1'), bytes.toString('utf8')],
  'base64, offset 0': bytes => shifted(bytes, 0, 'base64'),
  'base64, offset 1': bytes => shifted(bytes, 1, 'base64'),
  'base64, offset 2': bytes => shifted(bytes, 2, 'base64'),
  'base64url, offset 0': bytes => shifted(bytes, 0, 'base64url'),
  'base64url, offset 1': bytes => shifted(bytes, 1, 'base64url'),
  'base64url, offset 2': bytes => shifted(bytes, 2, 'base64url'),
  hex: bytes => [bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
  'URL-encoded': bytes => {
    const text = bytes.toString('latin1');
    return [encodeURIComponent(text), new URLSearchParams([['', text]]).toString().slice(1)];
  },
  'JSON-escaped': bytes => [JSON.stringify(bytes.toString('latin1')).slice(1, -1)],
  reversed: bytes => [[...bytes.toString('latin1')].reverse().join('')],
};

/** Encodes without the first and last characters, which depend on the surrounding bytes. */
function shifted(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .slice(4, -4);
  return [encoding === 'base64' ? text : text.replaceAll('+', '-').replaceAll('/', '_')];
}

/** Returns the names of the encodings in which a text contains a secret. */
export function encodingsOf(secret: string | Uint8Array, text: string): string[] {
  const bytes = Buffer.from(secret as Uint8Array);
  return Object.entries(ENCODINGS)
    .filter(([, encode]) => encode(bytes).some(form => text.includes(form)))
    .map(([name]) => name);
}

/** Returns the names of the secrets that a text contains, in any encoding. */
export function secretsIn(text: string, secrets: Record<string, string | Uint8Array>): string[] {
  return Object.keys(secrets).filter(name => encodingsOf(secrets[name]!, text).length > 0);
}
