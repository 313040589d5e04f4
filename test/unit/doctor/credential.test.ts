import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {setDefault} from '../../../src/config/preferences.js';
import {checkCredential} from '../../../src/doctor/credential.js';
import {withHome} from '../../support/temporary-home.js';
import {said, situationIn, store, told} from './situation.js';

describe('doctor: the credential in use', () => {
  it(
    'may be missing, even with the app in the variables',
    withHome(async home => {
      const env = {THREADS_APP_ID: '1', THREADS_APP_SECRET: 'CANARY'};
      const [remark] = await said(checkCredential, situationIn(home, env));
      expect(remark).to.include({level: 'note', exit_code: 0});
      expect(remark!.suggestions.join())
        .to.contain('tool threads authorize')
        .and.contain('THREADS_REFRESH_TOKEN');
    }),
  );

  for (const env of [{THREADS_REFRESH_TOKEN: ''}, {THREADS_USER_ID: '1'}])
    it(
      `is an error if it is missing but the variables should hold a token: ${Object.keys(env)}`,
      withHome(async home => {
        expect((await told(checkCredential, situationIn(home, env)))[0]).to.match(
          /^error 3 Nothing is stored/,
        );
        await store(home, 'alice', 50);
        expect((await told(checkCredential, situationIn(home, env)))[0]).to.match(/^ok Commands use alice/);
      }),
    );

  it(
    'comes from the environment, whatever is stored',
    withHome(async home => {
      await store(home, 'alice', 50);
      const found = (env: Record<string, string>) => told(checkCredential, situationIn(home, env));
      expect((await found({THREADS_REFRESH_TOKEN: 'CANARY'}))[0])
        .to.match(/^ok Commands use the token in THREADS_REFRESH_TOKEN/)
        .and.not.contain('CANARY');
      expect((await found({THREADS_ACCESS_TOKEN: 'x'}))[0]).to.contain('THREADS_ACCESS_TOKEN');
      const ends = (THREADS_TOKEN_EXPIRES_AT: string) =>
        found({THREADS_REFRESH_TOKEN: 'x', THREADS_TOKEN_EXPIRES_AT});
      expect((await ends('2020-01-02T00:00:00Z'))[0]).to.match(/^error 4 .* expired on 2020-01-02/);
      expect((await ends('CANARY'))[0])
        .to.match(/^error 2 THREADS_TOKEN_EXPIRES_AT is not/)
        .and.not.contain('CANARY');
    }),
  );

  it(
    'is the only one, or the default, or an error that lists all',
    withHome(async home => {
      await store(home, 'alice', 50);
      expect((await told(checkCredential, situationIn(home)))[0]).to.match(
        /^ok Commands use alice, the only one stored \(until \d{4}-\d\d-\d\d\)\.$/,
      );
      await store(home, 'bob', -1);
      expect((await told(checkCredential, situationIn(home)))[0]).to.match(/^error 2 .* alice, bob/);
      await setDefault(home, 'threads', 'alice');
      expect((await told(checkCredential, situationIn(home)))[0]).to.match(
        /^ok Commands use alice, the default/,
      );
      await setDefault(home, 'threads', 'bob');
      expect((await told(checkCredential, situationIn(home)))[0]).to.match(
        /^error 4 .* bob, the default, but it expired/,
      );
      await setDefault(home, 'threads', 'carol');
      expect((await told(checkCredential, situationIn(home)))[0]).to.match(
        /^error 3 The default credential, carol, is no longer stored/,
      );
    }),
  );

  it(
    'is an error if its record is damaged',
    withHome(async home => {
      await store(home, 'alice', 50);
      await writeFile(join(home.tokens, 'threads-alice.token'), 'damaged', {mode: 0o600});
      expect((await told(checkCredential, situationIn(home)))[0]).to.match(
        /^error 6 .* alice, .* is damaged/,
      );
    }),
  );
});
