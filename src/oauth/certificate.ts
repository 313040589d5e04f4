import {createPrivateKey, X509Certificate} from 'node:crypto';
import {join} from 'node:path';
import {sweepTemporariesOf, writeDurably} from '../files/durable-write.js';
import {ensurePrivateFolder, readPrivateFile} from '../files/private-file.js';
import {storageError} from '../files/storage-error.js';

/** A private key and its certificate, in PEM format. */
export interface KeyPair {
  key: string;
  cert: string;
}

const DAY = 24 * 60 * 60 * 1000;
const LIFETIME = 90 * DAY;
const RENEWAL_WINDOW = 7 * DAY;

/**
 * Returns the certificate for the loopback callback, valid for `localhost`, `127.0.0.1` and `::1`. It is
 * stored in `folder` (0700) as `callback.key` and `callback.crt` (0600) and used again, so that the browser
 * does not warn at every login. It is replaced if it is damaged or fewer than 7 of its 90 days are left.
 *
 * @throws VaultError STORAGE_FAILED or FILE_UNSAFE if the folder cannot be used
 */
export async function loopbackCertificate(folder: string, now = new Date()): Promise<KeyPair> {
  const paths = {key: join(folder, 'callback.key'), cert: join(folder, 'callback.crt')};
  await ensurePrivateFolder(folder);
  // A file that is not private is treated as missing.
  const stored = await read(paths).catch(() => undefined);
  if (stored && isUsable(stored, now)) return stored;

  const created = await createCertificate(now);
  // After a crash between the two writes, the key does not match its certificate, and both are replaced.
  await write(paths.key, created.key);
  await write(paths.cert, created.cert);
  return created;
}

async function read(paths: KeyPair): Promise<KeyPair> {
  return {key: String(await readPrivateFile(paths.key)), cert: String(await readPrivateFile(paths.cert))};
}

async function write(path: string, pem: string): Promise<void> {
  await sweepTemporariesOf(path); // A killed writer may have left a key.
  await writeDurably(path, pem).catch(error => {
    throw storageError(error, 'write', path);
  });
}

function isUsable({key, cert}: KeyPair, now: Date): boolean {
  try {
    const certificate = new X509Certificate(cert);
    const timeLeft = Date.parse(certificate.validTo) - now.getTime();
    const hasStarted = Date.parse(certificate.validFrom) <= now.getTime();
    return hasStarted && timeLeft >= RENEWAL_WINDOW && certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function createCertificate(now: Date): Promise<KeyPair> {
  const {default: selfsigned} = await import('selfsigned');
  const pair = await selfsigned.generate([{name: 'commonName', value: 'localhost'}], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256', // The default is SHA-1, which browsers reject without offering to continue.
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
