import {expect} from 'chai';
import type {Source} from '../../../src/credentials/find.js';
import {statusOf, withUserId} from '../../../src/credentials/status.js';
import {type ErrorCode, VaultError} from '../../../src/errors.js';
import type {TokenFacts} from '../../../src/platforms/platform.js';
import {aCredential} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';
import {aPlatform} from './fake-platform.js';

const DAY = 86_400;
const CREDENTIAL = aCredential();
const SOURCE: Source = {kind: 'store', identifier: 'my.account', variables: {found: [], empty: []}};
const STORED = {credential: CREDENTIAL, source: SOURCE};

const ACCOUNT = {user_id: CREDENTIAL.user_id!, username: 'my.account', name: null};
const account = async () => ACCOUNT;
const FACTS: TokenFacts = {
  is_valid: true,
  app_id: CREDENTIAL.app_id,
  user_id: CREDENTIAL.user_id,
  scopes: CREDENTIAL.scopes,
  issued_at: CREDENTIAL.issued_at,
  expires_at: CREDENTIAL.expires_at,
  data_access_expires_at: CREDENTIAL.data_access_expires_at,
};
const facts =
  (more: Partial<TokenFacts> = {}) =>
  async () => ({...FACTS, ...more});
const failing = (code: ErrorCode) => async () => {
  throw new VaultError(code, 'In words.');
};

describe('credential status', () => {
  it('reports what the service says', async () => {
    const status = await statusOf(aPlatform({account, inspect: facts()}), STORED);
    const {is_valid: _, user_id: __, ...dates} = FACTS;
    expect(status).to.deep.equal({
      platform: 'threads',
      source: SOURCE,
      api_url: CREDENTIAL.api_url,
      account: ACCOUNT,
      ...dates,
      expires_soon: [],
      differences: [],
    });
  });

  it('reuses facts that were already looked up', async () => {
    const platform = aPlatform({account});
    await statusOf(platform, {...STORED, facts: FACTS});
    expect(platform.calls).to.deep.equal(['account']);
  });

  it('falls back to the stored value for what the service does not report', async () => {
    for (const inspect of [
      failing('PLATFORM_FAILED'),
      failing('PERMISSION_MISSING'),
      facts({app_id: null, scopes: null, issued_at: null, expires_at: null, data_access_expires_at: null}),
    ]) {
      const {app_id, scopes, expires_at, data_access_expires_at} = CREDENTIAL;
      const status = await statusOf(aPlatform({account, inspect}), STORED);
      expect(status).to.deep.include({app_id, scopes, expires_at, data_access_expires_at, differences: []});
    }
  });

  it('ends with 4 when any lookup reports the token invalid', async () => {
    for (const answers of [
      {account, inspect: facts({is_valid: false})},
      {account, inspect: failing('CREDENTIAL_REVOKED')},
      {account, inspect: failing('CREDENTIAL_EXPIRED')},
      {account, inspect: failing('ACCOUNT_HELD')},
      {account: failing('CREDENTIAL_REVOKED')},
    ])
      expect((await failure(statusOf(aPlatform(answers), STORED))).exitCode).to.equal(4);
  });

  it('describes differences between the service and the store', async () => {
    const other = facts({scopes: ['threads_basic'], expires_at: '2026-02-01T00:00:00.000Z'});
    const stranger = async () => ({...ACCOUNT, user_id: '7'});
    const {differences} = await statusOf(aPlatform({account: stranger, inspect: other}), STORED);
    expect(differences).to.have.lengthOf(3);
    expect(differences[0]).to.include('account 7').and.include(CREDENTIAL.user_id);
    expect(differences[1]).to.include('threads_content_publish');
    expect(differences[2]).to.include('2026-03-02');
  });

  it('ignores the order of scopes and differences of a few hours', async () => {
    const inspect = facts({
      scopes: [...CREDENTIAL.scopes!].reverse(),
      expires_at: '2026-03-02T23:59:59.000Z',
    });
    expect((await statusOf(aPlatform({account, inspect}), STORED)).differences).to.deep.equal([]);
  });

  it('lists what expires within the requested time', async () => {
    const inDays = (days: number | null) =>
      days === null ? null : new Date(Date.now() + days * DAY * 1000).toISOString();
    const soon = async (token: number | null, permission: number | null, within?: number) => {
      const inspect = facts({expires_at: inDays(token), data_access_expires_at: inDays(permission)});
      const credential = {...CREDENTIAL, expires_at: null, data_access_expires_at: null};
      const dated = {credential, source: SOURCE};
      return (await statusOf(aPlatform({account, inspect}), dated, within)).expires_soon;
    };
    expect(await soon(10, 10)).to.deep.equal([]);
    expect(await soon(10, 20, 15 * DAY)).to.deep.equal(['token']);
    expect(await soon(20, 10, 15 * DAY)).to.deep.equal(['permission']);
    expect(await soon(10, -1, 15 * DAY)).to.deep.equal(['token', 'permission']);
    expect(await soon(20, 20, 15 * DAY)).to.deep.equal([]);
    expect(await soon(null, null, 15 * DAY)).to.deep.equal([]);
  });
});

describe('the user ID of a credential', () => {
  const unknown = {...STORED, credential: {...CREDENTIAL, user_id: null}};

  it('is looked up only when it is unknown', async () => {
    const platform = aPlatform({account});
    expect(await withUserId({platform, warn: expect.fail}, STORED)).to.equal(CREDENTIAL);
    expect(platform.calls).to.deep.equal([]);
    expect((await withUserId({platform, warn: expect.fail}, unknown)).user_id).to.equal(ACCOUNT.user_id);
  });

  it('stays unknown, with a warning, when the service does not respond', async () => {
    const warnings: string[] = [];
    const platform = aPlatform({account: failing('NETWORK_FAILED')});
    const credential = await withUserId({platform, warn: warning => warnings.push(warning)}, unknown);
    expect(credential.user_id).to.equal(null);
    expect(warnings).to.have.length(1);
  });

  it('ends with 4 when the lookup reports the token revoked', async () => {
    const platform = aPlatform({account: failing('CREDENTIAL_REVOKED')});
    expect((await failure(withUserId({platform, warn: expect.fail}, unknown))).exitCode).to.equal(4);
  });
});
