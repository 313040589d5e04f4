import {truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import {type RefreshOutcome, refreshAll} from '../../../src/credentials/refresh-all.js';
import {VaultError} from '../../../src/errors.js';
import {aCredential, recordName} from '../../support/credential.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {aPlatform, contextWith} from './fake-platform.js';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const OPTIONS = {force: false};
/** The limit on concurrent requests. */
const CONCURRENCY = 16;

/** Stores a credential for each name, with the given number of days left. */
async function store(home: Home, days: Record<string, number>, api_url = 'https://graph.threads.net') {
  await vaultIn(home).updateMany(async update => {
    for (const [identifier, left] of Object.entries(days)) {
      const credential = aCredential({
        identifier,
        refresh_token: `THAAfake-${identifier}`,
        issued_at: inDays(left - 60),
        expires_at: inDays(left),
        api_url,
      });
      await update(credential, async () => credential);
    }
  });
}

/** Credentials named `prefix-00`, `prefix-01`, …, all due for refresh. */
const due = (prefix: string, count: number) =>
  Object.fromEntries(
    Array.from({length: count}, (_, n) => [`${prefix}-${String(n).padStart(2, '0')}`, 10] as const),
  );

const newToken = (token: string) => ({access_token: `${token}-new`, expires_at: inDays(60)});
const summarize = (outcomes: RefreshOutcome[]) =>
  outcomes.map(each => [each.identifier, 'error' in each ? each.error.code : each.refreshed]);

describe('refresh of all credentials', () => {
  it(
    'refreshes what is due, reports every credential in the order of the names, and continues after failures',
    withHome(async home => {
      await store(home, {refused: 10, damaged: 10, due: 10, expired: -1, fresh: 50});
      await truncate(join(home.tokens, 'threads-damaged.token'), 20);
      const platform = aPlatform({
        async refresh(_, token) {
          if (token.endsWith('refused')) throw new VaultError('RATE_LIMITED', 'In words.');
          return newToken(token);
        },
      });
      expect(
        summarize(await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), OPTIONS)),
      ).to.deep.equal([
        ['damaged', 'RECORD_DAMAGED'],
        ['due', true],
        ['expired', 'CREDENTIAL_EXPIRED'],
        ['fresh', false],
        ['refused', 'RATE_LIMITED'],
      ]);
      expect(platform.calls).to.deep.equal(['refresh', 'refresh']);
      const stored = await vaultIn(home).read(recordName('due'));
      expect(stored!.refresh_token).to.equal('THAAfake-due-new');
    }),
  );

  it(
    'reports nothing and creates nothing when no credential is stored',
    withHome(async home => {
      const options = {...OPTIONS, onProgress: () => expect.fail('unexpected progress')};
      expect(
        await refreshAll(contextWith({platform: aPlatform(), vault: vaultIn(home)}), options),
      ).to.deep.equal([]);
      expect(await vaultIn(home).describeKey()).to.equal(undefined);
    }),
  );

  it(
    'sends at most 16 requests at once, in any order, and reports progress',
    withHome(async home => {
      await store(home, due('account', 40));
      let inside = 0;
      let most = 0;
      const platform = aPlatform({
        async refresh(_, token) {
          most = Math.max(most, ++inside);
          // The first requests finish last.
          for (let turns = 40 - Number(token.slice(-2)); turns > 0; turns--) await new Promise(setImmediate);
          inside--;
          return newToken(token);
        },
      });
      const progress: string[] = [];
      const onProgress = (done: number, total: number) => void progress.push(`${done}/${total}`);
      const outcomes = await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), {
        ...OPTIONS,
        onProgress,
      });
      expect(summarize(outcomes)).to.deep.equal(Object.keys(due('account', 40)).map(name => [name, true]));
      expect(most).to.be.within(2, CONCURRENCY);
      expect(progress).to.deep.equal(Array.from({length: 40}, (_, n) => `${n + 1}/40`));
    }),
  );

  it(
    'stops sending requests after 16 network failures in a row',
    withHome(async home => {
      await store(home, {...due('account', 40), expired: -1, fresh: 50});
      const platform = aPlatform({
        refresh: () => Promise.reject(new VaultError('NETWORK_FAILED', 'In words.')),
      });
      const outcomes = await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), OPTIONS);
      const codes = outcomes.map(each => ('error' in each ? each.error.code : each.refreshed));
      expect(codes.filter(code => code === 'NETWORK_FAILED')).to.have.lengthOf(platform.calls.length);
      expect(platform.calls.length).to.be.within(CONCURRENCY, 2 * CONCURRENCY - 1);
      expect(codes.filter(code => code === 'NOT_ASKED')).to.have.lengthOf(40 - platform.calls.length);
      // Credentials that need no request are reported as usual.
      expect(codes.slice(-2)).to.deep.equal(['CREDENTIAL_EXPIRED', false]);
    }),
  );

  it(
    'continues while only some requests fail, whatever the reason',
    withHome(async home => {
      await store(home, due('account', 60));
      const platform = aPlatform({
        async refresh(_, token) {
          if (Number(token.slice(-2)) % 3 > 0) throw new VaultError('RATE_LIMITED', 'In words.');
          return newToken(token);
        },
      });
      await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), OPTIONS);
      expect(platform.calls).to.have.lengthOf(60);
    }),
  );

  it(
    'continues when the service rejects each token individually',
    withHome(async home => {
      await store(home, due('account', 40));
      const platform = aPlatform({
        refresh: () => Promise.reject(new VaultError('CREDENTIAL_REVOKED', 'In words.')),
      });
      await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), OPTIONS);
      expect(platform.calls).to.have.lengthOf(40);
    }),
  );

  it(
    'continues with one service when another is unreachable',
    withHome(async home => {
      await store(home, due('a-sandbox', 40), 'http://127.0.0.1:9');
      await store(home, due('real', 5));
      const platform = aPlatform({
        async refresh(apiUrl, token) {
          if (apiUrl.startsWith('http:')) throw new VaultError('NETWORK_FAILED', 'In words.');
          return newToken(token);
        },
      });
      const outcomes = summarize(
        await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), OPTIONS),
      );
      expect(outcomes.slice(-5)).to.deep.equal(Object.keys(due('real', 5)).map(name => [name, true]));
    }),
  );

  it(
    'reports an internal error like any other failure',
    withHome(async home => {
      await store(home, due('account', 2));
      const platform = aPlatform({
        async refresh(_, token) {
          if (token.endsWith('00')) throw new TypeError('fault');
          return newToken(token);
        },
      });
      expect(
        summarize(await refreshAll(contextWith({platform: platform, vault: vaultIn(home)}), OPTIONS)),
      ).to.deep.equal([
        ['account-00', 'INTERNAL'],
        ['account-01', true],
      ]);
    }),
  );
});
