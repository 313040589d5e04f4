import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {expect} from 'chai';
import {findHome} from '../../../src/config/home.js';
import {bin, toolVariable} from '../../../src/program.js';

describe('home', () => {
  it('is ~/.tool unless TOOL_HOME is set', () => {
    expect(findHome({}).folder).to.equal(join(homedir(), '.tool'));
    expect(findHome({TOOL_HOME: ''}).folder).to.equal(join(homedir(), '.tool'));
    expect(findHome({TOOL_HOME: '/some/where'}).folder).to.equal('/some/where');
    expect(findHome({TOOL_HOME: 'relative'}).folder).to.equal(resolve('relative'));
  });

  it('has the documented paths', () => {
    expect(findHome({TOOL_HOME: '/h'})).to.include({
      tokens: '/h/tokens',
      vaultFile: '/h/vault.json',
      configFile: '/h/config.json',
      keyFile: '/h/vault.key',
      tls: '/h/tls',
    });
  });
});

describe('command name', () => {
  it('comes from package.json, also in the names of variables', () => {
    expect(bin).to.equal('tool');
    expect(toolVariable('THREADS_API_URL')).to.equal('TOOL_THREADS_API_URL');
  });
});
