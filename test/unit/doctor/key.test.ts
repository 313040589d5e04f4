import {readFile, rm, writeFile} from 'node:fs/promises';
import {expect} from 'chai';
import {passphrasesFrom} from '../../../src/cli/input/passphrase.js';
import type {Home} from '../../../src/config/home.js';
import type {DoctorContext} from '../../../src/doctor/finding.js';
import {checkKey} from '../../../src/doctor/key.js';
import {newKey} from '../../../src/vault/keys/key.js';
import {openLocalVault} from '../../../src/vault/open.js';
import {aCredential} from '../../support/credential.js';
import {needsKeytar, needsLinux} from '../../support/needs.js';
import {withHome} from '../../support/temporary-home.js';
import {helloReply, lockedReply, startFakeBus} from '../vault/keys/fake-bus.js';
import {said, situationIn, store, told} from './situation.js';

async function change(path: string, edit: (text: string) => string): Promise<void> {
  await writeFile(path, edit(await readFile(path, 'utf8')), {mode: 0o600});
}

const inKeychain = (home: Home) => change(home.vaultFile, text => text.replace('"file"', '"keychain"'));

const choosing = (home: Home, choice: 'auto' | 'keychain', env = {}): DoctorContext => ({
  ...situationIn(home, env),
  keyStore: async () => choice,
});

const withKey = (use: (home: Home) => Promise<unknown>) =>
  withHome(async home => {
    await store(home, 'alice', 50);
    await use(home);
  });

describe('doctor: the key', () => {
  it(
    'is found',
    withKey(async home => {
      expect(await told(checkKey, situationIn(home))).to.deep.equal(['ok Key found (file).']);
    }),
  );

  it(
    'is an error if it is gone, damaged, the wrong one, or open to others',
    withKey(async home => {
      const whole = await readFile(home.keyFile, 'utf8');
      const other = Buffer.from(newKey().bytes).toString('base64url');
      const cases: [content: string, mode: number, pattern: RegExp][] = [
        ['{"keys":[]}', 0o600, /^error 5 The key is no longer in the key file/],
        ['damaged', 0o600, /^error 5 The key file .* is damaged/],
        [
          whole.replace(/"k":"[^"]+"/, `"k":"${other}"`),
          0o600,
          /^error 5 The key in the key file is not the one/,
        ],
        [whole, 0o644, /^error 6 .*vault\.key is accessible to other users/],
      ];
      for (const [content, mode, pattern] of cases) {
        await rm(home.keyFile);
        await writeFile(home.keyFile, content, {mode});
        const remarks = await said(checkKey, situationIn(home));
        expect(await told(checkKey, situationIn(home)), content).to.have.length(1);
        expect((await told(checkKey, situationIn(home)))[0]).to.match(pattern);
        expect(JSON.stringify(remarks)).not.to.contain(other).and.not.to.contain(JSON.parse(whole).keys[0].k);
      }
    }),
  );

  it(
    'is an error if vault.json is missing although there are records, invalid, or newer',
    withKey(async home => {
      const whole = await readFile(home.vaultFile, 'utf8');
      await change(home.vaultFile, () => '{"version": 2}');
      expect((await told(checkKey, situationIn(home)))[0]).to.match(/^error 6 .* newer version/);
      await change(home.vaultFile, () => '{');
      expect((await told(checkKey, situationIn(home)))[0]).to.match(/^error 2 .* is invalid/);
      await rm(home.vaultFile);
      expect((await told(checkKey, situationIn(home)))[0]).to.match(/^error 5 .*vault\.json.* is missing/);
      await writeFile(home.vaultFile, whole, {mode: 0o600});
    }),
  );

  it(
    'causes a remark if a setting names another store, or a rotation was interrupted',
    withKey(async home => {
      expect((await told(checkKey, choosing(home, 'keychain')))[1]).to.match(
        /^note The key store is set to keychain/,
      );
      await change(home.vaultFile, text => {
        const {key, ...rest} = JSON.parse(text);
        return JSON.stringify({...rest, key, previous: {...key, id: 'old'}});
      });
      expect((await told(checkKey, situationIn(home)))[1]).to.match(
        /^warning A key rotation was interrupted/,
      );
    }),
  );

  it(
    'is opened with a known passphrase, without asking for one',
    withHome(async home => {
      const known = (...list: string[]) => ({known: async () => list, forNewKey: async () => list[0]});
      const settings = {home, env: {}, keyStore: 'passphrase', keychainTimeout: 1, warn: () => {}} as const;
      const vault = openLocalVault({...settings, passphrases: known('correct horse')});
      await vault.update(aCredential(), async () => aCredential());
      const withPassphrases = (...list: string[]) => ({...situationIn(home), passphrases: known(...list)});
      expect((await told(checkKey, withPassphrases('correct horse')))[0]).to.match(/^ok .*passphrase/);
      expect((await told(checkKey, withPassphrases('CANARY')))[0]).to.match(
        /^error 5 The passphrase does not unlock/,
      );
      expect((await told(checkKey, withPassphrases()))[0]).to.match(/^note The key needs a passphrase/);
    }),
  );

  it(
    'is an error if the passphrase file cannot be read',
    withKey(async home => {
      await change(home.vaultFile, text => text.replace('"file"', '"passphrase"'));
      const passphrases = passphrasesFrom({TOOL_VAULT_PASSPHRASE_FILE: '/nowhere/CANARY', CI: 'true'});
      expect((await told(checkKey, {...situationIn(home), passphrases}))[0]).to.match(
        /^error 5 .*TOOL_VAULT_PASSPHRASE_FILE: no such file/,
      );
    }),
  );

  it('may not exist yet, and is not created', () =>
    withHome(async home => {
      expect(await told(checkKey, situationIn(home))).to.deep.equal([
        'note No key yet: the first login creates one (file).',
      ]);
    })());
});

