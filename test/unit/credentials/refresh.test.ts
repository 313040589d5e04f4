import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import type {Credential} from '../../../src/credential.js';
import type {FoundCredential} from '../../../src/credentials/find.js';
import {
  type DatedCredential,
  ensureValid,
  refreshFromEnvironment,
  refreshStored,
} from '../../../src/credentials/refresh.js';
import {type ErrorCode, VaultError} from '../../../src/errors.js';
import type {TokenFacts} from '../../../src/platforms/platform.js';
import type {Vault} from '../../../src/vault/vault.js';
import {aCredential, type Overrides, recordName} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {aPlatform, contextWith, type FakePlatform} from './fake-platform.js';

const OLD = 'THAAfake-old-token-0123456789abcdef';
const NEW = 'THAAfake-new-token-0123456789abcdef';
const DAY = 86_400_000;
const WINDOW = 30;
const OPTIONS = {windowDays: WINDOW};
const REF = recordName('my.account');

/** The date `days` days from now. */
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

/** A credential whose 60-day token has `days` days left. */
const withDaysLeft = (days: number, more: Overrides = {}) =>
  aCredential({refresh_token: OLD, issued_at: inDays(days - 60), expires_at: inDays(days), ...more});

const newToken = async () => ({access_token: NEW, expires_at: inDays(60)});
const failing = (code: ErrorCode) => async () => {
  throw new VaultError(code, 'In words.');
};
const facts =
  (more: Partial<TokenFacts> = {}) =>
  async () => ({
    is_valid: true,
    app_id: null,
    user_id: '26139168152370559',
    scopes: ['threads_basic'],
    issued_at: inDays(-30),
    expires_at: inDays(30.5),
    data_access_expires_at: inDays(60),
    ...more,
  });

const variables = {found: [], empty: []};

