import {rm, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import type {Preferences} from '../../../src/config/preferences.js';
import {listCredentials} from '../../../src/credentials/list.js';
import {findRenewalPolicy} from '../../../src/platforms/index.js';
import {aCredential, recordName} from '../../support/credential.js';
import {secretsIn} from '../../support/secrets.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';

const DAY = 86_400;
const inDays = (days: number) => new Date(Date.now() + days * DAY * 1000).toISOString();
const PREFERENCES: Preferences = {default: {threads: 'due'}, refreshWindowDays: 30, keyStore: 'auto'};

const list = (home: Home, platform?: string) =>
  listCredentials({vault: vaultIn(home), preferences: PREFERENCES, renewalOf: findRenewalPolicy, platform});

describe('listing credentials', () => {
  it(
    'reports the account and the expiry of every record without a key',
    withHome(async home => {
      const dates = {bad: 50, due: 29.9, expired: -2, never: null, valid: 30.1};
      for (const [identifier, days] of Object.entries(dates)) {
        const expires_at = days === null ? null : inDays(days);
        const credential = aCredential({identifier, expires_at});
        await vaultIn(home).update(credential, async () => credential);
      }
      await truncate(join(home.tokens, 'threads-bad.token'), 20);
      await rm(home.keyFile);

      const {credentials, key_store} = await list(home);
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
    'M8: does not believe dates that are in the future',
    withHome(async home => {
      const credential = aCredential({issued_at: inDays(40), expires_at: inDays(100)});
      await vaultIn(home).update(credential, async () => credential);
      expect((await list(home)).credentials[0]).to.include({
        status: 'due',
        seconds_left: null,
        is_from_future: true,
      });
    }),
  );

  it(
    'contains no secret',
    withHome(async home => {
      const credential = aCredential();
      await vaultIn(home).update(credential, async () => credential);
      const shown = JSON.stringify(await list(home));
      const {app_secret, refresh_token} = credential;
      expect(secretsIn(shown, {app_secret: app_secret!, refresh_token})).to.deep.equal([]);
    }),
  );

  it(
    'can be limited to one platform',
    withHome(async home => {
      for (const platform of ['facebook', 'threads'])
        await vaultIn(home).update(recordName('due', platform), async () => aCredential());
      const {credentials} = await list(home, 'facebook');
      expect(credentials.map(each => [each.platform, each.is_default])).to.deep.equal([['facebook', false]]);
      expect((await list(home)).credentials).to.have.lengthOf(2);
    }),
  );

  it(
    'is empty when nothing is stored',
    withHome(async home => {
      expect(await list(home)).to.deep.equal({
        credentials: [],
        key_store: null,
      });
    }),
  );
});
