import {expect} from 'chai';
import {newState, sameState} from '../../../src/oauth/state.js';

describe('the state of an authorization request', () => {
  it('is 32 bytes as base64url, new each time', () => {
    const states = new Set(Array.from({length: 1000}, newState));
    expect(states.size).to.equal(1000);
    for (const state of states) expect(state).to.match(/^[A-Za-z0-9_-]{43}$/);
  });

  it('equals itself and nothing else, of whatever length', () => {
    const state = newState();
    expect(sameState(`${state}`, state)).to.equal(true);
    for (const other of ['', state.slice(1), `${state}x`, state.toLowerCase() + state, newState()]) {
      expect(sameState(other, state)).to.equal(false);
    }
  });
});
