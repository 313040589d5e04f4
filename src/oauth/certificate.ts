import {createPrivateKey, X509Certificate} from 'node:crypto';
import {join} from 'node:path';
import {writeDurably} from '../files/durable-write.js';
import {ensurePrivateFolder, readPrivateFile, storageError} from '../files/private-file.js';

/** PEM, both. */
export interface KeyPair {
  key: string;
  cert: string;
}

const DAY = 24 * 60 * 60 * 1000;
const LIFETIME = 90 * DAY;
const RENEWED_BEFORE = 7 * DAY;

/**
 * The certificate of the loopback callback, for `localhost`, `127.0.0.1` and `::1`. It is made once and
 * kept in `folder` (0700) as `callback.key` and `callback.crt` (0600), so that a browser warns once and
 * not at every login. It is made again when less than 7 of its 90 days are left, or when it is damaged.
 *
 * @throws VaultError STORAGE_FAILED or FILE_UNSAFE when the folder cannot be used
 */
export async function loopbackCertificate(folder: string, now = new Date()): Promise<KeyPair> {
  const paths = {key: join(folder, 'callback.key'), cert: join(folder, 'callback.crt')};
  await ensurePrivateFolder(folder);
  const kept = await read(paths).catch(() => undefined);
  if (kept && isUsable(kept, now)) return kept;

  const made = await makeCertificate(now);
  // A crash between the two leaves a key that does not match its certificate: the next run makes both.
  await write(paths.key, made.key);
  await write(paths.cert, made.cert);
  return made;
}

/** Files that others could open count as none: they are made again. */
async function read(paths: KeyPair): Promise<KeyPair> {
  return {key: String(await readPrivateFile(paths.key)), cert: String(await readPrivateFile(paths.cert))};
}

async function write(path: string, pem: string): Promise<void> {
  await writeDurably(path, pem).catch(error => {
    throw storageError(error, 'write', path);
  });
}

function isUsable({key, cert}: KeyPair, now: Date): boolean {
  try {
    const certificate = new X509Certificate(cert);
    const timeLeft = Date.parse(certificate.validTo) - now.getTime();
    const isBegun = Date.parse(certificate.validFrom) <= now.getTime();
    return isBegun && timeLeft >= RENEWED_BEFORE && certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function makeCertificate(now: Date): Promise<KeyPair> {
  const {default: selfsigned} = await import('selfsigned');
  const pair = await selfsigned.generate([{name: 'commonName', value: 'localhost'}], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256', // its default is SHA-1, which browsers refuse without a way on
    notBeforeDate: now,
    notAfterDate: new Date(now.getTime() + LIFETIME),
    extensions: [
      {name: 'basicConstraints', cA: false, critical: true},
      {name: 'keyUsage', digitalSignature: true, critical: true},
      {name: 'extKeyUsage', serverAuth: true},
      {
        name: 'subjectAltName',
        altNames: [
          {type: 2, value: 'localhost'},
          {type: 7, ip: '127.0.0.1'},
          {type: 7, ip: '::1'},
        ],
      },
    ],
  });
  return {key: pair.private, cert: pair.cert};
}
