import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import {accessTokenOf, type Credential, type Identifier} from '../../../src/credential.js';
import {Credentials} from '../../../src/credentials/credentials.js';
import {listCredentials} from '../../../src/credentials/list.js';
import {storeCredential} from '../../../src/credentials/store.js';
import {VaultError} from '../../../src/errors.js';
import type {Platform} from '../../../src/platforms/platform.js';
import {recordName} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';
import {RotatingPlatform} from '../../support/rotating-platform.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {contextWith} from './fake-platform.js';

const NAME = recordName('alice', 'rotating');
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** The credentials as one command sees them: each call is another command. */
const credentialsIn = (home: Home, platform: Platform, warnings: string[] = [], env = {}) =>
  new Credentials(
    contextWith({platform, vault: vaultIn(home), env, warn: message => warnings.push(message)}),
  );

async function logIn(home: Home, platform: RotatingPlatform, change = (url: URL) => url) {
  let show: (url: URL) => void = () => {};
  const shown = new Promise<URL>(resolve => {
    show = resolve;
  });
  const {defaultRedirectUri: redirectUri} = platform;
  return credentialsIn(home, platform).login(
    {
      app: {id: '1', secret: 'fake-secret'},
      scopes: [],
      redirectUri,
      timeout: 30,
      certificateFolder: home.tls,
      identifier: 'alice' as Identifier,
    },
    {
      onUrl: url => show(new URL(url)),
      onCertificateWarning: () => {},
      onBadPaste: () => {},
      pasted: (async function* () {
        yield platform.approve(change(await shown), redirectUri);
      })(),
    },
  );
}

/** Changes what is stored, as the passing of time would. */
const edit = (home: Home, fields: Partial<Credential>) =>
  vaultIn(home).update(NAME, async current => ({...current!, ...fields}));
const stored = async (home: Home) => (await vaultIn(home).read(NAME))!;

