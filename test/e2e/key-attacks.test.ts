import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {type Key, newKey} from '../../src/vault/keys/key.js';
import type {KeyDescription, VaultDescription} from '../../src/vault/keys/vault-file.js';
import {openRecord, sealRecord} from '../../src/vault/records/record.js';
import {aCredential, recordName} from '../support/credential.js';
import {worldWithKeyring} from '../support/keyring.js';
import {needsPrograms} from '../support/needs.js';
import {TERMINAL_PROGRAMS, Terminal} from '../support/terminal.js';
import {PASSPHRASE, type Result, ROOT, TOOL, type World} from '../support/world.js';

const ROTATE = ['utils', 'vault', 'rotate-key'];
const VERIFY = ['utils', 'vault', 'verify'];
const TOKEN = ['threads', 'token', '-i', 'alice'];
const CREATED = '2026-01-01T00:00:00.000Z';

/** What someone does who can write to the home, but can use neither the keychain nor the passphrase. */
class Attacker {
  readonly key: Key = newKey();

  constructor(private readonly world: World) {}

  async vaultFile(): Promise<VaultDescription> {
    return JSON.parse(await readFile(this.world.home.vaultFile, 'utf8'));
  }

  /** Puts a key of the attacker into the key file, and names it in vault.json. */
  async plant(more: Partial<VaultDescription> & {endorsement?: string} = {}): Promise<void> {
    const {folder, keyFile, vaultFile} = this.world.home;
    await mkdir(folder, {recursive: true, mode: 0o700});
    const k = Buffer.from(this.key.bytes).toString('base64url');
    await writeFile(keyFile, JSON.stringify({keys: [{kty: 'oct', kid: this.key.id, k}]}), {mode: 0o600});
    const {endorsement, ...rest} = more;
    const key: KeyDescription = {id: this.key.id, store: 'file', created_at: CREATED};
    if (endorsement !== undefined) key.endorsement = endorsement;
    await writeFile(vaultFile, JSON.stringify({version: 1, key, ...rest}), {mode: 0o600});
  }

  /** Names the attacker's key as the new one of a rotation that replaces the real key. */
  async plantRotation(endorsement?: string): Promise<void> {
    const {key, wrapped} = await this.vaultFile();
    await this.plant({
      previous: key!,
      ...(wrapped && {wrapped}),
      ...(endorsement !== undefined && {endorsement}),
    });
  }

  /** Reports whether the attacker's key opens a record. */
  async opens(identifier: string): Promise<boolean> {
    const name = recordName(identifier);
    const bytes = await readFile(join(this.world.home.tokens, `threads-${identifier}.token`));
    return openRecord(bytes, name, this.key).then(
      () => true,
      () => false,
    );
  }
}

