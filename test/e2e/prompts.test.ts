import {expect} from 'chai';
import {needsLinux, needsPrograms} from '../support/needs.js';
import {TERMINAL_PROGRAMS, Terminal} from '../support/terminal.js';
import {PASSPHRASE, TOOL, World} from '../support/world.js';

const PASSPHRASE_PROMPT = /Vault passphrase: \(not shown\)/;
const AUTHORIZE = 'threads authorize --no-browser --redirect-uri https://example.test/callback';

for (const shell of ['bash', 'zsh'] as const)
  describe(`prompts in ${shell}`, () => {
    let world: World;
    let terminal: Terminal;
    before(function () {
      needsLinux(this);
      needsPrograms(this, ...TERMINAL_PROGRAMS, shell);
    });
    beforeEach(async () => {
      world = await World.create();
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.log(JSON.stringify(terminal.output));
      await terminal.close();
      await world.destroy();
    });

    const run = async (command: string, env: Record<string, string> = {}) => {
      terminal = await Terminal.open(world.env({NODE: process.execPath, TOOL, TERM: 'xterm', ...env}), shell);
      // As it is for a person: a secret that is not hidden shows.
      terminal.type(`stty echo; "$NODE" "$TOOL" ${command}\n`);
    };
    /** Presses Ctrl-Z, continues with `fg`, and waits for the prompt to be shown again. */
    const stopAndContinue = async (prompt: RegExp) => {
      terminal.type('\x1a');
      await terminal.seeing(/Stopped|suspended/);
      terminal.type('fg\n');
      return terminal.seeing(prompt);
    };
    const exitCode = async () => {
      terminal.type('echo "rc"=$?\n');
      return Number((await terminal.seeing(/rc=(\d+)/))[1]);
    };
    const withPassphrase = async () => {
      const {refresh_token} = await world.store(50);
      await world.vault.rotateKey('passphrase');
      return refresh_token;
    };

    it('M4: Ctrl-Z and fg leave a passphrase prompt as it was, half an answer included', async () => {
      const token = await withPassphrase();
      await run('threads token');
      await terminal.seeing(PASSPHRASE_PROMPT);
      terminal.type(PASSPHRASE.slice(0, 10));
      await stopAndContinue(PASSPHRASE_PROMPT);
      await stopAndContinue(PASSPHRASE_PROMPT);
      terminal.type(`${PASSPHRASE.slice(10)}\n`);
      await terminal.seeing(new RegExp(token));
      expect(await exitCode()).to.equal(0);
      expect(terminal.output).not.to.contain(PASSPHRASE.slice(10));
    });

    it('M4: Ctrl-Z and fg leave a confirmation as it was', async () => {
      await world.store(50);
      await run('utils tokens remove --platform threads --identifier alice');
      await terminal.seeing(/\[y\/N\]/);
      await stopAndContinue(/\[y\/N\]/);
      terminal.type('n\n');
      await terminal.seeing(/Nothing was removed/);
      expect(await exitCode()).to.equal(0);
      await terminal.close();

      await run('utils tokens remove --platform threads --identifier alice');
      await terminal.seeing(/\[y\/N\]/);
      await stopAndContinue(/\[y\/N\]/);
      terminal.type('y\n');
      await terminal.seeing(/Removed threads\/alice/);
      expect(await exitCode()).to.equal(0);
    });

    it('M4: Ctrl-Z and fg leave every prompt of a login as it was', async () => {
      const {appId, appSecret} = world.sandbox;
      await run(AUTHORIZE);
      await terminal.seeing(/app id:/);
      await stopAndContinue(/app id:/);
      terminal.type(`${appId}\n`);
      await terminal.seeing(/app secret: \(not shown\)/);
      await stopAndContinue(/app secret: \(not shown\)/);
      terminal.type(`${appSecret}\n`);
      const url = (await terminal.seeing(/^ {2}(http:\S+)\s/m))[1]!;
      await terminal.seeing(/Paste the full address/);
      await stopAndContinue(/Paste the full address/);
      terminal.type(`${await world.login(url)}\n`);
      await terminal.seeing(/Authorized @sandbox_account/);
      expect(await exitCode()).to.equal(0);
      expect(terminal.output).not.to.contain(appSecret);
    });

    it('M4: a prompt that is sent to the background waits for fg', async () => {
      await world.store(50);
      await run('utils tokens remove --platform threads --identifier alice');
      await terminal.seeing(/\[y\/N\]/);
      terminal.type('\x1a');
      await terminal.seeing(/Stopped|suspended/);
      terminal.type('bg\n');
      await terminal.seeing(/Stopped|suspended/);
      terminal.type('fg\n');
      await terminal.seeing(/\[y\/N\]/);
      terminal.type('n\n');
      await terminal.seeing(/Nothing was removed/);
      expect(await exitCode()).to.equal(0);
    });

    it('M4: Ctrl-C after Ctrl-Z and fg ends with 130', async () => {
      await withPassphrase();
      await run('threads token');
      await terminal.seeing(PASSPHRASE_PROMPT);
      await stopAndContinue(PASSPHRASE_PROMPT);
      terminal.type('\x03');
      await terminal.seeing(/Cancelled/);
      expect(await exitCode()).to.equal(130);
    });

    it('M4: stops and continues with the whole job that it is a part of', async () => {
      const token = await withPassphrase();
      await run('threads token | (cat)');
      await terminal.seeing(PASSPHRASE_PROMPT);
      await stopAndContinue(PASSPHRASE_PROMPT);
      terminal.type(`${PASSPHRASE}\n`);
      await terminal.seeing(new RegExp(token));
      expect(await exitCode()).to.equal(0);
    });

    it('asks three times for a passphrase', async () => {
      const token = await withPassphrase();
      await run('threads token');
      for (const typed of ['wrong', 'wrong too', PASSPHRASE]) {
        await terminal.seeing(PASSPHRASE_PROMPT);
        terminal.type(`${typed}\n`);
      }
      await terminal.seeing(new RegExp(token));
      expect(await exitCode()).to.equal(0);
      await terminal.close();

      await run('threads token');
      for (const typed of ['wrong', 'wrong too', 'wrong again']) {
        await terminal.seeing(PASSPHRASE_PROMPT);
        terminal.type(`${typed}\n`);
      }
      await terminal.seeing(/The passphrase does not unlock the vault/);
      expect(await exitCode()).to.equal(5);
    });

    it('asks for no passphrase in CI', async () => {
      await withPassphrase();
      await run('threads token', {CI: 'true'});
      expect(await exitCode()).to.equal(5);
      expect(terminal.output).not.to.match(PASSPHRASE_PROMPT);
    });

    it('L6: takes a typed passphrase as it is, blanks included', async () => {
      const {refresh_token} = await world.store(50);
      const env = {TOOL_VAULT_PASSPHRASE: ' four random words '};
      expect((await world.run(['utils', 'vault', 'rotate-key', '--to', 'passphrase'], {env})).code).to.equal(
        0,
      );
      await run('threads token');
      await terminal.seeing(PASSPHRASE_PROMPT);
      terminal.type(' four random words \n');
      await terminal.seeing(new RegExp(refresh_token));
      expect(await exitCode()).to.equal(0);
    });
  });

describe('a command that never settles', () => {
  it('M4: is an internal error, never a success', async () => {
    const world = await World.create();
    const source = `
      import fs from 'node:fs';
      import {syncBuiltinESMExports} from 'node:module';
      fs.promises.readFile = () => new Promise(() => {});
      syncBuiltinESMExports();`;
    const preload = [`data:text/javascript,${encodeURIComponent(source)}`];
    const args = ['utils', 'tokens', 'import', '--from', 'json', 'file.json'];
    const {code, stdout, stderr} = await world.run(args, {preload});
    expect({code, stdout}).to.deep.equal({code: 1, stdout: ''});
    expect(stderr).to.contain('Internal error in tool');
    const json = await world.json(args, {preload});
    expect(json.code).to.equal(1);
    expect(json.value.error).to.include({code: 'INTERNAL', exit_code: 1});
    await world.destroy();
  });
});
