import {expect} from 'chai';
import {newKey} from '../../../../src/vault/keys/key.js';
import {Keychain} from '../../../../src/vault/keys/keychain.js';
import {needsKeytar} from '../../../support/needs.js';
import {failure} from '../../../support/outcome.js';
import {startFakeBus} from './fake-bus.js';

const keychain = (env: NodeJS.ProcessEnv, timeout = 1, onSlow = () => {}) =>
  new Keychain({env, timeout, onSlow});

describe('keychain', () => {
  it('is absent without a bus', async () => {
    for (const attempt of [
      () => keychain({}).read('any'),
      () => keychain({}).write(newKey()),
      () => keychain({}).remove('any'),
    ]) {
      const outcome = await failure(attempt());
      expect(outcome).to.include({code: 'KEYCHAIN_ABSENT', exitCode: 5});
      expect(outcome.suggestions).not.to.deep.equal([]);
    }
  });

  it('times out if it does not answer, and reports the wait early', async function () {
    needsKeytar(this);
    const bus = await startFakeBus(() => {}, {greeting: ''});
    const before = process.env.DBUS_SESSION_BUS_ADDRESS;
    process.env.DBUS_SESSION_BUS_ADDRESS = bus.address; // The child process inherits it.
    let slow = 0;
    const started = Date.now();
    try {
      const outcome = await failure(keychain(process.env, 1.5, () => slow++).read('any'));
      expect(outcome).to.include({code: 'KEYCHAIN_TIMEOUT', exitCode: 5});
      expect(outcome.message).to.include('1.5 seconds');
      expect(Date.now() - started).to.be.within(1400, 5000);
      expect(slow).to.equal(1);
      // The child process is gone.
      while (process.getActiveResourcesInfo().includes('ProcessWrap')) await new Promise(setImmediate);
    } finally {
      if (before === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
      else process.env.DBUS_SESSION_BUS_ADDRESS = before;
      await bus.close();
    }
  });
});
