import {chmod, copyFile, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {checkRecords} from '../../../src/doctor/records.js';
import {aCredential} from '../../support/credential.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {said, situationIn, store, told} from './situation.js';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

describe('doctor: the records', () => {
  it(
    'may be missing',
    withHome(async home => {
      expect(await told(checkRecords, situationIn(home))).to.deep.equal([
        'note No usable credential is stored.',
      ]);
    }),
  );

  it(
    'are counted, and named if expired or due',
    withHome(async home => {
      await store(home, 'fresh', 50);
      await store(home, 'due', 10);
      await store(home, 'dead', -1);
      expect(await told(checkRecords, situationIn(home))).to.deep.equal([
        'ok Credentials stored: 3.',
        'warning Expired: dead.',
        'note Due for refresh at the next use: due.',
      ]);
    }),
  );

  it(
    'M8: are named if their dates are in the future',
    withHome(async home => {
      const credential = aCredential({issued_at: inDays(40), expires_at: inDays(100)});
      await vaultIn(home).update(credential, async () => credential);
      expect(await told(checkRecords, situationIn(home))).to.deep.equal([
        'ok Credentials stored: 1.',
        "warning Stored dates in the future: my.account. This machine's clock is or was wrong.",
      ]);
    }),
  );

  it(
    'are an error each if damaged, open to others, misplaced, or from another vault',
    withHome(async home => {
      const path = (name: string) => join(home.tokens, `threads-${name}.token`);
      for (const name of ['good', 'moved', 'open', 'foreign']) await store(home, name, 50);
      await copyFile(path('good'), path('copied'));
      await writeFile(path('damaged'), 'CANARY', {mode: 0o600});
      await chmod(path('open'), 0o644);
      const [header, ...rest] = (await readFile(path('foreign'), 'utf8')).split('.');
      const fields = {...JSON.parse(Buffer.from(header!, 'base64url').toString()), kid: 'another'};
      const foreign = [Buffer.from(JSON.stringify(fields)).toString('base64url'), ...rest].join('.');
      await writeFile(path('foreign'), foreign);
      const errors = (await told(checkRecords, situationIn(home))).filter(each => each.startsWith('error'));
      expect(errors.map(each => each.replaceAll(home.tokens, ''))).to.deep.equal([
        'error 6 The record threads/copied was stored under another name.',
        'error 6 The record threads/damaged is damaged or was altered; it was left unchanged.',
        'error 6 The record threads/foreign was encrypted with a key that this vault does not have; it was left unchanged.',
        'error 6 /threads-open.token is accessible to other users, so it is not used.',
      ]);
      expect(JSON.stringify(await said(checkRecords, situationIn(home)))).not.to.contain('CANARY');
    }),
  );

  it(
    'are the only files that belong in the folder',
    withHome(async home => {
      await store(home, 'alice', 50);
      for (const name of ['notes.txt', '.threads-a.token.0123456789abcdef.tmp'])
        await writeFile(join(home.tokens, name), '');
      expect((await told(checkRecords, situationIn(home))).at(-1)).to.equal(
        `warning Unexpected file: ${join(home.tokens, 'notes.txt')}`,
      );
    }),
  );

  it(
    'are checked even if vault.json and config.json are invalid',
    withHome(async home => {
      await store(home, 'alice', 50);
      await writeFile(home.vaultFile, '{', {mode: 0o600});
      await writeFile(home.configFile, '{', {mode: 0o600});
      expect(await told(checkRecords, situationIn(home))).to.deep.equal(['ok Credentials stored: 1.']);
    }),
  );
});
