import {rm, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Preferences} from '../../../src/config/preferences.js';
import {listCredentials} from '../../../src/credentials/list.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {aCredential} from '../../support/credential.js';
import {secretsIn} from '../../support/secrets.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';

const DAY = 86_400;
const inDays = (days: number) => new Date(Date.now() + days * DAY * 1000).toISOString();
const PREFERENCES: Preferences = {default: {threads: 'due'}, refreshWindowDays: 30, keyStore: 'auto'};

describe('inventory', () => {
  it(
    'tells of every record whose it is and how long it lives, without a key',
    withHome(async home => {
      const dates = {bad: 50, due: 29.9, expired: -2, never: null, valid: 30.1};
      for (const [identifier, days] of Object.entries(dates)) {
        const expires_at = days === null ? null : inDays(days);
        const credential = aCredential({identifier, expires_at});
        await vaultIn(home).update(credential, async () => credential);
      }
      await truncate(join(home.tokens, 'threads-bad.token'), 20);
      await rm(home.keyFile);

      const {credentials, key_store} = await listCredentials(vaultIn(home), PREFERENCES, [threads]);
      expect(key_store).to.equal('file');
      expect(credentials.map(each => [each.identifier, each.status, each.is_default])).to.deep.equal([
        ['bad', 'unreadable', false],
        ['due', 'due', true],
        ['expired', 'expired', false],
        ['never', 'valid', false],
        ['valid', 'valid', false],
      ]);
      const [bad, due, expired, never] = credentials;
      expect(bad!.error).to.include({code: 'RECORD_DAMAGED'});
      expect(bad!.seconds_left).to.equal(null);
      expect(due!.seconds_left).to.be.closeTo(29.9 * DAY, 10);
      expect(expired!.seconds_left).to.be.closeTo(-2 * DAY, 10);
      expect(never!.seconds_left).to.equal(null);
      expect(due).to.deep.include({
        platform: 'threads',
        user_id: '26139168152370559',
        username: 'my.account',
        scopes: ['threads_basic', 'threads_content_publish'],
        issued_at: '2026-01-01T00:00:00.000Z',
        refreshed_at: null,
      });
    }),
  );

  it(
    'calls a token due only once the platform would refresh it',
    withHome(async home => {
      for (const [identifier, hours] of Object.entries({older: 25, young: 23})) {
        const issued_at = inDays(-hours / 24);
        const credential = aCredential({identifier, issued_at, expires_at: inDays(5)});
        await vaultIn(home).update(credential, async () => credential);
      }
      const statuses = async (platforms: (typeof threads)[]) =>
        (await listCredentials(vaultIn(home), PREFERENCES, platforms)).credentials.map(each => each.status);
      expect(await statuses([threads])).to.deep.equal(['due', 'valid']);
      expect(await statuses([])).to.deep.equal(['due', 'due']);
    }),
  );

  it(
    'holds no secret',
    withHome(async home => {
      const credential = aCredential();
      await vaultIn(home).update(credential, async () => credential);
      const shown = JSON.stringify(await listCredentials(vaultIn(home), PREFERENCES, [threads]));
      const {app_secret, refresh_token} = credential;
      expect(secretsIn(shown, {app_secret: app_secret!, refresh_token})).to.deep.equal([]);
    }),
  );

  it(
    'is of one platform, if asked',
    withHome(async home => {
      for (const platform of ['facebook', 'threads'])
        await vaultIn(home).update({platform, identifier: 'due'}, async () => aCredential());
      const {credentials} = await listCredentials(vaultIn(home), PREFERENCES, [threads], 'facebook');
      expect(credentials.map(each => [each.platform, each.is_default])).to.deep.equal([['facebook', false]]);
      expect((await listCredentials(vaultIn(home), PREFERENCES, [threads])).credentials).to.have.lengthOf(2);
    }),
  );

  it(
    'is empty where nothing is stored',
    withHome(async home => {
      expect(await listCredentials(vaultIn(home), PREFERENCES, [threads])).to.deep.equal({
        credentials: [],
        key_store: null,
      });
    }),
  );
});
