import {createPrivateKey, X509Certificate} from 'node:crypto';
import {join} from 'node:path';
import {DateTime} from 'luxon';
import {readPrivateFile} from '../files/private-file.js';
import {type DoctorContext, note, ok, type Remark, warning} from './finding.js';

/** Checks the certificate of the login's callback. The next login replaces one that is unusable. */
export async function* checkCertificate({home}: DoctorContext): AsyncGenerator<Remark> {
  // The next login replaces a file that is not private, as it does with one that is damaged.
  const read = async (name: string) =>
    String((await readPrivateFile(join(home.tls, name)).catch(() => 'not private')) ?? '');
  const [cert, key] = [await read('callback.crt'), await read('callback.key')];
  if (!cert && !key) return yield note('No callback certificate yet: the first login makes one.');

  const expiry = expiryOf(cert, key);
  const days = Math.floor(expiry?.diffNow('days').days ?? -1);
  if (expiry && days >= 0) {
    return yield ok(
      `The callback certificate matches its key and is valid for ${days} days, until ${expiry.toISODate()}.`,
    );
  }
  yield warning(
    `The callback certificate ${expiry ? `expired on ${expiry.toISODate()}` : 'is damaged, or does not match its key'}.`,
    'The next login makes a new one; the browser then shows its warning once more.',
  );
}

/** Returns when the certificate expires, or undefined unless it is a certificate for this key. */
function expiryOf(cert: string, key: string): DateTime<true> | undefined {
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    const expiry = DateTime.fromJSDate(new Date(certificate.validTo), {zone: 'utc'});
    return expiry.isValid ? expiry : undefined;
  } catch {
    return undefined;
  }
}
