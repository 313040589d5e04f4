import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import type {Credential, Identifier} from '../../../src/credential.js';
import {type ErrorCode, VaultError} from '../../../src/errors.js';
import {type ImportOutcome, importAll} from '../../../src/import/import.js';
import type {Platform, TokenFacts} from '../../../src/platforms/platform.js';
import {aCredential, type Overrides, recordName} from '../../support/credential.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {type Answers, aPlatform, contextWith} from '../credentials/fake-platform.js';
import {failure} from '../oauth/support.js';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** A credential as a source provides it: without a name or dates. */
const found = (more: Overrides = {}): Credential =>
  aCredential({
    identifier: '',
    username: null,
    scopes: null,
    issued_at: null,
    expires_at: null,
    data_access_expires_at: null,
    redirect_uri: null,
    ...more,
  });

const FACTS: TokenFacts = {
  is_valid: true,
  app_id: null,
  user_id: '26139168152370559',
  scopes: ['threads_basic'],
  issued_at: inDays(-10),
  expires_at: inDays(50),
  data_access_expires_at: inDays(80),
};
const ANSWERS: Answers = {
  account: async () => ({user_id: '26139168152370559', username: 'alice', name: null}),
  inspect: async () => FACTS,
};
const failing = (code: ErrorCode) => async () => {
  throw new VaultError(code, 'In words.');
};

async function run(
  home: Home,
  credentials: Credential[],
  {
    answers = ANSWERS,
    offline = false,
    identifier,
  }: {answers?: Answers; offline?: boolean; identifier?: string} = {},
) {
  const warnings: string[] = [];
  const platform = aPlatform(answers);
  const candidates = credentials.map((credential, index) => ({source: `file ${index + 1}`, credential}));
  const options = {offline, identifier: identifier as Identifier | undefined};
  const context = contextWith({platform, vault: vaultIn(home), warn: text => warnings.push(text)});
  const outcomes: ImportOutcome[] = [];
  for await (const outcome of importAll(context, candidates, options)) outcomes.push(outcome);
  return {outcomes, warnings, calls: platform.calls};
}

const summarize = (outcomes: ImportOutcome[]) =>
  outcomes.map(each =>
    'error' in each ? each.error.code : 'credential' in each ? each.credential.identifier : 'skipped',
  );
const names = (home: Home) => vaultIn(home).names('threads');
const stored = (home: Home, identifier: string) => vaultIn(home).read(recordName(identifier));

describe('import of credentials', () => {
  it(
    "stores what the service reports, under the account's username",
    withHome(async home => {
      const {outcomes, warnings, calls} = await run(home, [found()]);
      expect(summarize(outcomes)).to.deep.equal(['alice']);
      expect(calls).to.deep.equal(['account', 'inspect']);
      expect(warnings).to.deep.equal([]);
      const {is_valid: _, app_id: __, ...facts} = FACTS;
      expect(await stored(home, 'alice')).to.deep.equal({
        ...found(),
        ...facts,
        identifier: 'alice',
        username: 'alice',
      });
    }),
  );

  it(
    'trusts the service rather than the source about the account and the dates',
    withHome(async home => {
      const {warnings} = await run(home, [found({user_id: '7', expires_at: inDays(-100)})]);
      expect(await stored(home, 'alice')).to.include({user_id: FACTS.user_id, expires_at: FACTS.expires_at});
      expect(warnings.join()).to.include('account 7').and.include(FACTS.user_id!);
    }),
  );

  it(
    'leaves the dates unknown when the service does not report them',
    withHome(async home => {
      const answers = {...ANSWERS, inspect: failing('PLATFORM_FAILED')};
      const {warnings} = await run(home, [found({expires_at: inDays(-1)})], {answers});
      expect(await stored(home, 'alice')).to.include({expires_at: null, scopes: null});
      expect(warnings).to.have.length(1);
    }),
  );

  for (const [what, answers, code] of [
    ['is revoked', {account: failing('CREDENTIAL_REVOKED')}, 'CREDENTIAL_REVOKED'],
    [
      'is reported invalid',
      {...ANSWERS, inspect: async () => ({...FACTS, is_valid: false})},
      'CREDENTIAL_REVOKED',
    ],
    ['cannot be looked up', {account: failing('NETWORK_FAILED')}, 'NETWORK_FAILED'],
    [
      'is valid for only an hour',
      {...ANSWERS, inspect: async () => ({...FACTS, expires_at: inDays(-10 + 1 / 24)})},
      'USAGE',
    ],
  ] as const)
    it(
      `stores nothing when the token ${what}`,
      withHome(async home => {
        const {outcomes} = await run(home, [found()], {answers});
        expect(summarize(outcomes)).to.deep.equal([code]);
        expect(await names(home)).to.deep.equal([]);
      }),
    );

  it(
    'continues after a failure',
    withHome(async home => {
      let lookups = 0;
      const account: Platform['account'] = async () => {
        if (++lookups === 1) throw new VaultError('CREDENTIAL_EXPIRED', 'In words.');
        return {user_id: '7', username: 'bob', name: null};
      };
      const {outcomes} = await run(home, [found(), found()], {answers: {...ANSWERS, account}});
      expect(summarize(outcomes)).to.deep.equal(['CREDENTIAL_EXPIRED', 'bob']);
    }),
  );

  it(
    'sends no request with `offline`, and stores the credential under the user ID',
    withHome(async home => {
      const {calls, outcomes} = await run(home, [found()], {offline: true});
      expect(calls).to.deep.equal([]);
      expect(summarize(outcomes)).to.deep.equal(['26139168152370559']);
      expect(await stored(home, '26139168152370559')).to.deep.equal(found({identifier: '26139168152370559'}));
    }),
  );

  it(
    'requires a name with `offline` when the account is unknown, and reuses that name later',
    withHome(async home => {
      const anonymous = found({user_id: null});
      const {outcomes} = await run(home, [anonymous], {offline: true});
      expect(summarize(outcomes)).to.deep.equal(['IDENTIFIER_NEEDED']);
      expect(
        summarize((await run(home, [anonymous], {offline: true, identifier: 'bot'})).outcomes),
      ).to.deep.equal(['bot']);
      expect(summarize((await run(home, [anonymous], {offline: true})).outcomes)).to.deep.equal(['bot']);
      const other = {...anonymous, refresh_token: 'THAAfake-other'};
      expect(
        summarize((await run(home, [other], {offline: true, identifier: 'bot'})).outcomes),
      ).to.deep.equal(['IDENTIFIER_TAKEN']);
    }),
  );

  it(
    'refuses an expired token with `offline`',
    withHome(async home => {
      const {outcomes} = await run(home, [found({expires_at: inDays(-1)})], {offline: true});
      expect(summarize(outcomes)).to.deep.equal(['CREDENTIAL_EXPIRED']);
      expect(await names(home)).to.deep.equal([]);
    }),
  );

  it(
    'uses the name in a document unless the account already has one',
    withHome(async home => {
      expect(summarize((await run(home, [found({identifier: 'work'})])).outcomes)).to.deep.equal(['work']);
      expect(summarize((await run(home, [found({identifier: 'other'})])).outcomes)).to.deep.equal(['work']);
      expect(summarize((await run(home, [found()], {identifier: 'new'})).outcomes)).to.deep.equal(['new']);
      expect(await names(home)).to.deep.equal(['new']);
    }),
  );

  it(
    'refuses one name for several credentials',
    withHome(async home => {
      const error = await failure(run(home, [found(), found({user_id: '7'})], {identifier: 'x'}));
      expect(error).to.include({code: 'USAGE'});
      expect(error.suggestions.join()).to.include('file 1, file 2');
      expect(await names(home)).to.deep.equal([]);
    }),
  );
});