describe('refresh of a stored credential', () => {
  async function store(home: Home, credential: Credential): Promise<FoundCredential> {
    const stored = await vaultIn(home).update(credential, async () => credential);
    return {credential: stored!, source: {kind: 'store', identifier: credential.identifier, variables}};
  }

  const onDisk = async (home: Home) => (await vaultIn(home).read(REF))!;
  const tokenOnDisk = async (home: Home) => (await onDisk(home)).refresh_token;

  async function resolve(home: Home, platform: FakePlatform, found: FoundCredential) {
    const warnings: string[] = [];
    const context = contextWith({platform, vault: vaultIn(home), warn: message => warnings.push(message)});
    const used = await ensureValid(context, found, WINDOW);
    return {used, warnings};
  }

  it(
    'uses a fresh token without a request',
    withHome(async home => {
      const platform = aPlatform();
      const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(31)));
      expect(used.credential.refresh_token).to.equal(OLD);
      expect(platform.calls).to.deep.equal([]);
      expect(warnings).to.deep.equal([]);
    }),
  );

  it(
    'refuses an expired token without a request, with exit code 4 and the next step',
    withHome(async home => {
      const platform = aPlatform();
      const found = await store(home, withDaysLeft(-1));
      const outcome = await failure(resolve(home, platform, found));
      expect(outcome).to.include({code: 'CREDENTIAL_EXPIRED', exitCode: 4});
      expect(outcome.message).to.include('my.account').and.include(inDays(-1).slice(0, 10));
      expect(outcome.suggestions.join()).to.include('tool threads authorize');
      expect(platform.calls).to.deep.equal([]);
    }),
  );

  it(
    'refreshes a token that is due with one request, and stores it before use',
    withHome(async home => {
      const platform = aPlatform({refresh: newToken});
      const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(29)));
      expect(platform.calls).to.deep.equal(['refresh']);
      expect(used.credential.refresh_token).to.equal(NEW);
      expect(await onDisk(home)).to.deep.equal(used.credential);
      expect(warnings).to.deep.equal([]);
    }),
  );

  it(
    'sends the token to the origin that issued it',
    withHome(async home => {
      const requests: unknown[] = [];
      const platform = aPlatform({
        refresh: async (...all) => {
          requests.push(all);
          return newToken();
        },
      });
      await resolve(home, platform, await store(home, withDaysLeft(1, {api_url: 'http://127.0.0.1:4567'})));
      expect(requests).to.deep.equal([['http://127.0.0.1:4567', OLD]]);
    }),
  );

  it(
    'updates the dates and keeps every other field',
    withHome(async home => {
      const before = withDaysLeft(10);
      const {used} = await resolve(home, aPlatform({refresh: newToken}), await store(home, before));
      const {refresh_token, issued_at, expires_at, refreshed_at, ...rest} = used.credential;
      for (const date of [issued_at, refreshed_at])
        expect(Date.now() - Date.parse(date!)).to.be.within(0, 10_000);
      expect(Date.parse(expires_at!) - Date.now()).to.be.closeTo(60 * DAY, 10_000);
      expect(refresh_token).to.equal(NEW);
      expect({...before, ...rest}).to.deep.equal(before);
    }),
  );

  it(
    'does not refresh a token that is less than 24 hours old',
    withHome(async home => {
      const platform = aPlatform();
      const young = withDaysLeft(5, {issued_at: inDays(-0.9)});
      expect(
        (await resolve(home, platform, await store(home, young))).used.credential.refresh_token,
      ).to.equal(OLD);
      expect(platform.calls).to.deep.equal([]);
    }),
  );

  it(
    'refreshes once for concurrent callers',
    withHome(async home => {
      const platform = aPlatform({
        refresh: async () => {
          await new Promise(setImmediate);
          return newToken();
        },
      });
      const found = await store(home, withDaysLeft(10));
      const all = await Promise.all([1, 2, 3, 4, 5].map(() => resolve(home, platform, found)));
      expect(platform.calls).to.deep.equal(['refresh']);
      for (const {used} of all) expect(used.credential.refresh_token).to.equal(NEW);
    }),
  );

  for (const code of ['PLATFORM_FAILED', 'RATE_LIMITED', 'REFRESH_REFUSED'] as const)
    it(
      `uses the still valid token after ${code}, with a warning`,
      withHome(async home => {
        const platform = aPlatform({refresh: failing(code)});
        const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(10)));
        expect(used.credential.refresh_token).to.equal(OLD);
        expect(platform.calls).to.deep.equal(['refresh']);
        expect(warnings).to.have.lengthOf(1);
        expect(warnings[0]).to.include('In words.').and.include(inDays(10).slice(0, 10));
        expect(await tokenOnDisk(home)).to.equal(OLD);
      }),
    );

  it(
    'looks the token up when the response is lost, and uses it if valid',
    withHome(async home => {
      const platform = aPlatform({refresh: failing('NETWORK_FAILED'), inspect: facts()});
      const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(10)));
      expect(used.credential.refresh_token).to.equal(OLD);
      expect(platform.calls).to.deep.equal(['refresh', 'inspect']);
      expect(warnings).to.have.lengthOf(1);
    }),
  );

  it(
    'uses the token when the response is lost and the lookup fails',
    withHome(async home => {
      const platform = aPlatform({refresh: failing('NETWORK_FAILED'), inspect: failing('NETWORK_FAILED')});
      const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(10)));
      expect(used.credential.refresh_token).to.equal(OLD);
      expect(warnings).to.have.lengthOf(1);
    }),
  );

  it(
    'uses the token when the response is lost and the lookup is not permitted',
    withHome(async home => {
      for (const code of ['NETWORK_FAILED', 'PERMISSION_MISSING'] as const) {
        const platform = aPlatform({refresh: failing(code), inspect: failing('PERMISSION_MISSING')});
        const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(10)));
        expect(used.credential.refresh_token).to.equal(OLD);
        expect(warnings).to.have.lengthOf(1);
      }
    }),
  );

  for (const [what, inspect] of [
    ['reports it invalid', facts({is_valid: false})],
    ['reports it revoked', failing('CREDENTIAL_REVOKED')],
    ['reports the account held', failing('ACCOUNT_HELD')],
  ] as const)
    it(
      `rejects the token when the response is lost and the lookup ${what}`,
      withHome(async home => {
        const platform = aPlatform({refresh: failing('NETWORK_FAILED'), inspect});
        const found = await store(home, withDaysLeft(10));
        const outcome = await failure(resolve(home, platform, found));
        expect(outcome.exitCode).to.equal(4);
        expect(outcome.suggestions.join()).to.include('authorize');
        expect(await tokenOnDisk(home)).to.equal(OLD);
      }),
    );

  it(
    'uses the token when the refresh reports it invalid but the lookup does not',
    withHome(async home => {
      for (const code of ['CREDENTIAL_REVOKED', 'CREDENTIAL_EXPIRED', 'ACCOUNT_HELD'] as const) {
        const platform = aPlatform({refresh: failing(code), inspect: facts()});
        const {used, warnings} = await resolve(home, platform, await store(home, withDaysLeft(10)));
        expect(used.credential.refresh_token).to.equal(OLD);
        expect(warnings).to.have.lengthOf(1);
      }
    }),
  );

  for (const [what, inspect] of [
    ['reports it invalid', facts({is_valid: false})],
    ['reports it revoked', failing('CREDENTIAL_REVOKED')],
  ] as const)
    it(
      `rejects the token when the refresh reports it revoked and the lookup ${what}`,
      withHome(async home => {
        const platform = aPlatform({refresh: failing('CREDENTIAL_REVOKED'), inspect});
        const found = await store(home, withDaysLeft(10));
        expect(await failure(resolve(home, platform, found))).to.include({
          code: 'CREDENTIAL_REVOKED',
          exitCode: 4,
        });
        expect(await tokenOnDisk(home)).to.equal(OLD);
      }),
    );

  it(
    'passes on every other error',
    withHome(async home => {
      for (const code of ['INTERNAL', 'USAGE', 'KEYCHAIN_LOCKED', 'RECORD_DAMAGED'] as const) {
        const found = await store(home, withDaysLeft(10));
        const platform = aPlatform({refresh: failing(code)});
        expect((await failure(resolve(home, platform, found))).code).to.equal(code);
      }
      const found = await store(home, withDaysLeft(10));
      const fault = new TypeError('fault');
      const platform = aPlatform({refresh: () => Promise.reject(fault)});
      expect(await resolve(home, platform, found).catch(error => error)).to.equal(fault);
    }),
  );

  it(
    'uses the old token, with a warning, when the new one cannot be stored, and leaves the file alone',
    withHome(async home => {
      const found = await store(home, withDaysLeft(10));
      const path = join(home.tokens, 'threads-my.account.token');
      const record = await readFile(path, 'utf8');
      const platform = aPlatform({
        async refresh() {
          await writeFile(path, `${record}\n`); // Another writer changed the record: it must not be overwritten.
          return newToken();
        },
        inspect: facts(),
      });
      const {used, warnings} = await resolve(home, platform, found);
      expect(used.credential.refresh_token).to.equal(OLD);
      expect(platform.calls).to.deep.equal(['refresh', 'inspect']);
      expect(warnings).to.have.lengthOf(1);
      expect(await readFile(path, 'utf8')).to.equal(`${record}\n`);
    }),
  );

  it(
    'rejects the old token when the new one cannot be stored and the service has revoked the old one',
    withHome(async home => {
      const found = await store(home, withDaysLeft(10));
      const path = join(home.tokens, 'threads-my.account.token');
      const platform = aPlatform({
        async refresh() {
          await writeFile(path, 'changed meanwhile');
          return newToken();
        },
        inspect: facts({is_valid: false}),
      });
      expect((await failure(resolve(home, platform, found))).code).to.equal('CREDENTIAL_REVOKED');
    }),
  );

  it(
    'looks up missing dates once, as after an offline import, and stores them',
    withHome(async home => {
      const dateless = withDaysLeft(50, {issued_at: null, expires_at: null, user_id: null, scopes: null});
      const found = await store(home, dateless);
      const platform = aPlatform({inspect: facts({expires_at: inDays(50)})});
      const {used, warnings} = await resolve(home, platform, found);
      expect(platform.calls).to.deep.equal(['inspect']);
      expect(warnings).to.deep.equal([]);
      expect(used.credential).to.include({refresh_token: OLD, user_id: '26139168152370559'});
      expect(Date.parse((await onDisk(home)).expires_at!)).to.be.greaterThan(Date.now());
      const silent = aPlatform();
      await resolve(home, silent, {...found, credential: await onDisk(home)});
      expect(silent.calls).to.deep.equal([]);
    }),
  );

  it(
    'is not mistaken for a credential from the environment, whatever its name',
    withHome(async home => {
      const found = await store(home, withDaysLeft(-1, {identifier: 'environment'}));
      const outcome = await failure(resolve(home, aPlatform(), found));
      expect(outcome.message).to.include('token environment expired');
      expect(outcome.suggestions.join())
        .to.include('--identifier environment')
        .and.not.include('THREADS_TOKEN_EXPIRES_AT');
    }),
  );

  it(
    'refreshes a token without dates if the lookup shows that it is due, and rejects it if it is invalid',
    withHome(async home => {
      const dateless = withDaysLeft(50, {issued_at: null, expires_at: null});
      const platform = aPlatform({inspect: facts({expires_at: inDays(5)}), refresh: newToken});
      const {used} = await resolve(home, platform, await store(home, dateless));
      expect(platform.calls).to.deep.equal(['inspect', 'refresh']);
      expect(used.credential.refresh_token).to.equal(NEW);
      const outcome = resolve(
        home,
        aPlatform({inspect: facts({is_valid: false})}),
        await store(home, dateless),
      );
      expect((await failure(outcome)).code).to.equal('CREDENTIAL_REVOKED');
    }),
  );

  it(
    'uses a token without dates, with a warning, when the lookup fails, and still refreshes it with `force`',
    withHome(async home => {
      const dateless = withDaysLeft(50, {issued_at: null, expires_at: null});
      const platform = aPlatform({inspect: failing('PLATFORM_FAILED'), refresh: newToken});
      const {used, warnings} = await resolve(home, platform, await store(home, dateless));
      expect(used.credential.refresh_token).to.equal(OLD);
      expect(warnings.join()).to.include('is used for now').and.not.include('undefined');
      expect(
        (
          await refreshStored(contextWith({platform: platform, vault: vaultIn(home)}), REF, {
            ...OPTIONS,
            force: true,
          })
        ).refreshed,
      ).to.equal(true);
      expect(await tokenOnDisk(home)).to.equal(NEW);
    }),
  );

  it(
    'reports a credential that was removed meanwhile as missing',
    withHome(async home => {
      const found = await store(home, withDaysLeft(10));
      await vaultIn(home).remove(REF);
      const platform = aPlatform();
      expect(await failure(resolve(home, platform, found))).to.include({
        code: 'CREDENTIAL_MISSING',
        exitCode: 3,
      });
    }),
  );

  it(
    'uses the token on disk if another process refreshed it meanwhile',
    withHome(async home => {
      const found = await store(home, withDaysLeft(10));
      await store(home, withDaysLeft(60, {refresh_token: NEW}));
      const platform = aPlatform();
      expect((await resolve(home, platform, found)).used.credential.refresh_token).to.equal(NEW);
      expect(platform.calls).to.deep.equal([]);
    }),
  );

  it(
    'refreshes outside the window only with `force`',
    withHome(async home => {
      await store(home, withDaysLeft(50));
      const platform = aPlatform({refresh: newToken});
      expect(
        await refreshStored(contextWith({platform: platform, vault: vaultIn(home)}), REF, OPTIONS),
      ).to.deep.include({refreshed: false});
      expect(platform.calls).to.deep.equal([]);
      const {credential, refreshed} = await refreshStored(
        contextWith({platform: platform, vault: vaultIn(home)}),
        REF,
        {...OPTIONS, force: true},
      );
      expect(refreshed).to.equal(true);
      expect(credential.refresh_token).to.equal(NEW);
      expect(await tokenOnDisk(home)).to.equal(NEW);
    }),
  );

  it(
    'does not refresh an expired token, even with `force`',
    withHome(async home => {
      await store(home, withDaysLeft(-1));
      const platform = aPlatform();
      const outcome = await failure(
        refreshStored(contextWith({platform: platform, vault: vaultIn(home)}), REF, {
          ...OPTIONS,
          force: true,
        }),
      );
      expect(outcome.code).to.equal('CREDENTIAL_EXPIRED');
      expect(platform.calls).to.deep.equal([]);
    }),
  );

  it(
    'reports why the service refused a forced refresh, and explains it within the first 24 hours',
    withHome(async home => {
      await store(home, withDaysLeft(59.5));
      const forced = (code: ErrorCode) =>
        failure(
          refreshStored(
            contextWith({platform: aPlatform({refresh: failing(code)}), vault: vaultIn(home)}),
            REF,
            {...OPTIONS, force: true},
          ),
        );
      const outcome = await forced('REFRESH_REFUSED');
      expect(outcome).to.include({code: 'REFRESH_REFUSED', exitCode: 7});
      expect(outcome.message).to.include('24 hours');
      expect((await forced('PLATFORM_FAILED')).message).to.equal('In words.');
      await store(home, withDaysLeft(50));
      expect((await forced('REFRESH_REFUSED')).message).to.equal('In words.');
      expect(await tokenOnDisk(home)).to.equal(OLD);
    }),
  );

  it(
    'reports a missing credential with an error code of its own',
    withHome(async home => {
      const outcome = await failure(
        refreshStored(contextWith({platform: aPlatform(), vault: vaultIn(home)}), REF, OPTIONS),
      );
      expect(outcome.code).to.equal('CREDENTIAL_MISSING');
    }),
  );
});