describe('doctor: the key in a keychain', () => {
  before(function () {
    needsLinux(this);
  });

  it(
    'is an error without a keychain; before the first key only if one is required',
    withKey(async home => {
      await inKeychain(home);
      expect((await told(checkKey, choosing(home, 'auto')))[0]).to.match(/^error 5 There is no keychain:/);
      await rm(home.folder, {recursive: true});
      expect((await told(checkKey, choosing(home, 'auto')))[0]).to.match(/^note .* would create a key file/);
      expect((await told(checkKey, choosing(home, 'keychain')))[0]).to.match(/^error 5 There is no keychain/);
    }),
  );

  it('is an error if the keychain is locked, which is all that it is asked', function () {
    needsKeytar(this);
    return withKey(async home => {
      await inKeychain(home);
      const bus = await startFakeBus(socket => socket.write(Buffer.concat([helloReply, lockedReply(true)])));
      const env = {DBUS_SESSION_BUS_ADDRESS: bus.address};
      expect(await told(checkKey, choosing(home, 'auto', env))).to.deep.equal([
        'error 5 The keychain is locked.',
      ]);
      await rm(home.folder, {recursive: true});
      expect(await told(checkKey, choosing(home, 'auto', env))).to.deep.equal([
        'error 5 The keychain is locked.',
      ]);
      expect(bus.received()).not.to.match(/Unlock|GetSecret|SearchItems|Prompt/);
      await bus.close();
    })();
  });

  it(
    'is an error if the keychain does not respond within a few seconds',
    withKey(async home => {
      await inKeychain(home);
      const bus = await startFakeBus(() => {});
      const started = Date.now();
      const env = {DBUS_SESSION_BUS_ADDRESS: bus.address};
      expect((await told(checkKey, choosing(home, 'auto', env)))[0]).to.match(/^error 5 .* does not respond/);
      expect(Date.now() - started).to.be.below(4000);
      await bus.close();
    }),
  );

  it('would be put into an unlocked keychain', function () {
    needsKeytar(this);
    return withHome(async home => {
      const bus = await startFakeBus(socket => socket.write(Buffer.concat([helloReply, lockedReply(false)])));
      const env = {DBUS_SESSION_BUS_ADDRESS: bus.address};
      expect((await told(checkKey, choosing(home, 'auto', env)))[0]).to.match(
        /^note .* into the OS keychain/,
      );
      await bus.close();
    })();
  });
});
