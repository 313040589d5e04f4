import {expect} from 'chai';
import {nearest} from '../../../src/cli/nearest.js';

describe('the name that was probably meant', () => {
  const known = ['authorize', 'token', 'status', 'use'];

  for (const [typed, meant] of [
    ['authorise', 'authorize'],
    ['tokn', 'token'],
    ['stauts', 'status'],
    ['ues', undefined],
    ['publish', undefined],
    ['', undefined],
  ] as const) {
    it(`${typed || 'nothing'} → ${meant ?? 'none'}`, () => expect(nearest(typed, known)).to.equal(meant));
  }
});
