import {expect} from 'chai';
import {newState, sameState} from '../../../src/oauth/state.js';

describe('state', () => {
  it('is 32 random bytes as base64url', () => {
    const states = new Set(Array.from({length: 1000}, newState));
    expect(states.size).to.equal(1000);
    for (const state of states) expect(state).to.match(/^[A-Za-z0-9_-]{43}$/);
  });

  it('equals only itself, whatever the length of the other', () => {
    const state = newState();
    expect(sameState(`${state}`, state)).to.equal(true);
    for (const other of ['', state.slice(1), `${state}x`, state.toLowerCase() + state, newState()]) {
      expect(sameState(other, state)).to.equal(false);
    }
  });
});
