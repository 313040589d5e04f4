import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Finding} from '../../src/doctor/doctor.js';
import {loopbackCertificate} from '../../src/oauth/certificate.js';
import {newKey} from '../../src/vault/keys/key.js';
import {aCredential} from '../support/credential.js';
import {startKeyring, worldWithKeyring} from '../support/keyring.js';
import {secretsIn} from '../support/secrets.js';
import {World} from '../support/world.js';

const CANARY = 'CANARY-0123456789';
const DAY = 24 * 60 * 60 * 1000;

/** Lists everything in a folder: mode, modification time and content. */
async function inventoryOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, {recursive: true});
  const entries = ['.', ...names].map(async name => {
    const path = join(folder, name);
    const stats = await lstat(path);
    const content = stats.isSymbolicLink()
      ? await readlink(path)
      : stats.isFile()
        ? await readFile(path, 'base64')
        : 'folder';
    // The probe of a write changes the modification time of folders, and nothing else.
    return [name, [stats.mode.toString(8), stats.isFile() && stats.mtimeMs, content].join(' ')];
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe('doctor', () => {
  let world: World;
  let other: Server;
  beforeEach(async () => {
    world = await World.create();
    other = createServer();
  });
  afterEach(async () => {
    other.closeAllConnections();
    other.close();
    await world.destroy();
  });

  /** Runs doctor and checks what always holds: one document, nothing changed, no secret shown. */
  async function diagnose(env: Record<string, string> = {}) {
    const {folder} = world.home;
    const before = existsSync(folder) ? await inventoryOf(folder) : undefined;
    const {code, value, stderr} = await world.json(['doctor'], {env});
    expect(stderr).to.equal('');
    expect(existsSync(folder) ? await inventoryOf(folder) : undefined).to.deep.equal(before);
    const tokens = Object.fromEntries(
      world.sandbox.issued().map((token, index) => [`token ${index}`, token]),
    );
    const secrets = {...tokens, app_secret: aCredential().app_secret!, canary: CANARY};
    expect(secretsIn(JSON.stringify(value), secrets)).to.deep.equal([]);
    expect(value).to.have.all.keys('findings', 'verdict', 'exit_code');
    expect(value.exit_code).to.equal(code);
    const findings = value.findings as Finding[];
    for (const finding of findings) {
      expect(finding).to.have.all.keys('check', 'level', 'message', 'suggestions', 'exit_code');
    }
    const errors = findings.filter(({level}) => level === 'error');
    return {
      code,
      verdict: value.verdict as string,
      findings,
      of: (check: string) => findings.filter(finding => finding.check === check),
      errors: errors.map(({check, exit_code}) => `${check} ${exit_code}`),
    };
  }

  const write = (path: string, text: string) => writeFile(path, text, {mode: 0o600});
  const record = (name: string) => join(world.home.tokens, `threads-${name}.token`);

  it('finds no problem in a healthy home', async () => {
    await world.store(50);
    await loopbackCertificate(world.home.tls);
    const {code, errors, of} = await diagnose();
    expect(errors).to.deep.equal([]);
    expect(code).to.equal(0);
    for (const check of [
      'program',
      'home',
      'settings',
      'key',
      'records',
      'clock',
      'certificate',
      'credential',
    ]) {
      expect(
        of(check).map(({level}) => level),
        check,
      ).to.deep.equal(['ok']);
    }
    expect(of('credential')[0]!.message).to.match(/^Commands use alice, the only one stored/);
  });

  it('prints the same as text: a line per finding, suggestions below, and a verdict', async () => {
    await world.store(-1);
    await write(record('bad'), CANARY);
    const {findings, verdict} = await diagnose();
    const {code, stdout, stderr} = await world.run(['doctor']);
    expect({code, stderr}).to.deep.equal({code: 6, stderr: ''});
    const marks = {ok: '✓', note: '·', warning: '!', error: '✗'};
    const expected = findings.flatMap(({check, level, message, suggestions}, index) => [
      `${marks[level]} ${level.padEnd(9)}${(findings[index - 1]?.check === check ? '' : check).padEnd(13)}${message}`,
      ...suggestions.map(each => `${' '.repeat(26)}${each}`),
    ]);
    expect(stdout.split('\n')).to.deep.equal([...expected, '', verdict, '']);
    expect(verdict).to.match(/^2 errors, \d warnings?\.$/);
  });

  it('creates nothing if there is no home yet, which is not an error', async () => {
    const {code, of} = await diagnose();
    expect(code).to.equal(0);
    expect(of('home')[0]).to.include({level: 'note'});
    expect(of('credential')[0]).to.include({level: 'note'});
    expect(existsSync(world.home.folder)).to.equal(false);
  });

  it('says that a token in the environment is used', async () => {
    await world.store(50);
    const {code, of} = await diagnose({THREADS_REFRESH_TOKEN: CANARY});
    expect(code).to.equal(0);
    expect(of('credential')[0]!.message).to.contain('the token in THREADS_REFRESH_TOKEN');
    expect(of('variables')[0]!.message).to.contain('THREADS_REFRESH_TOKEN');
  });

  const broken: [what: string, make: () => Promise<unknown>, errors: string[]][] = [
    ['a folder that others can open', () => chmod(world.home.folder, 0o755), ['home 6', 'key 6']],
    ['a key file that others can open', () => chmod(world.home.keyFile, 0o640), ['home 6', 'key 6']],
    [
      'a link in place of the records',
      async () => {
        await rename(world.home.tokens, join(world.folder, 'elsewhere'));
        await symlink(join(world.folder, 'elsewhere'), world.home.tokens);
      },
      ['home 6', 'records 6', 'credential 6'],
    ],
    ['a damaged record', () => write(record('alice'), CANARY), ['records 6', 'credential 6']],
    ['a missing key', () => rm(world.home.keyFile), ['key 5']],
    [
      'the wrong key',
      async () => {
        const k = Buffer.from(newKey().bytes).toString('base64url');
        const text = await readFile(world.home.keyFile, 'utf8');
        await write(world.home.keyFile, text.replace(/"k":"[^"]+"/, `"k":"${k}"`));
      },
      ['key 5'],
    ],
    [
      'an invalid config.json',
      () => write(world.home.configFile, '{"default": "CANARY-0123456789"'),
      ['settings 2'],
    ],
    ['an invalid vault.json', () => write(world.home.vaultFile, '{"version": 1}{'), ['key 2']],
    ['a missing vault.json', () => rm(world.home.vaultFile), ['key 5']],
    ['an expired credential', () => world.store(-1), ['credential 4']],
    ['several credentials without a default', () => world.store(50, {identifier: 'bob'}), ['credential 2']],
  ];
  for (const [what, make, expected] of broken)
    it(`finds ${what}`, async () => {
      await world.store(50);
      await make();
      const {code, errors} = await diagnose();
      expect(errors).to.deep.equal(expected);
      expect(code).to.equal(Math.max(...expected.map(each => Number(each.split(' ')[1]))));
    });

  const settings: [env: Record<string, string>, errors: string[]][] = [
    [{TOOL_KEY_STORE: CANARY}, ['settings 2', 'key 2']],
    [{TOOL_KEYCHAIN_TIMEOUT: CANARY}, ['settings 2']],
    [{TOOL_THREADS_API_URL: 'http://CANARY-0123456789.example'}, ['settings 2', 'clock 2', 'credential 2']],
    [{THREADS_USER_ID: '1', THREADS_APP_SECRET: CANARY}, ['credential 3']],
    [{THREADS_REFRESH_TOKEN: ''}, ['credential 3']],
    [{THREADS_REFRESH_TOKEN: 'x', THREADS_TOKEN_EXPIRES_AT: '2020-01-01T00:00:00Z'}, ['credential 4']],
  ];
  for (const [env, expected] of settings)
    it(`finds the problem with ${Object.keys(env).join(' and ')}`, async () => {
      const {errors, code} = await diagnose(env);
      expect(errors).to.deep.equal(expected);
      expect(code).to.equal(Number(expected[0]!.split(' ')[1]));
    });

  it('warns about what may cause trouble later, and exits with 0', async () => {
    await world.store(50);
    await write(join(world.home.tokens, 'notes.txt'), '');
    const abandoned = join(world.home.tokens, '.a.0123456789abcdef.tmp');
    await write(abandoned, '');
    await utimes(abandoned, 0, 0);
    await mkdir(world.home.tls, {mode: 0o700});
    await loopbackCertificate(world.home.tls, new Date(Date.now() - 91 * DAY));
    const {code, of, verdict} = await diagnose({
      TOOL_THREADS_API_URL: 'http://127.0.0.1:9',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      HTTPS_PROXY: 'http://user:CANARY-0123456789@proxy',
    });
    expect(code).to.equal(0);
    for (const check of ['clock', 'certificate']) expect(of(check)[0]!.level, check).to.equal('warning');
    expect(of('records')[1]!.level).to.equal('warning');
    expect(of('variables').map(({level}) => level)).to.deep.equal(['ok', 'warning', 'note']);
    expect(verdict).to.match(/^\d warnings\.$/);
  });

  it('notices that another program uses the callback port', async () => {
    other.listen(3456, '127.0.0.1');
    // If the port is already taken, that is the other program.
    await once(other, 'listening').catch(() => {});
    const {code, of} = await diagnose();
    expect(code).to.equal(0);
    expect(of('port')[0]!.level).to.equal('warning');
    expect(of('port')[0]!.message).to.contain('Could not listen on localhost, port 3456');
  });

  for (const [minutes, level, expected] of [
    [5, 'warning', 0],
    [-30, 'error', 7],
  ] as const)
    it(`compares the clock with that of the service: ${minutes} minutes are ${level === 'error' ? 'an' : 'a'} ${level}`, async () => {
      other.on('request', (_request, response) => {
        response.setHeader('date', new Date(Date.now() + minutes * 60_000).toUTCString());
        response.end();
      });
      other.listen(0, '127.0.0.1');
      await once(other, 'listening');
      const {port} = other.address() as AddressInfo;
      const {code, of} = await diagnose({TOOL_THREADS_API_URL: `http://127.0.0.1:${port}`});
      expect(of('clock')[0]).to.include({level, exit_code: expected});
      expect(code).to.equal(expected);
    });
});

describe('doctor with a real Secret Service', () => {
  const here = worldWithKeyring();

  async function key(
    env: Record<string, string> = here.keyring.env,
  ): Promise<{finding: Finding; code: number | null; seconds: number}> {
    const started = Date.now();
    const {code, value} = await here.world.json(['doctor'], {env: {TOOL_KEY_STORE: 'auto', ...env}});
    const finding = value.findings.find(({check}: Finding) => check === 'key');
    return {finding, code, seconds: (Date.now() - started) / 1000};
  }

  it('says that the first key would go there, and stores none', async () => {
    const {finding, code} = await key();
    expect(finding.message).to.contain('into the OS keychain');
    expect(code).to.equal(0);
    expect(existsSync(here.world.home.folder)).to.equal(false);
  });

  it('finds the key there, or an error if the keychain is locked, silent, absent, or has lost it', async () => {
    const {appId: THREADS_APP_ID, appSecret: THREADS_APP_SECRET} = here.world.sandbox;
    const env = {...here.keyring.env, TOOL_KEY_STORE: 'auto', THREADS_APP_ID, THREADS_APP_SECRET};
    expect((await here.world.authorize([], {env})).code).to.equal(0);
    expect((await key()).finding).to.include({
      level: 'ok',
      message: 'Key found (keychain).',
    });

    const {finding: absent, code} = await key({});
    expect(absent).to.include({level: 'error', exit_code: 5});
    expect(absent.message).to.contain('no keychain');
    expect(code).to.equal(5);

    here.keyring.silence();
    const silent = await key();
    here.keyring.resume();
    expect(silent.finding.message).to.contain('does not respond');
    expect(silent.code).to.equal(5);
    expect(silent.seconds).to.be.below(30); // It does not wait for the timeout of a D-Bus call.

    here.keyring.lock();
    const locked = await key();
    expect(locked.finding).to.include({level: 'error', message: 'The keychain is locked.'});
    expect(locked.code).to.equal(5);

    const other = await startKeyring();
    const lost = await key(other.env);
    await other.close();
    expect(lost.finding.message).to.contain('no longer in the OS keychain');
    expect(lost.code).to.equal(5);
    expect(existsSync(here.world.home.keyFile)).to.equal(false);
  });
});
