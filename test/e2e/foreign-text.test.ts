import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Result} from '../support/world.js';
import {World} from '../support/world.js';

/** A command for the log of a CI run: GitHub's two forms, Azure's and TeamCity's. */
const CI_COMMAND = /^\s*::(?!(error|warning) title=tool)|##\w*\[/m;
const CONTROL = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** What another program could plant: it clears the screen, forges lines, reverses text, and commands the CI. */
const HOSTILE = [
  'x\u001b[2J\u001b[H\u009b31m\u202e.\r\n::add-mask::1\r\u2028::notice title=forged::all is well',
  ' \u001b[0m:\u0007:stop-commands::v',
  'a ##[add-mask]t ##vso[task.complete]s #\u0001#[error]r',
];

function expectHarmless(what: string, {stdout, stderr}: Result, isJson = false): void {
  for (const [stream, text] of Object.entries({stdout, stderr})) {
    expect(text, `${what}: ${stream}`).not.to.match(CONTROL);
    expect(text, `${what}: ${stream}`).not.to.match(CI_COMMAND);
  }
  if (isJson) JSON.parse(stdout);
}

describe('text from outside', function () {
  this.timeout(240_000);
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  /** Runs a command as text, on a machine and in GitHub Actions, and as JSON there. */
  async function runEach(what: string, args: string[], env: Record<string, string> = {}): Promise<void> {
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    const asJson = [...args.slice(0, end), '--json', ...args.slice(end)];
    const inActions = {...env, GITHUB_ACTIONS: 'true', CI: 'true'};
    const [plain, logged, json] = await Promise.all([
      world.run(args, {env, stdin: ''}),
      world.run(args, {env: inActions, stdin: ''}),
      world.run(asJson, {env: inActions, stdin: ''}),
    ]);
    expectHarmless(what, plain);
    expectHarmless(`${what}, in Actions`, logged);
    expectHarmless(`${what} --json`, json, true);
  }

  it('L1: the name of a planted file reaches no terminal and no log as it is', async () => {
    await world.store(50);
    for (const name of HOSTILE) {
      await writeFile(join(world.home.tokens, name), '');
      await writeFile(join(world.home.tokens, `threads-${name}.token`), '');
      await writeFile(join(world.home.folder, name), '');
    }
    for (const id of ['utils vault verify', 'utils tokens list', 'doctor']) await runEach(id, id.split(' '));
  });

  it('L1: nor does the name of a file that was given', async () => {
    await world.store(50);
    for (const name of HOSTILE) {
      const file = join(world.folder, name);
      await runEach('import of nothing', ['utils', 'tokens', 'import', '--from', 'json', file]);
      await writeFile(file, '{"refresh_token": ');
      await runEach('import', ['utils', 'tokens', 'import', '--from', 'json', file]);
      const env = join(world.folder, `${name}.env`);
      await writeFile(env, 'A=1\n', {mode: 0o644});
      await runEach('set-env', ['utils', 'tokens', 'set-env', env]);
    }
  });

  it('L1: nor does an argument', async () => {
    await world.store(50);
    for (const text of HOSTILE) {
      await runEach('exec', ['exec', '--', text]);
      await runEach('an argument', ['threads', 'token', text]);
      await runEach('an unknown command', [text]);
      for (const args of [
        ['help', text],
        ['--help', text],
        ['completion', text],
        ['doctor', text],
      ])
        await runEach(args[0]!, args);
      await runEach('an identifier', ['threads', 'token', '--identifier', text]);
      await runEach('a duration', ['utils', 'tokens', 'list', '--expires-within', text]);
      await runEach('a variable', ['threads', 'token'], {TOOL_THREADS_API_URL: text});
    }
  });

  it('L1: nor does what the service says', async () => {
    for (const username of HOSTILE) {
      await world.destroy();
      world = await World.create({accounts: [{user_id: '1', username, name: username}]});
      const login = async (...args: string[]) => {
        for (const ci of [{}, {GITHUB_ACTIONS: 'true'}])
          for (const json of [[], ['--json']]) {
            const result = await world.authorize(['--no-browser', ...args, ...json], {env: ci});
            const stderr = result.stderr.replace(/^ {2}http.*$/m, '');
            expectHarmless(`authorize ${args.join(' ')}`, {...result, stderr}, json.length > 0);
          }
      };
      await login('--identifier', 'alice');
      const stored = (await world.stored('alice'))!;
      expect(stored.username).to.equal(username);
      await world.store(50, {identifier: 'bob', user_id: '2', username});
      await login('--identifier', 'bob'); // Taken by another account.
      for (const id of ['threads status', 'threads profile', 'utils tokens show --platform threads'])
        await runEach(id, [...id.split(' '), '--identifier', 'alice']);
      await runEach('list', ['utils', 'tokens', 'list']);
      const text = username;
      world.sandbox.fail(
        '/v1.0/me',
        {status: 400, body: {error: {code: 1, message: text, error_user_msg: text, fbtrace_id: text}}},
        99,
      );
      await runEach('a failure', ['threads', 'profile', '--identifier', 'alice']);
    }
  });

  it('L1: data that a script asks for stays as it is', async () => {
    const username = HOSTILE[0]!;
    await world.store(50, {username});
    const show = ['utils', 'tokens', 'show', '--platform', 'threads', '--identifier', 'alice'];
    const field = await world.run([...show, '--field', 'username']);
    expect(field.stdout).to.equal(`${username}\n`);
    expect((await world.json(show)).value.username).to.equal(username);
  });
});