describe('M8: dates of a refresh', () => {
  /** A token whose dates were stored with the clock 40 days ahead: it has 20 days left. */
  const fromFuture = () => withDaysLeft(60, {issued_at: inDays(40), expires_at: inDays(100)});

  async function use(home: Home, platform: FakePlatform, credential = fromFuture()) {
    const stored = (await vaultIn(home).update(credential, async () => credential))!;
    const warnings: string[] = [];
    const context = contextWith({platform, vault: vaultIn(home), warn: message => warnings.push(message)});
    const found = {credential: stored, source: {kind: 'store' as const, identifier: 'my.account', variables}};
    const used = await ensureValid(context, found, WINDOW);
    return {used: used.credential, stored: await vaultIn(home).read(REF), warnings};
  }

  it(
    'M8: looks up dates from the future, and stores what the service says of a fresh token',
    withHome(async home => {
      const dates = {issued_at: inDays(-1), expires_at: inDays(59)};
      const platform = aPlatform({inspect: facts(dates)});
      const {used, stored, warnings} = await use(home, platform);
      expect(platform.calls).to.deep.equal(['inspect']);
      expect(used).to.include({refresh_token: OLD, ...dates});
      expect(stored).to.deep.equal(used);
      expect(warnings).to.deep.equal([]);
    }),
  );

  it(
    'M8: refreshes a token whose dates are from the future and which is due according to the service',
    withHome(async home => {
      const platform = aPlatform({inspect: facts({expires_at: inDays(20)}), refresh: newToken});
      const {stored} = await use(home, platform);
      expect(platform.calls).to.deep.equal(['inspect', 'refresh']);
      expect(stored!.refresh_token).to.equal(NEW);
    }),
  );

  it(
    'M8: refreshes a token whose dates are from the future and may not be looked up',
    withHome(async home => {
      const platform = aPlatform({inspect: failing('PERMISSION_MISSING'), refresh: newToken});
      const {stored} = await use(home, platform);
      expect(platform.calls).to.deep.equal(['inspect', 'refresh']);
      expect(stored!.refresh_token).to.equal(NEW);
    }),
  );

  it(
    'M8: uses a token whose dates are from the future when nobody answers, and says that the dates are wrong',
    withHome(async home => {
      const platform = aPlatform({inspect: failing('NETWORK_FAILED')});
      const {used, warnings} = await use(home, platform);
      expect(used.refresh_token).to.equal(OLD);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include('in the future').and.include('clock').and.not.include('valid until');
    }),
  );

  it(
    'M8: believes dates that are less than a minute in the future',
    withHome(async home => {
      const issued_at = new Date(Date.now() + 50_000).toISOString();
      const platform = aPlatform();
      await use(home, platform, withDaysLeft(60, {issued_at}));
      expect(platform.calls).to.deep.equal([]);
    }),
  );

  for (const [days, direction] of [
    [-40, 'ahead of'],
    [400, 'behind'],
  ] as const)
    it(
      `M8: stores the dates of the service and warns when the clock is ${direction} it`,
      withHome(async home => {
        const dates = {issued_at: inDays(days), expires_at: inDays(days + 60)};
        const platform = aPlatform({refresh: async () => ({access_token: NEW, ...dates})});
        const {stored, warnings} = await use(home, platform, withDaysLeft(10));
        expect(stored).to.include({refresh_token: NEW, refreshed_at: dates.issued_at, ...dates});
        expect(warnings).to.have.lengthOf(1);
        expect(warnings[0]).to.include(`clock is ${Math.abs(days)} days ${direction} Threads`);
      }),
    );

  it(
    'M8: decides by the time of the service about a token that was looked up',
    withHome(async home => {
      const service_time = inDays(400);
      const dates = {issued_at: inDays(399), expires_at: inDays(459), service_time};
      const platform = aPlatform({inspect: facts(dates)});
      const {used, warnings} = await use(home, platform, withDaysLeft(459, {issued_at: dates.issued_at}));
      expect(platform.calls).to.deep.equal(['inspect']);
      expect(used.refresh_token).to.equal(OLD);
      expect(warnings.join()).to.include('clock is 400 days behind Threads');
    }),
  );
});