describe('a platform with two tokens, PKCE and rotation', () => {
  it(
    'logs in with PKCE and stores both tokens, each with its expiry',
    withHome(async home => {
      const {credential} = await logIn(home, new RotatingPlatform());
      expect(await stored(home)).to.deep.equal(credential);
      expect(credential.refresh_token).to.match(/^fake-refresh-/);
      expect(credential.access_token).to.match(/^fake-access-/);
      expect(Date.parse(credential.access_expires_at!) - Date.now()).to.be.closeTo(3_600_000, 10_000);
      expect(Date.parse(credential.expires_at!) - Date.now()).to.be.closeTo(90 * 86_400_000, 10_000);
      expect(credential).to.include({user_id: '7', username: 'alice', scopes: null});
    }),
  );

  it(
    'stores nothing when the proof of PKCE fails',
    withHome(async home => {
      const forged = (url: URL) => {
        url.searchParams.set('code_challenge', 'of-somebody-else');
        return url;
      };
      expect((await failure(logIn(home, new RotatingPlatform(), forged))).code).to.equal(
        'AUTHORIZATION_REFUSED',
      );
      expect(await vaultIn(home).recordNames()).to.deep.equal([]);
    }),
  );

  it(
    'gives out the access token, without a request while it is valid',
    withHome(async home => {
      const platform = new RotatingPlatform();
      const {credential} = await logIn(home, platform);
      const resolved = await credentialsIn(home, platform).resolve();
      expect(accessTokenOf(resolved.credential)).to.equal(credential.access_token);
      expect(platform.renewals).to.equal(0);
    }),
  );

  it(
    'renews an access token that is about to expire, once for many, and loses no refresh token',
    withHome(async home => {
      const platform = new RotatingPlatform();
      const {credential: before} = await logIn(home, platform);
      for (const left of [299, -10]) {
        await edit(home, {access_expires_at: inSeconds(left)});
        const renewals = platform.renewals;
        const all = await Promise.all(
          Array.from({length: 10}, () => credentialsIn(home, platform).resolve()),
        );
        expect(platform.renewals).to.equal(renewals + 1);
        expect(new Set(all.map(({credential}) => accessTokenOf(credential))).size).to.equal(1);
      }
      expect(platform.isRevoked).to.equal(false);
      const after = await stored(home);
      expect(after.refresh_token).not.to.equal(before.refresh_token);
      expect(after).to.include({user_id: '7', app_id: '1', redirect_uri: platform.defaultRedirectUri});
    }),
  );

  it(
    'M8: renews when the tokens were issued in the future: their dates are not believed',
    withHome(async home => {
      const platform = new RotatingPlatform();
      await logIn(home, platform);
      const day = 86_400;
      await edit(home, {
        issued_at: inSeconds(40 * day),
        access_expires_at: inSeconds(40 * day + 3600),
        expires_at: inSeconds(130 * day),
      });
      await credentialsIn(home, platform).resolve();
      expect(platform.renewals).to.equal(1);
      expect(Date.parse((await stored(home)).access_expires_at!) - Date.now()).to.be.closeTo(
        3_600_000,
        10_000,
      );
    }),
  );

  it(
    'has the new refresh token on the disk before anything uses it',
    withHome(async home => {
      const platform = new RotatingPlatform();
      await logIn(home, platform);
      await edit(home, {access_expires_at: inSeconds(10)});
      const {credential} = await credentialsIn(home, platform).resolve();
      expect(await stored(home)).to.deep.equal(credential);
    }),
  );

  it(
    'uses an access token that is still valid when a renewal fails, with a warning; not one that has expired',
    withHome(async home => {
      const platform = new RotatingPlatform();
      const {credential} = await logIn(home, platform);
      const down = new RotatingPlatform();
      down.renew = async () => {
        throw new VaultError('NETWORK_FAILED', 'Could not reach it.');
      };
      await edit(home, {access_expires_at: inSeconds(200)});
      const warnings: string[] = [];
      const resolved = await credentialsIn(home, down, warnings).resolve();
      expect(accessTokenOf(resolved.credential)).to.equal(credential.access_token);
      expect(warnings).to.have.lengthOf(1);
      await edit(home, {access_expires_at: inSeconds(-1)});
      expect((await failure(credentialsIn(home, down).resolve())).code).to.equal('NETWORK_FAILED');
    }),
  );

  it(
    'says that a person must log in when the grant was revoked, or the refresh token has expired',
    withHome(async home => {
      const platform = new RotatingPlatform();
      await logIn(home, platform);
      await edit(home, {access_expires_at: inSeconds(-1), refresh_token: 'fake-replaced-one'});
      expect(await failure(credentialsIn(home, platform).resolve())).to.include({
        code: 'CREDENTIAL_REVOKED',
        exitCode: 4,
      });
      await edit(home, {expires_at: inSeconds(-1)});
      expect((await failure(credentialsIn(home, platform).resolve())).code).to.equal('CREDENTIAL_EXPIRED');
    }),
  );

  it(
    'renews by command: when due, by force, and all that are stored',
    withHome(async home => {
      const platform = new RotatingPlatform();
      await logIn(home, platform);
      const credentials = () => credentialsIn(home, platform);
      const refresh = async (force: boolean) =>
        (await credentials().refresh(await credentials().find(), {force})).refreshed;
      expect(await refresh(false)).to.equal(false);
      expect(await refresh(true)).to.equal(true);
      await edit(home, {access_expires_at: inSeconds(-1)});
      const [outcome] = await credentials().refreshAll({force: false});
      expect(outcome).to.include({identifier: 'alice', refreshed: true});
      expect(platform.isRevoked).to.equal(false);
    }),
  );

  it(
    'tells its status by the access token, and nothing that the service does not tell',
    withHome(async home => {
      const platform = new RotatingPlatform();
      const {credential} = await logIn(home, platform);
      const status = await credentialsIn(home, platform).status({expiresWithin: 100 * 86_400});
      expect(status).to.deep.include({
        account: {user_id: '7', username: 'alice', name: null},
        expires_at: credential.expires_at,
        scopes: null,
        expires_soon: ['token'],
      });
    }),
  );

  it(
    'is listed as valid while its refresh token is, and keeps one record for one account',
    withHome(async home => {
      const platform = new RotatingPlatform();
      const {credential} = await logIn(home, platform);
      await edit(home, {access_expires_at: inSeconds(-1)});
      await storeCredential(vaultIn(home), {...credential, refresh_token: 'fake-newer'});
      const {preferences} = contextWith({vault: vaultIn(home)});
      const {credentials} = await listCredentials({
        vault: vaultIn(home),
        preferences: await preferences(),
        renewalOf: () => platform.renewal,
      });
      expect(credentials.map(each => [each.identifier, each.status])).to.deep.equal([['alice', 'valid']]);
      expect((await stored(home)).refresh_token).to.equal('fake-newer');
    }),
  );

  it(
    'is exchanged from a code elsewhere, but has no short-lived tokens',
    withHome(async home => {
      const platform = new RotatingPlatform();
      const request = {app: {id: '1', secret: 'fake'}, externalLogin: {shortLivedToken: 'fake-short'}};
      expect((await failure(credentialsIn(home, platform).exchange(request))).code).to.equal('USAGE');
    }),
  );
});
