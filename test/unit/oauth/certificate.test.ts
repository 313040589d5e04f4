import {X509Certificate} from 'node:crypto';
import {chmod, mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {loopbackCertificate} from '../../../src/oauth/certificate.js';
import {failure, withFolder} from './support.js';

const DAY = 24 * 60 * 60 * 1000;
const now = new Date('2026-03-01T12:00:00.500Z');
const inDays = (days: number) => new Date(now.getTime() + days * DAY);

const withCertificate = (use: (folder: string, made: {key: string; cert: string}) => Promise<void>) =>
  withFolder(async parent => {
    const folder = join(parent, 'home', 'tls');
    await use(folder, await loopbackCertificate(folder, now));
  });

describe('loopback certificate', () => {
  it('is an EC certificate for localhost and both addresses, valid for 90 days, signed with SHA-256', () =>
    withCertificate(async (_, {cert}) => {
      const certificate = new X509Certificate(cert);
      expect(certificate.checkHost('localhost')).to.equal('localhost');
      expect(certificate.checkIP('127.0.0.1')).to.equal('127.0.0.1');
      expect(certificate.checkIP('::1')).to.equal('::1');
      expect(certificate.ca).to.equal(false);
      expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.1']); // serverAuth
      expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).to.equal('prime256v1');
      expect(certificate.verify(certificate.publicKey)).to.equal(true);
      expect(certificate.serialNumber).to.match(/^[0-9A-F]{8,20}$/);
      expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).to.equal(90 * DAY);
      // ecdsa-with-SHA256, 1.2.840.10045.4.3.2
      expect(certificate.raw.includes(Buffer.from('06082a8648ce3d040302', 'hex'))).to.equal(true);
    }));

  it('is stored in private files', () =>
    withCertificate(async folder => {
      expect((await stat(folder)).mode & 0o777).to.equal(0o700);
      expect((await readdir(folder)).sort()).to.deep.equal(['callback.crt', 'callback.key']);
      for (const name of await readdir(folder)) {
        expect((await stat(join(folder, name))).mode & 0o777).to.equal(0o600);
      }
    }));

  it('is used again until fewer than 7 days are left', () =>
    withCertificate(async (folder, made) => {
      expect(await loopbackCertificate(folder, inDays(82.9))).to.deep.equal(made);
      const renewed = await loopbackCertificate(folder, inDays(83.1));
      expect(renewed.cert).to.not.equal(made.cert);
      expect(renewed.key).to.not.equal(made.key);
      expect(await loopbackCertificate(folder, inDays(83.2))).to.deep.equal(renewed);
    }));

  it('is replaced if it is not valid yet', () =>
    withCertificate(async (folder, made) => {
      expect((await loopbackCertificate(folder, inDays(-1))).cert).to.not.equal(made.cert);
    }));

  for (const name of ['callback.key', 'callback.crt']) {
    const damages: Record<string, (path: string) => Promise<void>> = {
      'is damaged': path => writeFile(path, '-----BEGIN nothing'),
      'is empty': path => writeFile(path, ''),
      'belongs to another pair': path =>
        withCertificate(async (_, other) =>
          writeFile(path, name === 'callback.key' ? other.key : other.cert),
        ),
    };
    for (const [what, damage] of Object.entries(damages)) {
      it(`is replaced together with its key if ${name} ${what}`, () =>
        withCertificate(async (folder, made) => {
          await damage(join(folder, name));
          const again = await loopbackCertificate(folder, now);
          expect(again.key).to.not.equal(made.key);
          expect(new X509Certificate(again.cert).verify(new X509Certificate(again.cert).publicKey)).to.equal(
            true,
          );
          expect(await loopbackCertificate(folder, now)).to.deep.equal(again);
          expect(await readFile(join(folder, 'callback.key'), 'utf8')).to.equal(again.key);
        }));
    }
  }

  it('is not created in a folder that other users can access', () =>
    withFolder(async parent => {
      const folder = join(parent, 'tls');
      await mkdir(folder);
      await chmod(folder, 0o755);
      expect((await failure(loopbackCertificate(folder, now))).code).to.equal('FILE_UNSAFE');
    }));

  it('fails if it cannot be stored', () =>
    withCertificate(async folder => {
      const path = join(folder, 'callback.crt');
      await rm(path);
      await mkdir(join(path, 'in the way'), {recursive: true});
      const error = await failure(loopbackCertificate(folder, now));
      expect(error.code).to.equal('STORAGE_FAILED');
      expect(error.message).to.include('callback.crt');
    }));
});
