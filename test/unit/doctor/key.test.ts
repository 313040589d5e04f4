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

describe('diagnosis: the key', () => {
  it(
    'is there and right',
    withKey(async home => {
      expect(await told(checkKey, situationIn(home))).to.deep.equal([
        'ok The right key is there (key store file).',
      ]);
    }),
  );

  it(
    'is an error when it is gone, damaged, another one, or open to others',
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
    'is an error when vault.json is missing beside records, is broken, or is newer',
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
    'is told where a setting asks for another store, and where a replacement was cut off',
    withKey(async home => {
      expect((await told(checkKey, choosing(home, 'keychain')))[1]).to.match(
        /^note The key store keychain is asked for/,
      );
      await change(home.vaultFile, text => {
        const {key, ...rest} = JSON.parse(text);
        return JSON.stringify({...rest, key, previous: {...key, id: 'old'}});
      });
      expect((await told(checkKey, situationIn(home)))[1]).to.match(/^warning A new key is half in place/);
    }),
  );

  it(
    'is proven by a passphrase that is known, and nobody is asked for one',
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
      expect((await told(checkKey, withPassphrases()))[0]).to.match(/^note The key opens by a passphrase/);
    }),
  );

  it(
    'is an error where the passphrase’s file cannot be read',
    withKey(async home => {
      await change(home.vaultFile, text => text.replace('"file"', '"passphrase"'));
      const passphrases = passphrasesFrom({TOOL_VAULT_PASSPHRASE_FILE: '/nowhere/CANARY', CI: 'true'});
      expect((await told(checkKey, {...situationIn(home), passphrases}))[0]).to.match(
        /^error 5 .*TOOL_VAULT_PASSPHRASE_FILE: no such file/,
      );
    }),
  );

  it('is not made yet, and nothing is made to find out', () =>
    withHome(async home => {
      expect(await told(checkKey, situationIn(home))).to.deep.equal([
        'note No key yet: the first login makes one (key store file).',
      ]);
    })());
});

describe('diagnosis: the key in a keychain', () => {
  before(function () {
    needsLinux(this);
  });

  it(
    'is an error where there is none; before the first key only for who insists on it',
    withKey(async home => {
      await inKeychain(home);
      expect((await told(checkKey, choosing(home, 'auto')))[0]).to.match(/^error 5 There is no keychain:/);
      await rm(home.folder, {recursive: true});
      expect((await told(checkKey, choosing(home, 'auto')))[0]).to.match(/^note .* would make a key file/);
      expect((await told(checkKey, choosing(home, 'keychain')))[0]).to.match(/^error 5 There is no keychain/);
    }),
  );

  it('is an error where it is locked, and the keychain is asked for nothing but that', function () {
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
    'is an error where it is silent, after a short while',
    withKey(async home => {
      await inKeychain(home);
      const bus = await startFakeBus(() => {});
      const started = Date.now();
      const env = {DBUS_SESSION_BUS_ADDRESS: bus.address};
      expect((await told(checkKey, choosing(home, 'auto', env)))[0]).to.match(
        /^error 5 .* does not tell its state/,
      );
      expect(Date.now() - started).to.be.below(4000);
      await bus.close();
    }),
  );

  it('would be put there where it is unlocked', function () {
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
