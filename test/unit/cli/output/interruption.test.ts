import {expect} from 'chai';
import {interrupted, setResumeHint} from '../../../../src/cli/output/interruption.js';

describe('interruption', () => {
  afterEach(() => setResumeHint(() => []));

  it('is reported as cancelled, with exit code 130', () => {
    expect(interrupted()).to.include({code: 'INTERRUPTED', exitCode: 130, message: 'Cancelled.'});
    expect(interrupted().suggestions).to.deep.equal([]);
  });

  it('shows the last hint of the command, evaluated at that moment', () => {
    let container = 'none';
    setResumeHint(() => ['too early']);
    setResumeHint(() => [`continue with ${container}`]);
    container = '1';
    expect(interrupted().suggestions).to.deep.equal(['continue with 1']);
  });
});
