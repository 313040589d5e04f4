import {truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {type RefreshOutcome, refreshAll} from '../../../src/credentials/refresh-all.js';
import {VaultError} from '../../../src/errors.js';
import {aCredential} from '../../support/credential.js';
import {vaultIn, withHome} from '../vault/temporary-home.js';
import {aPlatform} from './fake-platform.js';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

describe('refresh all', () => {
  it(
    'renews what is due, tells of each, and is stopped by none',
    withHome(async home => {
      const days = {damaged: 10, due: 10, expired: -1, fresh: 50, refused: 10};
      for (const [identifier, left] of Object.entries(days)) {
        const credential = aCredential({
          identifier,
          refresh_token: `THAAfake-${identifier}`,
          issued_at: inDays(left - 60),
          expires_at: inDays(left),
        });
        await vaultIn(home).update(credential, async () => credential);
      }
      await truncate(join(home.tokens, 'threads-damaged.token'), 20);
      const platform = aPlatform({
        async refresh(_, token) {
          if (token.endsWith('refused')) throw new VaultError('RATE_LIMITED', 'In words.');
          return {access_token: `${token}-new`, expires_at: inDays(60)};
        },
      });

      const outcomes: RefreshOutcome[] = [];
      for await (const outcome of refreshAll(platform, vaultIn(home), 30, false)) outcomes.push(outcome);
      const told = outcomes.map(each => [
        each.identifier,
        'error' in each ? each.error.code : each.refreshed,
      ]);
      expect(told).to.deep.equal([
        ['damaged', 'RECORD_DAMAGED'],
        ['due', true],
        ['expired', 'CREDENTIAL_EXPIRED'],
        ['fresh', false],
        ['refused', 'RATE_LIMITED'],
      ]);
      expect(platform.calls).to.deep.equal(['refresh', 'refresh']);
      const due = await vaultIn(home).read({platform: 'threads', identifier: 'due'});
      expect(due!.refresh_token).to.equal('THAAfake-due-new');
    }),
  );

  it(
    'tells of nothing where nothing is stored',
    withHome(async home => {
      for await (const outcome of refreshAll(aPlatform(), vaultIn(home), 30, true))
        expect.fail(outcome.identifier);
    }),
  );
});
