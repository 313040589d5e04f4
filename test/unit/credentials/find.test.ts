import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome} from '../../../src/config/home.js';
import type {Preferences} from '../../../src/config/preferences.js';
import {
  chooseStored,
  type FoundCredential,
  findCredential,
  notStored,
} from '../../../src/credentials/find.js';
import type {VaultError} from '../../../src/errors.js';
import type {Vault} from '../../../src/vault/vault.js';
import {aCredential, recordName} from '../../support/credential.js';
import {failure} from '../../support/outcome.js';
import {vaultIn, withHome} from '../../support/temporary-home.js';
import {aPlatform, contextWith} from './fake-platform.js';

const TOKEN = 'THAAfake-from-the-environment-0123456789';
const platform = aPlatform();
const preferring = (chosen: string | undefined) => async (): Promise<Preferences> => ({
  default: chosen === undefined ? {} : {threads: chosen},
  refreshWindowDays: 32,
  keyStore: 'auto',
});

interface Cell {
  identifier: string | undefined;
  variables: NodeJS.ProcessEnv;
  stored: number;
  chosen: string | undefined;
}

const IDENTIFIERS = [undefined, 'a', 'missing'];
const TOKENS: NodeJS.ProcessEnv[] = [
  {},
  {THREADS_REFRESH_TOKEN: TOKEN},
  {THREADS_ACCESS_TOKEN: TOKEN},
  {THREADS_REFRESH_TOKEN: ''},
];
const OTHERS: NodeJS.ProcessEnv[] = [
  {},
  {THREADS_APP_ID: '1'},
  {THREADS_APP_ID: '1', THREADS_APP_SECRET: 'fake', THREADS_USER_ID: '7'},
];
const DEFAULTS = [undefined, 'b', 'missing'];

/** The documented order of precedence. */
function expectedOf({identifier, variables, stored, chosen}: Cell): string {
  const names = ['a', 'b'].slice(0, stored);
  if (identifier !== undefined)
    return names.includes(identifier) ? `store ${identifier}` : 'CREDENTIAL_MISSING';
  if (variables.THREADS_REFRESH_TOKEN || variables.THREADS_ACCESS_TOKEN) return 'environment';
  if (stored === 0) return Object.keys(variables).length > 0 ? 'VARIABLE_MISSING' : 'CREDENTIAL_MISSING';
  if (stored === 1) return 'store a';
  if (chosen === undefined) return 'IDENTIFIER_NEEDED';
  return chosen === 'b' ? 'store b' : 'CREDENTIAL_MISSING';
}

describe('choice of a credential', () => {
  const vaults: Vault[] = [];
  const folders: string[] = [];
  before(async () => {
    for (const identifiers of [[], ['a'], ['a', 'b']]) {
      const folder = await mkdtemp(join(tmpdir(), 'sources-'));
      folders.push(folder);
      const vault = vaultIn(findHome({TOOL_HOME: folder}));
      for (const identifier of identifiers) {
        const credential = aCredential({identifier, refresh_token: `THAAfake-${identifier}`});
        await vault.update(credential, async () => credential);
      }
      vaults.push(vault);
    }
  });
  after(() => Promise.all(folders.map(folder => rm(folder, {recursive: true}))));

  async function outcomeOf({identifier, variables, stored, chosen}: Cell): Promise<string> {
    const sources = {
      env: variables,
      vault: vaults[stored]!,
      preferences: preferring(chosen),
    };
    return findCredential(contextWith({platform, ...sources}), identifier).then(
      ({source, credential}) => {
        const token = source.kind === 'store' ? `THAAfake-${source.identifier}` : TOKEN;
        expect(credential.refresh_token).to.equal(token);
        return [source.kind, source.identifier].filter(Boolean).join(' ');
      },
      (error: VaultError) => error.code,
    );
  }

  for (const identifier of IDENTIFIERS)
    for (const token of TOKENS)
      for (const stored of [0, 1, 2])
        it(`${identifier ?? 'no identifier'}, ${JSON.stringify(token)}, ${stored} stored`, async () => {
          for (const others of OTHERS) {
            for (const chosen of DEFAULTS) {
              const cell = {identifier, variables: {...token, ...others}, stored, chosen};
              expect(await outcomeOf(cell), JSON.stringify(cell)).to.equal(expectedOf(cell));
            }
          }
        });
});

/** A vault that fails the test when used. */
const untouchable = new Proxy({} as Vault, {
  get: (_, name) => {
    throw new Error(`the vault's ${String(name)} must not be used`);
  },
});

describe('credential from the environment', () => {
  const find = (env: NodeJS.ProcessEnv, warnings: string[] = []): Promise<FoundCredential> =>
    findCredential(
      contextWith({
        platform,
        env,
        vault: untouchable,
        warn: message => warnings.push(message),
        preferences: () => expect.fail('the preferences must not be read'),
      }),
    );

  it('is used without touching the store, the keychain or the preferences', async () => {
    const warnings: string[] = [];
    const env = {
      THREADS_REFRESH_TOKEN: TOKEN,
      THREADS_APP_ID: '1',
      THREADS_USER_ID: '',
      TOOL_THREADS_API_URL: 'http://127.0.0.1:4567',
    };
    const {credential, source} = await find(env, warnings);
    expect(warnings).to.deep.equal([
      'Using http://127.0.0.1:4567 instead of https://graph.threads.net (TOOL_THREADS_API_URL).',
    ]);
    expect(credential).to.include({refresh_token: TOKEN, api_url: 'http://127.0.0.1:4567', app_id: '1'});
    expect(source).to.deep.equal({
      kind: 'environment',
      identifier: null,
      variables: {found: ['THREADS_REFRESH_TOKEN', 'THREADS_APP_ID'], empty: ['THREADS_USER_ID']},
    });
  });

  it('with an invalid token is a usage error and is not ignored', async () => {
    expect((await failure(find({THREADS_REFRESH_TOKEN: 'a b'}))).code).to.equal('USAGE');
  });
});

