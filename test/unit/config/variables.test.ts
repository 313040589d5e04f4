import {expect} from 'chai';
import {platformVariable, readEnvironment, variablesFound} from '../../../src/config/variables.js';
import {VaultError} from '../../../src/errors.js';
import {threads} from '../../../src/platforms/threads/threads.js';

const API = 'https://graph.threads.net';
const TOKEN = 'THAAfake-token-0123456789abcdef';
const read = (env: NodeJS.ProcessEnv) => readEnvironment({platform: threads.name, env, apiUrl: API});

async function refusal(env: NodeJS.ProcessEnv): Promise<VaultError> {
  try {
    return expect.fail(`was taken: ${await read(env)}`);
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}

describe('environment', () => {
  it('holds a whole credential', async () => {
    const env = {
      THREADS_REFRESH_TOKEN: TOKEN,
      THREADS_APP_ID: '1234567890',
      THREADS_APP_SECRET: 'fake-app-secret',
      THREADS_USER_ID: '26139168152370559',
      THREADS_TOKEN_EXPIRES_AT: '2027-01-19T10:00:00Z',
    };
    expect(await read(env)).to.deep.equal({
      platform: 'threads',
      identifier: 'environment',
      app_id: '1234567890',
      app_secret: 'fake-app-secret',
      refresh_token: TOKEN,
      access_token: null,
      access_expires_at: null,
      user_id: '26139168152370559',
      username: null,
      scopes: null,
      issued_at: null,
      expires_at: '2027-01-19T10:00:00.000Z',
      data_access_expires_at: null,
      refreshed_at: null,
      redirect_uri: null,
      api_url: API,
    });
  });

  it('needs nothing but the token', async () => {
    expect(await read({THREADS_REFRESH_TOKEN: TOKEN})).to.include({
      refresh_token: TOKEN,
      access_token: null,
      access_expires_at: null,
      app_id: null,
      app_secret: null,
      user_id: null,
      expires_at: null,
    });
  });

  it('takes the token by its name in ThreadsPipe’s files, after its own', async () => {
    expect((await read({THREADS_ACCESS_TOKEN: TOKEN}))!.refresh_token).to.equal(TOKEN);
    expect(
      (await read({THREADS_ACCESS_TOKEN: 'other', THREADS_REFRESH_TOKEN: TOKEN}))!.refresh_token,
    ).to.equal(TOKEN);
    expect((await read({THREADS_ACCESS_TOKEN: TOKEN, THREADS_REFRESH_TOKEN: ' '}))!.refresh_token).to.equal(
      TOKEN,
    );
  });

  it('holds none without a token, whatever else is set', async () => {
    expect(await read({})).to.equal(undefined);
    expect(await read({THREADS_REFRESH_TOKEN: ''})).to.equal(undefined);
    expect(await read({THREADS_REFRESH_TOKEN: ' \n'})).to.equal(undefined);
    expect(await read({THREADS_APP_ID: '1', THREADS_APP_SECRET: 'x', THREADS_USER_ID: '1'})).to.equal(
      undefined,
    );
    expect(await read({FACEBOOK_REFRESH_TOKEN: TOKEN, threads_refresh_token: TOKEN})).to.equal(undefined);
  });

  it('is read without the blanks and line ends that files leave around it', async () => {
    const env = {
      THREADS_REFRESH_TOKEN: ` ${TOKEN}\r\n`,
      THREADS_APP_ID: '\t1\n',
      THREADS_APP_SECRET: ' fake ',
      THREADS_USER_ID: '7 ',
      THREADS_TOKEN_EXPIRES_AT: ' 2027-01-19 ',
    };
    expect(await read(env)).to.include({
      refresh_token: TOKEN,
      access_token: null,
      access_expires_at: null,
      app_id: '1',
      app_secret: 'fake',
      user_id: '7',
      expires_at: '2027-01-19T00:00:00.000Z',
    });
  });

  it('takes what is set but empty as missing', async () => {
    const empty = {
      THREADS_APP_ID: '',
      THREADS_APP_SECRET: ' ',
      THREADS_USER_ID: '',
      THREADS_TOKEN_EXPIRES_AT: '',
    };
    expect(await read({...empty, THREADS_REFRESH_TOKEN: TOKEN})).to.include({
      app_id: null,
      app_secret: null,
      user_id: null,
      expires_at: null,
    });
  });

  for (const [given, expected] of [
    ['2027-01-19', '2027-01-19T00:00:00.000Z'],
    ['2027-01-19T10:00', '2027-01-19T10:00:00.000Z'],
    ['2027-01-19T10:00:00.123Z', '2027-01-19T10:00:00.123Z'],
    ['2027-01-19T10:00:00+02:00', '2027-01-19T08:00:00.000Z'],
  ])
    it(`takes ${given} as ${expected}, wherever the machine is`, async () => {
      const env = {THREADS_REFRESH_TOKEN: TOKEN, THREADS_TOKEN_EXPIRES_AT: given};
      expect((await read(env))!.expires_at).to.equal(expected);
    });

  for (const [name, value] of [
    ['THREADS_REFRESH_TOKEN', 'THAAfake token'],
    ['THREADS_REFRESH_TOKEN', 'THAAfake\ntoken'],
    ['THREADS_REFRESH_TOKEN', 'THAAfake…9Qz'],
    ['THREADS_ACCESS_TOKEN', 'THAAfake\0'],
    ['THREADS_TOKEN_EXPIRES_AT', 'soon'],
    ['THREADS_TOKEN_EXPIRES_AT', '19.1.2027'],
    ['THREADS_TOKEN_EXPIRES_AT', '1800000000'],
    ['THREADS_TOKEN_EXPIRES_AT', '2027-02-30'],
    ['THREADS_USER_ID', '@my.account'],
    ['THREADS_USER_ID', '"7"'],
    ['THREADS_USER_ID', '2.6e16'],
    ['THREADS_USER_ID', '7'.repeat(33)],
  ] as const)
    it(`is a usage error that names ${name} when that holds ${JSON.stringify(value).slice(0, 40)}`, async () => {
      const token = name.endsWith('TOKEN') ? {} : {THREADS_REFRESH_TOKEN: TOKEN};
      const error = await refusal({...token, [name]: value});
      expect(error).to.include({code: 'USAGE', exitCode: 2});
      expect(error.message).to.include(name);
      expect(error.message + error.suggestions).not.to.include(value);
    });
});

describe('environment: which variables were found', () => {
  it('tells those that carry something from those that are empty', () => {
    const env = {THREADS_REFRESH_TOKEN: '', THREADS_APP_ID: '1', THREADS_APP_SECRET: ' ', OTHER: 'x'};
    expect(variablesFound('threads', env)).to.deep.equal({
      found: ['THREADS_APP_ID'],
      empty: ['THREADS_REFRESH_TOKEN', 'THREADS_APP_SECRET'],
    });
    expect(variablesFound('threads', {})).to.deep.equal({found: [], empty: []});
  });

  it('knows them all', () => {
    const names = [
      'REFRESH_TOKEN',
      'ACCESS_TOKEN',
      'APP_ID',
      'APP_SECRET',
      'USER_ID',
      'TOKEN_EXPIRES_AT',
    ] as const;
    const all = names.map(name => platformVariable('threads', name));
    expect(all[0]).to.equal('THREADS_REFRESH_TOKEN');
    const env = Object.fromEntries(all.map(name => [name, 'x']));
    expect(variablesFound('threads', env).found).to.have.members(all);
  });
});
