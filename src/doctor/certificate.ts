import {createPrivateKey, X509Certificate} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type DoctorContext, note, ok, type Remark, warning} from './finding.js';

const DAY = 24 * 60 * 60 * 1000;

/** The certificate of the loopback callback. Whatever is wrong with it, the next login makes a new one. */
export async function* checkCertificate({home}: DoctorContext): AsyncGenerator<Remark> {
  const read = (name: string) => readFile(join(home.tls, name), 'utf8').catch(() => '');
  const [cert, key] = [await read('callback.crt'), await read('callback.key')];
  if (!cert && !key) return yield note('No certificate for the callback yet: the first login makes one.');

  const end = endOf(cert, key);
  const days = end === undefined ? 0 : Math.floor((Date.parse(end) - Date.now()) / DAY);
  if (end !== undefined && days >= 0) {
    return yield ok(`The callback’s certificate fits its key and is valid for ${days} days, until ${end}.`);
  }
  yield warning(
    `The callback’s certificate ${end === undefined ? 'is damaged, or does not fit its key' : `expired on ${end}`}.`,
    'The next login makes a new one; the browser then warns once more.',
  );
}

/** The last day of its life; undefined unless it is a certificate of this key. */
function endOf(cert: string, key: string): string | undefined {
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    return new Date(certificate.validTo).toISOString().slice(0, 10);
  } catch {
    return undefined;
  }
}