describe('finding a credential', () => {
  const find = (vault: Vault, env: NodeJS.ProcessEnv, identifier?: string, chosen?: string) =>
    findCredential(contextWith({platform, env, vault, preferences: preferring(chosen)}), identifier);
  const withStored = (identifiers: string[], use: (vault: Vault) => Promise<unknown>) =>
    withHome(async home => {
      for (const identifier of identifiers)
        await vaultIn(home).update(recordName(identifier), async () => aCredential({identifier}));
      await use(vaultIn(home));
    });

  it(
    'names both next steps when there is no credential',
    withStored([], async vault => {
      const outcome = await failure(find(vault, {}));
      expect(outcome).to.include({code: 'CREDENTIAL_MISSING', exitCode: 3});
      expect(outcome.suggestions.join())
        .to.include('tool threads authorize')
        .and.include('THREADS_REFRESH_TOKEN');
    }),
  );

  it(
    'names the variables that are set, empty and missing',
    withStored([], async vault => {
      const partial = await failure(find(vault, {THREADS_APP_ID: '1', THREADS_APP_SECRET: 'fake'}));
      expect(partial).to.include({code: 'VARIABLE_MISSING', exitCode: 3});
      expect(partial.message).to.include('THREADS_APP_ID, THREADS_APP_SECRET are set');
      expect(partial.message).to.include('THREADS_REFRESH_TOKEN is missing').and.not.include('empty');
      const empty = await failure(find(vault, {THREADS_REFRESH_TOKEN: '', THREADS_USER_ID: '7'}));
      expect(empty.message)
        .to.include('THREADS_USER_ID is set')
        .and.include('THREADS_REFRESH_TOKEN is set but empty');
      for (const value of ['fake', '7'])
        expect(partial.message + empty.message).not.to.match(new RegExp(`\\b${value}\\b`));
    }),
  );

  it(
    'lists what is stored when a choice is needed, and how to make it',
    withStored(['a', 'b'], async vault => {
      const outcome = await failure(find(vault, {}));
      expect(outcome).to.include({code: 'IDENTIFIER_NEEDED', exitCode: 2});
      expect(outcome.message).to.include('a, b');
      expect(outcome.suggestions.join()).to.include('--identifier a').and.include('tokens use');
    }),
  );

  it(
    'also names partly set variables when a choice is needed',
    withStored(['a', 'b'], async vault => {
      const {message} = await failure(find(vault, {THREADS_APP_ID: '1', THREADS_REFRESH_TOKEN: ''}));
      expect(message).to.include('a, b').and.include('THREADS_APP_ID is set');
      expect(message).to.include('THREADS_REFRESH_TOKEN is set but empty');
    }),
  );

  it(
    'lists what is stored when the requested or default credential is not',
    withStored(['a', 'b'], async vault => {
      const requested = await failure(find(vault, {}, 'missing'));
      const byDefault = await failure(find(vault, {}, undefined, 'missing'));
      for (const outcome of [requested, byDefault]) {
        expect(outcome).to.include({code: 'CREDENTIAL_MISSING', exitCode: 3});
        expect(outcome.message).to.include('missing').and.include('a, b');
      }
      expect(requested.suggestions.join()).to.include('--identifier missing');
      expect(byDefault.message).to.include('default');
      expect(byDefault.suggestions.join()).to.include('tokens use');
    }),
  );

  it(
    'refuses an invalid or empty identifier',
    withStored(['a'], async vault => {
      for (const identifier of ['', '../a', '.a', 'a/b'])
        expect((await failure(find(vault, {}, identifier))).code).to.equal('IDENTIFIER_INVALID');
      expect((await failure(find(vault, {}, '../a', 'a'))).code).to.equal('IDENTIFIER_INVALID');
    }),
  );

  it(
    'reports variables that are set but not used',
    withStored(['a'], async vault => {
      const {source} = await find(vault, {THREADS_REFRESH_TOKEN: TOKEN}, 'a');
      expect(source).to.deep.equal({
        kind: 'store',
        identifier: 'a',
        variables: {found: ['THREADS_REFRESH_TOKEN'], empty: []},
      });
    }),
  );

  it('does not list thousands of names', () => {
    const names = Array.from({length: 10_000}, (_, index) => `account${index}`);
    const {message} = notStored('threads', 'missing', names);
    expect(message).to.include('account9 and 9990 more').and.not.include('account10');
  });
});

describe('default credential', () => {
  const named = (...names: string[]) => ({names: async () => names}) as unknown as Vault;
  const choose = (names: string[], chosen?: string) =>
    chooseStored({platform: platform.name, vault: named(...names), preferences: preferring(chosen)});

  it('is read only when several credentials are stored', async () => {
    const unexpected = () => expect.fail('the default must not be read');
    expect(await chooseStored({platform: platform.name, vault: named(), preferences: unexpected})).to.equal(
      undefined,
    );
    expect(
      await chooseStored({platform: platform.name, vault: named('a'), preferences: unexpected}),
    ).to.equal('a');
  });

  it('is used among several; without it an identifier is required', async () => {
    expect(await choose(['a', 'b'], 'b')).to.equal('b');
    expect((await failure(choose(['a', 'b']))).code).to.equal('IDENTIFIER_NEEDED');
  });
});
