import {existsSync} from 'node:fs';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {inspect} from 'node:util';
import {expect} from 'chai';
import type {Home} from '../../../src/config/home.js';
import type {VaultError} from '../../../src/errors.js';
import {openVault, type Vault} from '../../../src/library/vault.js';
import {aCredential, recordName} from '../../support/credential.js';
import {secretsIn} from '../../support/secrets.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {failure} from '../oauth/support.js';

const ENV = {TOOL_KEY_STORE: 'file'};
const REF = recordName('my.account');
const TOKEN = 'THAAfake-token-from-elsewhere-0123456789';

/** Runs `use` with the vault of an empty home. */
const withVault = (use: (vault: Vault, home: Home) => Promise<unknown>) =>
  withHome(async home => use(await openVault({home: home.folder, env: ENV}), home));

/** Passes a value to the library without type checks, as JavaScript does. */
// biome-ignore lint/suspicious/noExplicitAny: values from JavaScript have no type
const untyped = (value: unknown): any => value;

describe('opening a vault with the library', () => {
  it('creates no files', async () => {
    await withHome(async home => {
      const folder = join(home.folder, 'not-there');
      const vault = await openVault({home: folder, env: ENV});
      expect(await vault.list()).to.deep.equal([]);
      expect(await vault.read(REF)).to.equal(undefined);
      expect(existsSync(folder)).to.equal(false);
    })();
  });

  it('finds the home in the same way as the commands', async () => {
    await withHome(async home => {
      await vaultIn(home).update(REF, async () => aCredential());
      const vault = await openVault({env: {...ENV, TOOL_HOME: home.folder}});
      expect((await vault.list()).map(({identifier}) => identifier)).to.deep.equal(['my.account']);
    })();
  });

  for (const [what, env, keyStore] of [
    ['an unknown key store', {}, 'cupboard'],
    ['an unknown key store in the variable', {TOOL_KEY_STORE: 'cupboard'}, undefined],
    ['a timeout that is not a number', {TOOL_LOCK_TIMEOUT: 'soon'}, undefined],
  ] as const) {
    it(
      `refuses ${what}`,
      withHome(async home => {
        const opening = openVault({home: home.folder, env, keyStore: untyped(keyStore)});
        expect((await failure(opening)).code).to.equal('CONFIG_INVALID');
      }),
    );
  }

  it(
    'creates the first key in the key store named in config.json',
    withHome(async home => {
      await writeFile(home.configFile, JSON.stringify({keyStore: 'file'}), {mode: 0o600});
      const warnings: string[] = [];
      const vault = await openVault({
        home: home.folder,
        env: {},
        onWarning: warning => warnings.push(warning),
      });
      await vault.update(REF, () => ({refresh_token: TOKEN}));
      expect(existsSync(home.keyFile)).to.equal(true);
      expect(warnings.join()).to.include('file next to the records');
    }),
  );

  it(
    'reads the passphrase of a vault from the variables and never prompts',
    withHome(async home => {
      const passphrase = {TOOL_VAULT_PASSPHRASE: 'fake passphrase for a test'};
      const open = (env: object) =>
        openVault({home: home.folder, env: {TOOL_KEY_STORE: 'passphrase', ...env}});
      await (await open(passphrase)).update(REF, () => ({refresh_token: TOKEN}));
      expect((await (await open(passphrase)).read(REF))!.refresh_token).to.equal(TOKEN);
      expect((await failure((await open({})).read(REF))).code).to.equal('PASSPHRASE_MISSING');
    }),
  );

  it(
    'shows no key and no token when it is printed',
    withVault(async vault => {
      await vault.update(REF, () => ({refresh_token: TOKEN}));
      await vault.read(REF);
      const shown = inspect(vault, {depth: Infinity, showHidden: true}) + JSON.stringify(vault);
      expect(secretsIn(shown, {TOKEN})).to.deep.equal([]);
      expect(shown).not.to.match(/Uint8Array|Buffer|Keys/);
    }),
  );

  it('wraps any other exception in an error without its message', async () => {
    const env = new Proxy(
      {},
      {
        get: () => {
          throw new Error(TOKEN);
        },
      },
    );
    const error = await failure(openVault({env}));
    expect(error.code).to.equal('INTERNAL');
    expect(secretsIn(inspect(error), {TOKEN})).to.deep.equal([]);
  });
});

