import {expect} from 'chai';
import {needsPrograms} from '../support/needs.js';
import {TERMINAL_PROGRAMS, Terminal} from '../support/terminal.js';
import {TOOL, World} from '../support/world.js';

const SPACED = '  four fake random words ';

describe('a passphrase with spaces at both ends', function () {
  this.timeout(240_000); // scrypt is meant to be slow.
  let world: World;
  let terminal: Terminal;

  before(async function () {
    needsPrograms(this, ...TERMINAL_PROGRAMS);
    world = await World.create();
    await world.store(50);
    terminal = await Terminal.open(world.env({NODE: process.execPath, TOOL}));
  });
  after(async () => {
    await terminal?.close();
    await world?.destroy();
  });

  const opens = async (passphrase: string) =>
    (await world.run(['threads', 'token'], {env: {TOOL_VAULT_PASSPHRASE: passphrase}})).code === 0;

  it('L6: is the same typed and from a variable', async () => {
    const rotation = ['utils', 'vault', 'rotate-key', '--to', 'passphrase'];
    expect((await world.run(rotation, {env: {TOOL_VAULT_PASSPHRASE: SPACED}})).code).to.equal(0);
    terminal.type('"$NODE" "$TOOL" threads token; echo ended $?\n');
    await terminal.seeing(/passphrase/);
    terminal.type(`${SPACED}\r`);
    const [, code] = await terminal.seeing(/ended (\d+)/);
    expect(code).to.equal('0');
    expect([await opens(SPACED), await opens(SPACED.trim())]).to.deep.equal([true, false]);
  });
});
