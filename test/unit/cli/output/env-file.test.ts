import {expect} from 'chai';
import {parseVariable} from '../../../../src/cli/output/env-file.js';
import {aCredential} from '../../../support/credential.js';
import {failure} from '../../oauth/support.js';

describe('variable name', () => {
  for (const name of ['THREADS_REFRESH_TOKEN', 'acc_tkn', '_x', 'A1'])
    it(`may be ${name}`, () => expect(parseVariable(name)).to.equal(name));

  for (const name of [
    '',
    '1A',
    'A B',
    'A-B',
    'A.B',
    'A=B',
    'A\nB',
    'ä',
    'fa4e5ec2e7fa4e5ec2e7fa4e5ec2e7ab',
    aCredential().refresh_token,
  ])
    it(`may not be '${name.slice(0, 12)}', which the error does not repeat`, async () => {
      const error = await failure((async () => parseVariable(name))());
      expect(error.code).to.equal('USAGE');
      if (name.length > 3) expect(JSON.stringify(error)).not.to.include(name);
    });
});