describe('credentials in a vault of the library', () => {
  it(
    'are shared with the commands',
    withVault(async (vault, home) => {
      await vaultIn(home).update(REF, async () => aCredential());
      expect(await vault.read(REF)).to.deep.equal(aCredential());
      const [entry] = await vault.list();
      expect(entry).to.include({...REF, username: 'my.account', status: 'expired', is_default: false});
      expect(secretsIn(inspect(entry), {token: aCredential().refresh_token})).to.deep.equal([]);

      await vault.update(REF, current => ({...current!, username: 'renamed'}));
      expect(await vaultIn(home).read(REF)).to.deep.equal(aCredential({username: 'renamed'}));

      await vault.remove(REF);
      expect(await vaultIn(home).read(REF)).to.equal(undefined);
    }),
  );

  it(
    'are completed: unknown fields are null, and the service is the one that commands talk to',
    withHome(async home => {
      const vault = await openVault({
        home: home.folder,
        env: {...ENV, TOOL_THREADS_API_URL: 'http://127.0.0.1:4567'},
      });
      const stored = await vault.update(REF, async () => ({
        refresh_token: TOKEN,
        expires_at: '2027-01-19T11:00:00+01:00',
      }));
      const nothing = Object.fromEntries(Object.keys(aCredential()).map(name => [name, null]));
      expect(stored).to.deep.equal({
        ...nothing,
        ...REF,
        refresh_token: TOKEN,
        expires_at: '2027-01-19T10:00:00.000Z',
        api_url: 'http://127.0.0.1:4567',
      });
    }),
  );

  it(
    'are stored under the given name, whatever the fields say',
    withVault(async vault => {
      await vault.update(REF, () => aCredential({identifier: 'another', platform: 'another'}));
      expect((await vault.list()).map(({platform, identifier}) => [platform, identifier])).to.deep.equal([
        ['threads', 'my.account'],
      ]);
    }),
  );

  it(
    'stay unchanged when the change returns nothing',
    withVault(async vault => {
      await vault.update(REF, () => aCredential());
      expect(await vault.update(REF, () => undefined)).to.deep.equal(aCredential());
      expect(await vault.update({...REF, identifier: 'none'}, () => undefined)).to.equal(undefined);
      expect(await vault.list()).to.have.length(1);
    }),
  );

  it(
    'stay unchanged when the change throws, and its error is passed on',
    withVault(async vault => {
      await vault.update(REF, () => aCredential());
      for (const fault of [new TypeError('theirs'), 'a text', undefined]) {
        const outcome = await vault
          .update(REF, async () => {
            throw fault;
          })
          .then(
            () => expect.fail('no error'),
            error => ({error}),
          );
        expect(outcome.error).to.equal(fault);
      }
      expect(await vault.read(REF)).to.deep.equal(aCredential());
    }),
  );

  it(
    'keep every one of many concurrent changes',
    withVault(async (vault, home) => {
      await vault.update(REF, () => aCredential({scopes: []}));
      const another = await openVault({home: home.folder, env: ENV});
      const names = Array.from({length: 10}, (_, number) => `threads_scope_${number}`);
      await Promise.all(
        names.map((name, index) =>
          (index % 2 ? vault : another).update(REF, current => ({
            ...current!,
            scopes: [...current!.scopes!, name],
          })),
        ),
      );
      expect((await vault.read(REF))!.scopes).to.have.members(names);
    }),
  );

  for (const [what, fields] of [
    ['no token', {username: 'a'}],
    ['an unknown field', {refresh_token: TOKEN, [TOKEN]: TOKEN}],
  ] as const) {
    it(
      `refuse ${what} and stay unchanged`,
      withVault(async vault => {
        await vault.update(REF, () => aCredential());
        expect((await failure(vault.update(REF, () => untyped(fields)))).code).to.equal('USAGE');
        expect(await vault.read(REF)).to.deep.equal(aCredential());
      }),
    );
  }

  for (const [what, ref, code] of [
    [
      'a name that points outside the folder',
      {platform: 'threads', identifier: '../../stolen'},
      'IDENTIFIER_INVALID',
    ],
    ['a platform that points outside the folder', {platform: '../../x', identifier: 'a'}, 'USAGE'],
    ['no name', {platform: 'threads'}, 'IDENTIFIER_INVALID'],
    ['no platform', {identifier: 'a'}, 'USAGE'],
    ['nothing', undefined, 'USAGE'],
  ] as const) {
    it(
      `cannot be accessed with ${what}`,
      withVault(async (vault, home) => {
        const before = await readdir(dirname(home.folder));
        const attempts: Promise<unknown>[] = [
          vault.read(untyped(ref)),
          vault.update(untyped(ref), () => ({refresh_token: TOKEN})),
          vault.remove(untyped(ref)),
        ];
        for (const attempt of attempts) expect((await failure(attempt)).code).to.equal(code);
        expect(await readdir(home.folder)).to.deep.equal([]);
        expect((await readdir(dirname(home.folder))).filter(name => !before.includes(name))).to.deep.equal(
          [],
        );
      }),
    );
  }

  it(
    'are listed with their error when damaged, and can be removed',
    withVault(async (vault, home) => {
      await vault.update(REF, () => aCredential());
      const path = join(home.tokens, 'threads-my.account.token');
      await writeFile(path, 'damaged', {mode: 0o600});
      const [entry] = await vault.list();
      expect(entry).to.include({status: 'unreadable'});
      expect((entry!.error as VaultError).code).to.equal('RECORD_DAMAGED');
      expect((await failure(vault.read(REF))).code).to.equal('RECORD_DAMAGED');
      expect((await failure(vault.update(REF, () => aCredential()))).code).to.equal('RECORD_DAMAGED');
      expect(await readFile(path, 'utf8')).to.equal('damaged');
      await vault.remove(REF);
      expect(existsSync(path)).to.equal(false);
    }),
  );
});
