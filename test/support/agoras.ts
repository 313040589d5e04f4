import {createCipheriv, createHmac, randomBytes} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Creates a Fernet token as Agoras does (github.com/fernet/spec). `key` has 32 bytes. */
export function sealFernet(text: string | Buffer, key: Buffer, madeAt = new Date()): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.floor(madeAt.getTime() / 1000)));
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([Buffer.from([0x80]), time, iv, cipher.update(text), cipher.final()]);
  const mac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
  return padded(Buffer.concat([signed, mac]));
}

/** URL-safe base64 with padding. */
export const padded = (bytes: Buffer): string =>
  bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');

/** Creates a storage folder of Agoras. The content of a file is JSON text, or an object to serialize. */
export async function agorasFolder(
  folder: string,
  files: Record<string, string | object>,
  {key = randomBytes(32), madeAt = (_name: string) => new Date()} = {},
): Promise<string> {
  await mkdir(join(folder, 'tokens'), {recursive: true});
  await writeFile(join(folder, '.key'), padded(key), {mode: 0o600});
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(folder, 'tokens', name), sealFernet(text, key, madeAt(name)), {mode: 0o600});
  }
  return folder;
}
