import {expect} from 'chai';
import {type KeychainProblem, keychainAdvice} from '../../../../src/vault/keys/keychain-advice.js';

const PLACES: [string, NodeJS.ProcessEnv, NodeJS.Platform][] = [
  ['GNOME', {XDG_CURRENT_DESKTOP: 'ubuntu:GNOME'}, 'linux'],
  ['KDE', {XDG_CURRENT_DESKTOP: 'KDE'}, 'linux'],
  ['SSH', {SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22', XDG_CURRENT_DESKTOP: 'GNOME'}, 'linux'],
  ['a container', {KUBERNETES_SERVICE_HOST: '192.0.2.3'}, 'linux'],
  ['macOS', {}, 'darwin'],
  ['Windows', {}, 'win32'],
];
const PROBLEMS: KeychainProblem[] = ['absent', 'locked', 'silent', 'denied'];

describe('keychain advice', () => {
  for (const [place, env, platform] of PLACES) {
    it(`is one line for each problem on ${place}`, () => {
      for (const problem of PROBLEMS) {
        const advice = keychainAdvice(problem, env, platform);
        expect(advice, problem).to.match(/^[^\n]{10,200}$/);
      }
    });
  }

  it('names the tools of the desktop', () => {
    const locked = (place: string) => {
      const [, env, platform] = PLACES.find(([name]) => name === place)!;
      return keychainAdvice('locked', env, platform);
    };
    expect(locked('GNOME')).to.contain('seahorse');
    expect(locked('KDE')).to.contain('KWalletManager');
    expect(locked('SSH')).to.contain('SSH');
    expect(locked('macOS')).to.contain('security unlock-keychain');
    expect(locked('Windows')).to.contain('Windows');
  });
});