describe('import of an account that is already stored', () => {
  const app = {app_id: '1234567890', app_secret: 'fake-kept', redirect_uri: 'https://kept.test/'};
  const store = (home: Home, more: Overrides = {}) => {
    const credential = aCredential({identifier: 'mine', username: 'alice', ...app, ...more});
    return vaultIn(home).update(credential, async () => credential);
  };
  const fresh = (more: Overrides = {}) => found({refresh_token: 'THAAfake-imported', ...more});

  it(
    'replaces the credential of the same account and app under its name, and keeps the app data',
    withHome(async home => {
      await store(home);
      const {outcomes} = await run(home, [fresh({app_secret: null})]);
      expect(outcomes[0]).to.include({replaced: true});
      expect(await names(home)).to.deep.equal(['mine']);
      expect(await stored(home, 'mine')).to.include({...app, refresh_token: 'THAAfake-imported'});
    }),
  );

  it(
    'assumes that an unknown app is the known one',
    withHome(async home => {
      await store(home);
      await run(home, [fresh({app_id: null, app_secret: null})]);
      expect(await stored(home, 'mine')).to.include({...app, refresh_token: 'THAAfake-imported'});
      await store(home, {app_id: null, app_secret: null});
      await run(home, [fresh({app_id: '2', app_secret: 'fake-2'})]);
      expect(await stored(home, 'mine')).to.include({app_id: '2', app_secret: 'fake-2'});
      expect(await names(home)).to.deep.equal(['mine']);
    }),
  );

  it(
    'does not guess between two apps',
    withHome(async home => {
      await store(home, {identifier: 'alice'});
      await store(home, {identifier: 'second', app_id: '2'});
      const unknown = fresh({app_id: null, app_secret: null});
      expect(summarize((await run(home, [unknown])).outcomes)).to.deep.equal(['IDENTIFIER_NEEDED']);
      expect(summarize((await run(home, [unknown], {identifier: 'second'})).outcomes)).to.deep.equal([
        'second',
      ]);
    }),
  );

  it(
    'keeps both credentials when the name belongs to another',
    withHome(async home => {
      await store(home, {identifier: 'alice', app_id: '2'});
      const before = await stored(home, 'alice');
      for (const identifier of [undefined, 'alice']) {
        const {outcomes} = await run(home, [fresh()], identifier ? {identifier} : {});
        expect(summarize(outcomes)).to.deep.equal(['IDENTIFIER_TAKEN']);
      }
      expect(await stored(home, 'alice')).to.deep.equal(before);
      expect(summarize((await run(home, [fresh()], {identifier: 'other'})).outcomes)).to.deep.equal([
        'other',
      ]);
    }),
  );
});
