import {expect} from 'chai';
import {findAppCredentials} from '../../../../src/cli/input/app-credentials.js';
import type {StandardInput} from '../../../../src/cli/input/stdin.js';
import type {Credential} from '../../../../src/credential.js';
import {threads} from '../../../../src/platforms/threads/threads.js';
import {aCredential} from '../../../support/credential.js';
import {failure} from '../../../support/outcome.js';

const SECRET = 'fake-app-secret-0123456789';
const STORED = aCredential({app_id: '333', app_secret: 'fake-stored'});

interface Given {
  appId?: string;
  appSecret?: string;
  env?: NodeJS.ProcessEnv;
  stored?: Credential;
  input?: string;
}

/** Finds the app where nobody can be asked, with the warnings. */
async function find({appId, appSecret, env = {}, stored, input}: Given) {
  const warnings: string[] = [];
  const stdin = {firstLine: async () => input} as StandardInput;
  const app = await findAppCredentials({
    platform: threads,
    appId,
    appSecret,
    env: {CI: '1', ...env},
    stored,
    input: stdin,
    warn: text => warnings.push(text),
  });
  return {...app, warnings};
}

const ENV = {THREADS_APP_ID: '222', THREADS_APP_SECRET: 'fake-env'};

describe('app id and secret', () => {
  it('come from the flags first', async () => {
    const given = {appId: '111', appSecret: '-', input: ` ${SECRET} `, env: ENV, stored: STORED};
    expect(await find(given)).to.deep.equal({id: '111', secret: SECRET, warnings: []});
  });

  it('come from the variables before the store, without surrounding blanks', async () => {
    const env = {THREADS_APP_ID: ' 222\n', THREADS_APP_SECRET: ' fake-env\n'};
    expect(await find({env, stored: STORED})).to.include({id: '222', secret: 'fake-env'});
  });

  it('come from the stored credential', async () => {
    expect(await find({stored: STORED})).to.include({id: '333', secret: 'fake-stored'});
    expect(await find({stored: STORED, env: {THREADS_APP_ID: '', THREADS_APP_SECRET: ' '}})).to.include({
      id: '333',
      secret: 'fake-stored',
    });
  });

  it('never mix the id of one app with the secret of another', async () => {
    for (const given of [
      {appId: '111', stored: STORED},
      {env: {THREADS_APP_ID: '222'}, stored: STORED},
    ])
      expect((await failure(find(given))).message).to.include('app secret is missing');
  });

  it('cause a warning if the secret is an argument, which does not repeat it', async () => {
    const {secret, warnings} = await find({appId: '111', appSecret: SECRET});
    expect(secret).to.equal(SECRET);
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.include('THREADS_APP_SECRET').and.not.include(SECRET);
  });

  it('are a usage error if the id is not a number, which does not repeat it', async () => {
    for (const id of ['my-app', '12 3', SECRET, '1'.repeat(33), '']) {
      const outcome = await failure(find({appId: id, appSecret: '-', input: 'fake'}));
      expect(outcome).to.include({code: 'USAGE', exitCode: 2});
      if (id) expect(outcome.message + outcome.suggestions).not.to.include(id);
    }
  });

  it('are reported missing with the variable and the flag to use', async () => {
    const id = await failure(find({}));
    expect(id).to.include({code: 'VARIABLE_MISSING', exitCode: 3});
    expect(id.suggestions.join()).to.include('THREADS_APP_ID').and.include('--app-id');
    const secret = await failure(find({appId: '111'}));
    expect(secret).to.include({code: 'VARIABLE_MISSING', exitCode: 3});
    expect(secret.suggestions.join()).to.include('THREADS_APP_SECRET').and.include('--app-secret -');
  });

  it('are not looked for elsewhere if standard input should hold the secret and is empty', async () => {
    for (const input of [undefined, '', ' ']) {
      const outcome = await failure(
        find({
          appId: '111',
          appSecret: '-',
          env: {THREADS_APP_SECRET: 'fake-other'},
          ...(input !== undefined && {input}),
        }),
      );
      expect(outcome).to.include({code: 'USAGE', exitCode: 2});
    }
  });
});
