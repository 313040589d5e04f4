import {readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {readAgoras} from '../../../src/import/agoras.js';
import type {Candidate} from '../../../src/import/candidate.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {agorasFolder} from '../../support/agoras.js';
import {failure, withFolder} from '../oauth/support.js';

const FIXTURE = join(import.meta.dirname, '../../fixtures/agoras');
const API = 'https://graph.threads.net';
const read = (path?: string, env: NodeJS.ProcessEnv = {}) =>
  readAgoras({path, env, platform: threads, apiUrl: API});

const TOKEN = {
  app_id: '1',
  app_secret: 'fake-app-secret',
  refresh_token: 'THAAfake-1',
  user_id: '7',
};
const ONE = 'threads-1.token';

/** Returns for each file the user ID, or why it was not imported. */
const summarize = (candidates: Candidate[]) =>
  Object.fromEntries(
    candidates.map(each => [
      each.source,
      'credential' in each ? each.credential.user_id : 'error' in each ? each.error.code : each.skipped,
    ]),
  );

const state = async (folder: string) => {
  const names = (await readdir(folder, {recursive: true})).sort();
  return Promise.all(
    names.map(async name => {
      const path = join(folder, name);
      const {mtimeMs, mode, isFile} = await stat(path).then(stats => ({...stats, isFile: stats.isFile()}));
      return [name, mtimeMs, mode, isFile ? await readFile(path, 'latin1') : ''];
    }),
  );
};

describe('reading the storage of Agoras', () => {
  it('reads each account once, keeps every digit, and names other platforms', async () => {
    const candidates = await read(FIXTURE);
    expect(summarize(candidates)).to.deep.equal({
      'threads-990602627938098.token': '26139168152370559',
      'threads-990602627938099.token': '17841405793187218',
      'threads-default.token': 'it is the account of threads-990602627938098.token',
      'facebook-12345.token': 'it is not a Threads credential',
    });
    const {credential} = candidates[0] as Extract<Candidate, {credential: unknown}>;
    expect(credential).to.include({
      identifier: '',
      app_id: '990602627938098',
      app_secret: 'fake-app-secret-0123456789abcdef',
      user_id: '26139168152370559',
      username: null,
      expires_at: null,
      api_url: API,
    });
    expect(credential.refresh_token).to.match(/^THAAfakeonex+$/);
  });

  it('does not change the storage', async () => {
    const before = await state(FIXTURE);
    expect(before).to.have.lengthOf(6);
    await read(FIXTURE);
    expect(await state(FIXTURE)).to.deep.equal(before);
  });

  it('finds the storage by AGORAS_STORAGE_DIR, but prefers a given path', async () => {
    expect(await read(undefined, {AGORAS_STORAGE_DIR: FIXTURE})).to.have.lengthOf(4);
    const {message} = await failure(read('/nowhere', {AGORAS_STORAGE_DIR: FIXTURE}));
    expect(message).to.include('/nowhere/tokens');
  });

  it('accepts a single file', async () => {
    const candidates = await read(join(FIXTURE, 'tokens/threads-default.token'));
    expect(summarize(candidates)).to.deep.equal({'threads-default.token': '26139168152370559'});
  });

  it('uses the newest token of an account and app, and keeps both of two apps', () =>
    withFolder(async folder => {
      const files = {
        'threads-1.token': {...TOKEN, refresh_token: 'THAAold'},
        'threads-default.token': {...TOKEN, refresh_token: 'THAAnew'},
        'threads-2.token': {...TOKEN, app_id: '2', refresh_token: 'THAAother'},
      };
      const madeAt = (name: string) => new Date(name.includes('default') ? '2026-11-02' : '2026-11-01');
      await agorasFolder(folder, files, {madeAt});
      expect(summarize(await read(folder))).to.deep.equal({
        'threads-1.token': 'it is the account of threads-default.token',
        'threads-default.token': '7',
        'threads-2.token': '7',
      });
    }));

  it('treats the same token as the same account when the account is unknown', () =>
    withFolder(async folder => {
      const {app_id: _, user_id: __, ...bare} = TOKEN;
      await agorasFolder(folder, {'threads-a-b-c.token': bare, 'threads-default.token': bare});
      expect(summarize(await read(folder))).to.deep.equal({
        'threads-a-b-c.token': null,
        'threads-default.token': 'it is the account of threads-a-b-c.token',
      });
    }));

  it('reports a file that cannot be opened or has no token, and reads the others', () =>
    withFolder(async folder => {
      await agorasFolder(folder, {
        [ONE]: TOKEN,
        'threads-cut.token': TOKEN,
        'threads-text.token': 'not JSON',
        'threads-array.token': '[]',
        'threads-none.token': {...TOKEN, refresh_token: ''},
        'threads-number.token': {...TOKEN, user_id: 'seven'},
      });
      const cut = join(folder, 'tokens/threads-cut.token');
      await writeFile(cut, (await readFile(cut, 'latin1')).slice(0, 100));
      await agorasFolder(join(folder, 'tokens/threads-folder.token'), {});
      expect(summarize(await read(folder))).to.deep.equal({
        [ONE]: '7',
        'threads-cut.token': 'RECORD_DAMAGED',
        'threads-text.token': 'RECORD_DAMAGED',
        'threads-array.token': 'USAGE',
        'threads-none.token': 'USAGE',
        'threads-number.token': 'USAGE',
        'threads-folder.token': 'STORAGE_FAILED',
      });
    }));

  it('reports a missing, invalid or wrong key', () =>
    withFolder(async folder => {
      await agorasFolder(folder, {[ONE]: TOKEN, 'threads-2.token': TOKEN});
      const key = join(folder, '.key');
      for (const wrong of ['', 'short', `${'A'.repeat(43)}=`]) {
        await writeFile(key, wrong);
        expect(await failure(read(folder))).to.include({code: 'KEY_WRONG', exitCode: 5});
      }
      await rm(key);
      const gone = await failure(read(folder));
      expect(gone).to.include({code: 'KEY_GONE', exitCode: 5});
      expect(gone.message).to.include(key);
    }));

  it('reports a missing storage as a usage error', () =>
    withFolder(async folder => {
      expect(await failure(read(folder))).to.include({code: 'USAGE', exitCode: 2});
    }));

  it('never includes a secret in its errors', () =>
    withFolder(async folder => {
      const secret = 'fake secret with blanks';
      await agorasFolder(folder, {[ONE]: TOKEN, 'threads-2.token': {...TOKEN, refresh_token: secret}});
      expect(JSON.stringify((await read(folder)).filter(each => 'error' in each)))
        .to.include('refresh_token')
        .and.not.include(secret);
    }));
});
