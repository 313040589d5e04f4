import {expect} from 'chai';
import type {Preferences} from '../../../src/config/preferences.js';
import {resolveCredential} from '../../../src/credentials/resolve.js';
import {aCredential, recordName} from '../../support/credential.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {aPlatform, contextWith} from './fake-platform.js';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

describe('resolving a credential', () => {
  const PREFERENCES: Preferences = {default: {threads: 'b'}, refreshWindowDays: 32, keyStore: 'auto'};

  for (const [what, refreshWindowDays, calls] of [
    ['the window in the preferences', undefined, ['refresh']],
    ['the requested window', 20, []],
  ] as const) {
    it(
      `returns the default credential, refreshed according to ${what}`,
      withHome(async home => {
        const vault = vaultIn(home);
        for (const identifier of ['a', 'b']) {
          const dates = {issued_at: inDays(-35), expires_at: inDays(25)};
          await vault.update(recordName(identifier), async () => aCredential(dates));
        }
        const platform = aPlatform({
          refresh: async () => ({access_token: 'THAAfake-new-token', expires_at: inDays(60)}),
        });
        const context = contextWith({platform, vault, preferences: async () => PREFERENCES});
        const {credential, source} = await resolveCredential(context, {refreshWindowDays});
        expect(source).to.include({kind: 'store', identifier: 'b'});
        expect(credential.refresh_token === 'THAAfake-new-token').to.equal(calls.length > 0);
        expect(platform.calls).to.deep.equal(calls);
      }),
    );
  }
});
