import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {findHome} from '../../../src/config/home.js';
import {checkLock} from '../../../src/doctor/lock.js';
import {checkNode, checkProgram} from '../../../src/doctor/program.js';
import {checkSettings} from '../../../src/doctor/settings.js';
import {checkVariables} from '../../../src/doctor/variables.js';
import {VaultError} from '../../../src/errors.js';
import {withHome} from '../../support/temporary-home.js';
import {situationIn, told} from './situation.js';

const nowhere = findHome({TOOL_HOME: '/nowhere'});

describe('doctor: the program', () => {
  it('is named with the versions of Node and the system', async () => {
    expect(await told(checkProgram, situationIn(nowhere))).to.deep.equal([
      `ok tool 0.1.0 on Node ${process.versions.node}, ${process.platform} ${process.arch}.`,
    ]);
  });

  it('needs a recent Node', () => {
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '100.1.0']) checkNode(version);
    for (const version of ['20.9.0', '18.20.4', '9.0.0'])
      expect(() => checkNode(version)).to.throw(VaultError, /too old/);
  });
});

describe('doctor: the lock', () => {
  it(
    'is the library or the program chosen before, and nothing is locked by the check',
    withHome(async home => {
      expect(await told(checkLock, situationIn(home))).to.deep.equal(['ok The lock library loads.']);
      expect(await readdir(home.folder)).to.deep.equal([]);
      const locks = join(home.tokens, '.locks');
      await mkdir(locks, {recursive: true, mode: 0o700});
      await writeFile(join(locks, 'method'), 'command\n', {mode: 0o600});
      const [bin, flock] = [join(home.folder, 'bin'), join(home.folder, 'bin/flock')];
      expect((await told(checkLock, situationIn(home, {PATH: `/nowhere:${bin}`})))[0]).to.match(
        /^error 2 .*flock/,
      );
      await mkdir(bin);
      await writeFile(flock, '');
      await chmod(flock, 0o755);
      expect((await told(checkLock, situationIn(home, {PATH: `/nowhere:${bin}`})))[0]).to.match(
        /^note .*flock/,
      );
    }),
  );
});

describe('doctor: the variables', () => {
  const toldOf = (env: Record<string, string>) =>
    told(checkVariables, situationIn(nowhere, {TOOL_HOME: undefined, ...env}));

  it('may all be unset', async () => {
    expect(await toldOf({PATH: '/bin'})).to.deep.equal(['ok No THREADS_* or TOOL_* variable is set.']);
  });

  it('are listed by name, without their values', async () => {
    const remarks = await toldOf({
      THREADS_APP_ID: 'CANARY',
      THREADS_APP_SECRET: 'CANARY',
      TOOL_BROWSER: 'CANARY',
      TOOL_KEYSTORE: 'CANARY',
      HTTPS_PROXY: 'http://CANARY@proxy',
    });
    expect(remarks).to.have.length(3);
    expect(remarks[0]).to.equal('ok Set: THREADS_APP_ID, THREADS_APP_SECRET, TOOL_BROWSER.');
    expect(remarks[1]).to.match(/^note .*TOOL_KEYSTORE/);
    expect(remarks[2]).to.match(/^note HTTPS_PROXY: .*NODE_USE_ENV_PROXY/);
    expect(remarks.join()).not.to.contain('CANARY');
  });

  it('include all that the program reads', async () => {
    const src = join(import.meta.dirname, '../../../src');
    const files = (await readdir(src, {recursive: true})).filter(name => name.endsWith('.ts'));
    const texts = await Promise.all(files.map(name => readFile(join(src, name), 'utf8')));
    const read = /(?:toolVariable|readSeconds|readVariable)\('([A-Z_]+)'/g;
    const names = texts.flatMap(text => [...text.matchAll(read)].map(([, name]) => `TOOL_${name}`));
    expect(names).to.include.members(['TOOL_HOME', 'TOOL_KEYCHAIN_TIMEOUT', 'TOOL_VAULT_PASSPHRASE']);
    expect(await toldOf(Object.fromEntries(names.map(name => [name, 'x'])))).to.have.length(1);
  });

  it('cause a warning if empty, or if they need a token that is not set', async () => {
    const remarks = await toldOf({THREADS_REFRESH_TOKEN: ' ', THREADS_USER_ID: '1', TOOL_HOME: ''});
    expect(remarks.slice(1)).to.deep.equal([
      'warning Set but empty, so ignored: THREADS_REFRESH_TOKEN, TOOL_HOME.',
      'warning No effect without THREADS_REFRESH_TOKEN: THREADS_USER_ID.',
    ]);
    expect(await toldOf({THREADS_ACCESS_TOKEN: 'x', THREADS_USER_ID: '1'})).to.have.length(1);
  });

  it('cause a warning if they turn off certificate checks', async () => {
    expect((await toldOf({NODE_TLS_REJECT_UNAUTHORIZED: '0'}))[1]).to.match(/^warning NODE_TLS/);
    expect(await toldOf({NODE_TLS_REJECT_UNAUTHORIZED: '1'})).to.have.length(1);
  });

  it('cause no note about a proxy that Node is told to use', async () => {
    expect(await toldOf({HTTPS_PROXY: 'http://proxy', NODE_USE_ENV_PROXY: '1'})).to.have.length(1);
  });
});

describe('doctor: the settings', () => {
  it(
    'are the defaults, or those of a valid config.json',
    withHome(async home => {
      expect(await told(checkSettings, situationIn(home))).to.deep.equal([
        'ok No config.json: defaults are used.',
      ]);
      await writeFile(home.configFile, '{"refreshWindowDays": 20}', {mode: 0o600});
      expect(await told(checkSettings, situationIn(home))).to.deep.equal(['ok config.json is valid.']);
    }),
  );

  it(
    'are an error each if invalid, without the value',
    withHome(async home => {
      await writeFile(home.configFile, '{"keyStore": "CANARY"}', {mode: 0o600});
      const wrong = async () => {
        throw new VaultError('CONFIG_INVALID', 'TOOL_KEY_STORE does not name a key store.');
      };
      const env = {TOOL_THREADS_API_URL: 'http://CANARY.example'};
      const remarks = await told(checkSettings, {
        ...situationIn(home, env),
        keyStore: wrong,
        settings: [wrong],
      });
      expect(remarks[0]).to.match(/^error 2 .*config\.json is invalid/);
      expect(remarks[1]).to.equal('error 2 TOOL_KEY_STORE does not name a key store.');
      expect(remarks[2]).to.match(/^error 2 TOOL_THREADS_API_URL is not an address/);
      expect(remarks.join()).not.to.contain('CANARY');
    }),
  );
});
