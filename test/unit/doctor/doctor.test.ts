import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {VaultError} from '../../../src/errors.js';
import {withHome} from '../../support/temporary-home.js';
import {diagnosed, inShort, situationIn, store} from './situation.js';

describe('doctor', () => {
  it(
    'runs all checks despite failures, and takes the highest exit code',
    withHome(async home => {
      await store(home, 'alice', 50);
      await writeFile(home.configFile, '{', {mode: 0o600});
      await writeFile(home.keyFile, 'damaged', {mode: 0o600});
      await writeFile(join(home.tokens, 'threads-bad.token'), 'damaged', {mode: 0o600});
      const {findings, exit_code, verdict} = await diagnosed(situationIn(home));
      const errors = findings.filter(({level}) => level === 'error');
      expect(errors.map(({check, exit_code}) => [check, exit_code])).to.deep.equal([
        ['settings', 2],
        ['key', 5],
        ['records', 6],
        ['credential', 2],
      ]);
      expect(new Set(findings.map(({check}) => check)).size).to.equal(12);
      expect(exit_code).to.equal(6);
      expect(verdict).to.match(/^4 errors, \d warnings?\.$/);
    }),
  );

  it(
    'reports a cause once, and then refers to it',
    withHome(async home => {
      await store(home, 'alice', 50);
      await chmod(home.tokens, 0o755);
      const {findings} = await diagnosed(situationIn(home));
      const errors = findings.filter(({level}) => level === 'error');
      expect(errors.map(finding => `${finding.check}: ${inShort(finding)}`)).to.deep.equal([
        `home: error 6 ${home.tokens} is accessible to other users, so it is not used.`,
        'records: error 6 Skipped: see "home".',
        'credential: error 6 Skipped: see "home".',
      ]);
    }),
  );

  it(
    'shows only the class of a foreign error',
    withHome(async home => {
      const settings = [
        () => {
          throw new TypeError('CANARY');
        },
      ];
      const diagnosis = await diagnosed({...situationIn(home), settings});
      const finding = diagnosis.findings.find(({check}) => check === 'settings')!;
      expect(inShort(finding)).to.match(/^error 1 .*TypeError/);
      expect(JSON.stringify(diagnosis)).not.to.contain('CANARY');
      expect(diagnosis.exit_code).to.equal(1);
    }),
  );

  it(
    'counts problems in the verdict',
    withHome(async home => {
      const situation = situationIn(home);
      const {verdict, exit_code} = await diagnosed(situation);
      expect(verdict).to.match(/^\d warnings?\.$/); // The API cannot be reached.
      expect(exit_code).to.equal(0);
      const settings = [() => Promise.reject(new VaultError('CONFIG_INVALID', 'Wrong.'))];
      const broken = await diagnosed({...situation, settings});
      expect(broken.verdict).to.match(/^1 error, /);
      expect(broken.exit_code).to.equal(2);
    }),
  );
});
