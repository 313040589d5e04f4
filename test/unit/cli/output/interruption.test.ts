import {expect} from 'chai';
import {interrupted, setResumeHint} from '../../../../src/cli/output/interruption.js';

describe('interruption', () => {
  afterEach(() => setResumeHint(() => []));

  it('is told as such, with 130', () => {
    expect(interrupted()).to.include({code: 'INTERRUPTED', exitCode: 130});
    expect(interrupted().suggestions).to.deep.equal([]);
  });

  it('tells what the command last said, as it stands then', () => {
    let container = 'none';
    setResumeHint(() => ['too early']);
    setResumeHint(() => [`go on with ${container}`]);
    container = '1';
    expect(interrupted().suggestions).to.deep.equal(['go on with 1']);
  });
});