describe('attacks by someone who can write to the home', function () {
  this.timeout(120_000);
  const here = worldWithKeyring();
  const env = (more: Record<string, string> = {}) => ({TOOL_KEY_STORE: 'auto', ...here.keyring.env, ...more});
  const run = (args: string[], more: Record<string, string> = {}) => here.world.run(args, {env: env(more)});

  /** Stores a credential that is due for refresh, with its key in the keychain. */
  async function aKeychainVault(): Promise<void> {
    await here.world.store(20);
    const moved = await run([...ROTATE, '--to', 'keychain']);
    expect(moved.code, moved.stderr).to.equal(0);
  }

  function expectRefused({code, stderr}: Result, pattern: RegExp): void {
    expect(stderr).to.match(pattern);
    expect(code).to.equal(5);
  }

  for (const [what, endorsement] of [
    ['without an endorsement', undefined],
    ['with an empty endorsement', ''],
    ['with a made-up endorsement', newKey().id],
  ] as const)
    it(`H1: a planted key ${what} gets no record in a refresh or a rotation (keychain)`, async () => {
      await aKeychainVault();
      const attacker = new Attacker(here.world);
      await attacker.plantRotation(endorsement);
      const planted = await readFile(here.world.home.vaultFile, 'utf8');
      for (const args of [TOKEN, ['threads', 'refresh', '-i', 'alice', '--force'], ROTATE]) {
        expectRefused(await run(args), /does not vouch for/);
        expect(await attacker.opens('alice'), args.join(' ')).to.equal(false);
        expect(await readFile(here.world.home.vaultFile, 'utf8')).to.equal(planted);
      }
      expect(here.world.requests('/refresh_access_token')).to.equal(0);
      expectRefused(await run([...ROTATE, '--to', 'file']), /does not vouch for/);
      expectRefused(await run(TOKEN, {TOOL_KEY_STORE: 'keychain'}), /rotate-key --to keychain/);
      expectRefused(
        await run([...ROTATE, '--to', 'keychain'], {TOOL_KEY_STORE: 'keychain'}),
        /does not vouch/,
      );
      expect(await attacker.opens('alice')).to.equal(false);
    });

  it('H1: verify and doctor report a planted key and do not say to continue the rotation', async () => {
    await aKeychainVault();
    await new Attacker(here.world).plantRotation();
    const verify = await run(VERIFY);
    expectRefused(verify, /does not vouch for/);
    const doctor = await run(['doctor']);
    expect(doctor.code).to.equal(5);
    expect(doctor.stdout).to.contain('does not vouch for');
    for (const {stdout, stderr} of [verify, doctor]) expect(stdout + stderr).not.to.contain('rotate-key');
  });

  it('H1: a planted key gets no record of a vault with a passphrase', async () => {
    await here.world.store(20);
    await here.world.vault.rotateKey('passphrase');
    const attacker = new Attacker(here.world);
    await attacker.plantRotation();
    const passphrase = {TOOL_VAULT_PASSPHRASE: PASSPHRASE, DBUS_SESSION_BUS_ADDRESS: ''};
    for (const args of [TOKEN, ROTATE]) {
      expectRefused(await run(args, passphrase), /does not vouch for/);
      expect(await attacker.opens('alice')).to.equal(false);
    }
    await attacker.plant();
    expectRefused(
      await here.world.startAuthorize([], {env: env({...passphrase, TOOL_KEY_STORE: 'passphrase'})}).ended,
      /rotate-key --to passphrase/,
    );
  });

  for (const choice of ['auto', 'keychain'])
    it(`H1: a key planted before the first login is not used (--key-store ${choice})`, async () => {
      const attacker = new Attacker(here.world);
      await attacker.plant();
      const {code, stderr} = await here.world.authorize(['--key-store', choice], {env: env()});
      expect(code, stderr).to.equal(0);
      expect(await attacker.opens('sandbox_account')).to.equal(false);
      expect((await attacker.vaultFile()).key!.store).to.equal('keychain');
      expect(existsSync(here.world.home.keyFile)).to.equal(false);
      expect((await run(['threads', 'token'])).code).to.equal(0);
    });

  it('H1: --key-store and TOOL_KEY_STORE refuse a planted key that opens a planted record', async () => {
    const attacker = new Attacker(here.world);
    await attacker.plant();
    const bait = aCredential({identifier: 'alice'});
    await mkdir(here.world.home.tokens, {mode: 0o700});
    await writeFile(
      join(here.world.home.tokens, 'threads-alice.token'),
      await sealRecord(bait, attacker.key),
      {
        mode: 0o600,
      },
    );
    const required = {TOOL_KEY_STORE: 'keychain'};
    const authorize = ['--key-store', 'keychain'];
    for (const result of [
      await here.world.startAuthorize(authorize, {env: env()}).ended,
      await here.world.startAuthorize([], {env: env(required)}).ended,
      await run(TOKEN, required),
      await run(['utils', 'tokens', 'show', '-p', 'threads', '-i', 'alice'], required),
      await run(VERIFY, required),
      await run(ROTATE, required),
    ])
      expectRefused(result, /rotate-key --to keychain/);
    expect((await run(['doctor'], required)).code).to.equal(5);
    expect((await run(['utils', 'tokens', 'list'], required)).code).to.equal(0); // Needs no key.
  });

  it('H1: a vault that was moved out of the keychain behind the back of the user is refused', async () => {
    await aKeychainVault();
    const attacker = new Attacker(here.world);
    await rm(here.world.home.tokens, {recursive: true});
    await attacker.plant();
    for (const result of [
      await here.world.startAuthorize([], {env: env()}).ended,
      await run([...ROTATE, '--to', 'keychain']),
      await run(VERIFY),
    ])
      expectRefused(result, /does not name the key that the keychain remembers/);
    expect((await run(['doctor'])).stdout)
      .to.contain('the keychain remembers')
      .and.not.contain('rotate-key');
    expect(existsSync(join(here.world.home.tokens, 'threads-sandbox_account.token'))).to.equal(false);
  });

  it('H1: a vault from before the anchor gets one when its keychain key encrypts, and not before', async () => {
    await aKeychainVault();
    const attacker = new Attacker(here.world);
    const {key} = await attacker.vaultFile();
    const account = `vault:${createHash('sha256').update(here.world.home.folder).digest('base64url')}`;
    const keytar = (method: string) => {
      const script = `require('keytar').${method}('tool', '${account}').then(found => console.log(found))`;
      const options = {env: {...process.env, ...here.keyring.env}, encoding: 'utf8', cwd: ROOT} as const;
      return JSON.parse(execFileSync(process.execPath, ['-e', script], options));
    };
    const anchor = () => keytar('getPassword');
    expect(anchor()).to.deep.equal({id: key!.id, store: 'keychain'});
    keytar('deletePassword');
    for (const args of [VERIFY, ['utils', 'tokens', 'show', '-p', 'threads', '-i', 'alice']]) {
      expect((await run(args)).code).to.equal(0);
      expect(anchor()).to.equal(null);
    }
    expect((await run(TOKEN)).code).to.equal(0);
    expect(anchor()).to.deep.equal({id: key!.id, store: 'keychain'});
    expect((await run(ROTATE)).code).to.equal(0);
    expect(anchor()).to.deep.equal({id: (await attacker.vaultFile()).key!.id, store: 'keychain'});
    expect((await run([...ROTATE, '--to', 'file'])).code).to.equal(0);
    expect(anchor()).to.equal(null);
    expect((await run(VERIFY)).code).to.equal(0);
  });

  it('H1: a new home where one with a keychain key was removed starts without its anchor', async () => {
    await aKeychainVault();
    await rm(here.world.home.folder, {recursive: true});
    for (const args of [['--key-store', 'file'], [], ['--key-store', 'keychain']]) {
      expect((await here.world.authorize(args, {env: env()})).code).to.equal(0);
      expect((await run(ROTATE)).code).to.equal(0);
      await rm(here.world.home.folder, {recursive: true});
    }
  });

  it('H1: writes, verify and doctor say that the key is in a file although there is a keychain', async () => {
    await here.world.store(20);
    const warning = /in a file next to the records, although there is a keychain/;
    for (const args of [TOKEN, VERIFY, ROTATE]) {
      const {code, stderr} = await run(args);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.match(warning).and.contain('rotate-key --to keychain');
    }
    expect((await run(['doctor'])).stdout).to.match(warning);
    // Whoever asks for the file by name knows.
    expect((await run(ROTATE, {TOOL_KEY_STORE: 'file'})).stderr).to.equal('');
  });

  it('rollback: an older record opens until rotate-key, and discloses nothing', async () => {
    await aKeychainVault();
    const file = join(here.world.home.tokens, 'threads-alice.token');
    const older = await readFile(file);
    const before = await here.world.json(['utils', 'tokens', 'show', '-p', 'threads', '-i', 'alice'], {
      env: env(),
    });
    expect((await run(TOKEN)).code).to.equal(0); // Refreshes.
    await writeFile(file, older);
    const after = await here.world.json(['utils', 'tokens', 'show', '-p', 'threads', '-i', 'alice'], {
      env: env(),
    });
    expect(after.value).to.deep.equal(before.value);
    expect((await run(TOKEN)).code).to.equal(0); // The older token is due, so it is refreshed like any other.
    expect((await run(ROTATE)).code).to.equal(0);
    await writeFile(file, older);
    expect((await run(TOKEN)).code).to.equal(6);
  });

  it('L7: config.json cannot move the first key into a file where there is a keychain', async () => {
    const {folder, configFile} = here.world.home;
    await mkdir(folder, {mode: 0o700});
    await writeFile(configFile, '{"keyStore": "file"}', {mode: 0o600});
    const {code, stderr} = await here.world.authorize([], {env: env({TOOL_KEY_STORE: ''})});
    expect(code, stderr).to.equal(0);
    expect((await new Attacker(here.world).vaultFile()).key!.store).to.equal('keychain');
  });

  it('D7: a login that was given up does not decide where the key stays', async () => {
    const abort = {DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent'};
    for (const args of [[], ['--key-store', 'keychain']]) {
      const aborted = await here.world.startAuthorize(['--timeout', '1'], {env: env(abort)}).ended;
      expect(aborted.code, aborted.stderr).to.equal(8);
      const {code, stderr} = await here.world.authorize(args, {env: env()});
      expect(code, stderr).to.equal(0);
      expect((await new Attacker(here.world).vaultFile()).key!.store).to.equal('keychain');
      expect(existsSync(here.world.home.keyFile)).to.equal(false);
      await rm(here.world.home.folder, {recursive: true});
    }
  });

  it('D7: rotate-key --to a weaker store warns', async () => {
    await aKeychainVault();
    const {code, stderr} = await run([...ROTATE, '--to', 'file']);
    expect(code).to.equal(0);
    expect(stderr).to.contain('Warning: file is a weaker key store than keychain');
  });

  it('D7: rotate-key --to a weaker store asks on a terminal, unless --yes is given', async function () {
    needsPrograms(this, ...TERMINAL_PROGRAMS);
    await aKeychainVault();
    const attacker = new Attacker(here.world);
    const terminal = await Terminal.open(here.world.env(env()));
    const command = [process.execPath, TOOL, ...ROTATE, '--to', 'file'].join(' ');
    terminal.type(`${command}; echo ended $?\n`);
    await terminal.seeing(/Move the key to file\?/);
    terminal.type('n\n');
    await terminal.seeing(/Nothing was changed[\s\S]*ended 0/);
    expect((await attacker.vaultFile()).key!.store).to.equal('keychain');
    terminal.type(`${command} --yes; echo ended $?\n`);
    await terminal.seeing(/Replaced the key[\s\S]*ended 0/);
    expect((await attacker.vaultFile()).key!.store).to.equal('file');
    await terminal.close();
  });

  it("L11: TOOL_KEY_STORE='' is not set, for every command", async () => {
    const empty = {TOOL_KEY_STORE: ''};
    expect((await here.world.authorize([], {env: env(empty)})).code).to.equal(0);
    for (const args of [['threads', 'token'], VERIFY, ROTATE, ['doctor']])
      expect((await run(args, empty)).code, args.join(' ')).to.equal(0);
  });
});