/** A vault that must not be used: a credential from the environment is never stored and needs no key. */
const untouchable = new Proxy({} as Vault, {
  get: (_, name) => {
    throw new Error(`the vault's ${String(name)} must not be used`);
  },
});

describe('refresh of a credential from the environment', () => {
  const unknown = aCredential({
    identifier: 'environment',
    refresh_token: OLD,
    user_id: null,
    issued_at: null,
    expires_at: null,
    data_access_expires_at: null,
    scopes: null,
  });
  const source = {kind: 'environment', identifier: null, variables} as const;

  async function resolve(
    platform: FakePlatform,
    dates: Partial<Credential> = {},
  ): Promise<{used: DatedCredential; warnings: string[]}> {
    const warnings: string[] = [];
    const context = contextWith({platform, vault: untouchable, warn: message => warnings.push(message)});
    const found = {credential: {...unknown, ...dates}, source};
    return {used: await ensureValid(context, found, WINDOW), warnings};
  }

  it('needs no lookup when THREADS_TOKEN_EXPIRES_AT is set', async () => {
    const platform = aPlatform();
    const {used, warnings} = await resolve(platform, {expires_at: inDays(40)});
    expect(used.credential.refresh_token).to.equal(OLD);
    expect(platform.calls).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
  });

  it('looks the token up once otherwise, and fills in the missing fields', async () => {
    const inspect = facts({issued_at: inDays(-10), expires_at: inDays(50)});
    const platform = aPlatform({inspect});
    const {used, warnings} = await resolve(platform);
    expect(platform.calls).to.deep.equal(['inspect']);
    expect(used.credential).to.deep.include({
      refresh_token: OLD,
      user_id: '26139168152370559',
      scopes: ['threads_basic'],
    });
    expect(used.credential.expires_at!.slice(0, 10)).to.equal(inDays(50).slice(0, 10));
    expect(used.facts).to.deep.include({is_valid: true});
    expect(warnings).to.deep.equal([]);
  });

  it('keeps the account ID from the variables', async () => {
    const {used} = await resolve(aPlatform({inspect: facts()}), {user_id: '7'});
    expect(used.credential.user_id).to.equal('7');
  });

  it('refuses an expired token without a request, with exit code 4', async () => {
    const platform = aPlatform();
    const outcome = await failure(resolve(platform, {expires_at: inDays(-1)}));
    expect(outcome).to.include({code: 'CREDENTIAL_EXPIRED', exitCode: 4});
    expect(outcome.message).to.include('environment');
    expect(outcome.suggestions.join()).to.include('THREADS_TOKEN_EXPIRES_AT');
    expect(platform.calls).to.deep.equal([]);
  });

  it('refreshes a token that is due for this run only, and warns how to store the new one', async () => {
    for (const [dates, calls] of [
      [{expires_at: inDays(10)}, ['refresh']],
      [{}, ['inspect', 'refresh']],
    ] as const) {
      const platform = aPlatform({refresh: newToken, inspect: facts({expires_at: inDays(10)})});
      const {used, warnings} = await resolve(platform, dates);
      expect(used.credential.refresh_token).to.equal(NEW);
      expect(used.source).to.deep.equal(source);
      expect(platform.calls).to.deep.equal(calls);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0])
        .to.include('tool threads refresh --format env | gh secret set -f -')
        .and.not.include(NEW);
    }
  });

  it('ends with 4 when the lookup reports the token invalid', async () => {
    const outcome = await failure(resolve(aPlatform({inspect: facts({is_valid: false})})));
    expect(outcome).to.include({code: 'CREDENTIAL_REVOKED', exitCode: 4});
  });

  it('ends with 4 when the lookup reports the token revoked', async () => {
    const platform = aPlatform({inspect: failing('CREDENTIAL_REVOKED')});
    expect((await failure(resolve(platform))).exitCode).to.equal(4);
    expect(platform.calls).to.deep.equal(['inspect']);
  });

  for (const code of ['NETWORK_FAILED', 'PLATFORM_FAILED', 'RATE_LIMITED', 'PERMISSION_MISSING'] as const)
    it(`uses the token as is, with a warning, when the lookup fails (${code})`, async () => {
      const platform = aPlatform({inspect: failing(code)});
      const {used, warnings} = await resolve(platform);
      expect(used.credential).to.deep.equal(unknown);
      expect(platform.calls).to.deep.equal(['inspect']);
      expect(warnings).to.have.lengthOf(1);
    });

  it('uses the still valid token, with a warning, when the refresh fails', async () => {
    const platform = aPlatform({refresh: failing('PLATFORM_FAILED')});
    const {used, warnings} = await resolve(platform, {expires_at: inDays(10)});
    expect(used.credential.refresh_token).to.equal(OLD);
    expect(warnings).to.have.lengthOf(1);
  });

  it('rejects the token when both the refresh and the lookup report it revoked', async () => {
    const platform = aPlatform({
      refresh: failing('CREDENTIAL_REVOKED'),
      inspect: failing('CREDENTIAL_REVOKED'),
    });
    expect((await failure(resolve(platform, {expires_at: inDays(10)}))).exitCode).to.equal(4);
  });

  it(
    'writes nothing to disk',
    withHome(async home => {
      const platform = aPlatform({refresh: newToken});
      const context = contextWith({platform, vault: vaultIn(home), warn: () => {}});
      const found = {credential: {...unknown, expires_at: inDays(10)}, source};
      expect((await ensureValid(context, found, WINDOW)).credential.refresh_token).to.equal(NEW);
      expect(await readdir(home.folder)).to.deep.equal([]);
    }),
  );

  it('refreshes on command when the token is due, or with `force`', async () => {
    const expiringIn = (days: number) => ({credential: {...unknown, expires_at: inDays(days)}, source});
    const platform = aPlatform({refresh: newToken});
    expect(
      await refreshFromEnvironment({platform, warn: expect.fail}, expiringIn(50), OPTIONS),
    ).to.deep.include({
      refreshed: false,
    });
    expect(platform.calls).to.deep.equal([]);
    for (const outcome of [
      await refreshFromEnvironment({platform, warn: expect.fail}, expiringIn(10), OPTIONS),
      await refreshFromEnvironment({platform, warn: expect.fail}, expiringIn(50), {...OPTIONS, force: true}),
    ]) {
      expect(outcome.refreshed).to.equal(true);
      expect(outcome.credential.refresh_token).to.equal(NEW);
    }
  });

  it('does not call a token of unknown age too young', async () => {
    const platform = aPlatform({refresh: failing('REFRESH_REFUSED')});
    const forced = (dates: Partial<Credential>) =>
      failure(
        refreshFromEnvironment(
          {platform, warn: expect.fail},
          {credential: {...unknown, ...dates}, source},
          {...OPTIONS, force: true},
        ),
      );
    expect((await forced({})).message).to.equal('In words.');
    expect((await forced({expires_at: inDays(59.5)})).message).to.include('24 hours');
  });

  it('reports a failed refresh on command as an error', async () => {
    const found = {credential: {...unknown, expires_at: inDays(10)}, source};
    const platform = aPlatform({refresh: failing('NETWORK_FAILED')});
    expect(
      (await failure(refreshFromEnvironment({platform, warn: expect.fail}, found, OPTIONS))).code,
    ).to.equal('NETWORK_FAILED');
  });
});
