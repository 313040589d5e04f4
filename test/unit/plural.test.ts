import {expect} from 'chai';
import {plural} from '../../src/plural.js';

describe('count with its noun', () => {
  it('is singular only for one', () => {
    expect([0, 1, 2].map(count => plural(count, 'error'))).to.deep.equal(['0 errors', '1 error', '2 errors']);
  });
});
