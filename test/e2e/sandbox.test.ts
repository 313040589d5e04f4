import {existsSync} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {needsPosix, needsPrograms} from '../support/needs.js';
import {TERMINAL_PROGRAMS, Terminal} from '../support/terminal.js';
import {ROOT, TOOL, World} from '../support/world.js';

const SANDBOX = ['threads', 'sandbox', '--consent', 'auto'];
const LOGIN = `"${process.execPath}" "${TOOL}" threads authorize --browser --redirect-uri`;

describe('threads sandbox', () => {
  let world: World;
  let env: Record<string, string>;
  before(function () {
    needsPosix(this);
  });
  beforeEach(async () => {
    world = await World.create();
    env = {
      TOOL_BROWSER: `"${process.execPath}" "${join(ROOT, 'demo/browser.js')}"`,
      TMPDIR: world.folder,
      TOOL_KEY_STORE: '',
      THREADS_REFRESH_TOKEN: 'THAAfake-token-of-the-person-0123456789',
      THREADS_IDENTIFIER: 'mine',
    };
  });
  afterEach(() => world.destroy());

  const leftovers = async () =>
    (await readdir(world.folder)).filter(name => name.startsWith('tool-sandbox-'));

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`D1: prints a home of its own, which ${signal} removes`, async () => {
      const running = world.start(SANDBOX, {env});
      await running.saying(/until you press Ctrl-C/);
      const printed = Object.fromEntries(
        [...running.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
      );
      expect(Object.keys(printed)).to.deep.equal([
        'TOOL_HOME',
        'TOOL_KEY_STORE',
        'TOOL_THREADS_AUTHORIZE_URL',
        'TOOL_THREADS_API_URL',
        'THREADS_APP_ID',
        'THREADS_APP_SECRET',
      ]);
      expect(printed.TOOL_KEY_STORE, 'nothing is left in the keychain').to.equal('file');
      expect((await stat(printed.TOOL_HOME!)).mode & 0o777).to.equal(0o700);

      const login = ['threads', 'authorize', '--browser', '--redirect-uri', world.redirectUri];
      const {code, stderr} = await world.run(login, {env: {TOOL_BROWSER: env.TOOL_BROWSER!, ...printed}});
      expect(code, stderr).to.equal(0);
      expect(await readdir(join(printed.TOOL_HOME!, 'tokens'))).to.include('threads-sandbox_account.token');
      expect(existsSync(world.home.folder), "the person's own home").to.equal(false);

      running.child.kill(signal);
      expect((await running.ended).code).to.equal(0);
      expect(await leftovers()).to.deep.equal([]);
    });
  }

  it('D1: -- COMMAND runs a command with these variables only, ends as it does, and stops', async () => {
    const script = `env | grep -E '^(THREADS|TOOL)_' | sort >&2; ${LOGIN} ${world.redirectUri} && exit 7`;
    const {code, stdout, stderr} = await world.run([...SANDBOX, '--', 'sh', '-c', script], {env});
    expect(code, stderr).to.equal(7);
    expect(stdout).to.match(/^Authorized @sandbox_account .*\n$/);
    const names = [...stderr.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(names).to.deep.equal([
      'THREADS_APP_ID',
      'THREADS_APP_SECRET',
      'TOOL_BROWSER',
      'TOOL_HOME',
      'TOOL_KEY_STORE',
      'TOOL_THREADS_API_URL',
      'TOOL_THREADS_AUTHORIZE_URL',
    ]);
    const url = /^TOOL_THREADS_API_URL=(.*)$/m.exec(stderr)![1]!;
    expect(await fetch(url).catch(() => 'stopped')).to.equal('stopped');
    expect(existsSync(world.home.folder), "the person's own home").to.equal(false);
    expect(await leftovers()).to.deep.equal([]);
  });

  it('passes arguments and standard streams on, and signals', async () => {
    const args = [...SANDBOX, '--', 'sh', '-c', 'cat; printf "[%s]" "$@"', 'sh', '--json', '--', 'a b'];
    const {code, stdout} = await world.run(args, {env, stdin: 'in'});
    expect({code, stdout}).to.deep.equal({code: 0, stdout: 'in[--json][--][a b]'});

    const running = world.start([...SANDBOX, '--', 'sh', '-c', 'echo ready >&2; exec sleep 60'], {env});
    await running.saying(/^ready$/m);
    running.child.kill('SIGTERM');
    await running.ended;
    expect(running.child.signalCode).to.equal('SIGTERM');
    expect(await leftovers()).to.deep.equal([]);
  });

  it('runs a shell on a terminal, which Ctrl-C does not end', async function () {
    needsPrograms(this, ...TERMINAL_PROGRAMS);
    const terminal = await Terminal.open(world.env(env));
    try {
      terminal.type(`PS1='go> ' "${process.execPath}" "${TOOL}" threads sandbox -- bash --norc\n`);
      await terminal.seeing(/The sandbox runs at http/);
      await terminal.seeing(/go> /);
      terminal.type('echo in "$TOOL_HOME" | tr a-z A-Z\n');
      await terminal.seeing(/IN \/.*\/TOOL-SANDBOX-.*go> /s);
      terminal.type('\u0003');
      await terminal.seeing(/go> /);
      terminal.type('echo still "he"re; exit 9\n');
      await terminal.seeing(/still here/);
      terminal.type('echo "code" $?\n');
      await terminal.seeing(/code 9/);
      expect(await leftovers()).to.deep.equal([]);
    } finally {
      await terminal.close();
    }
  });

  it('leaves nothing behind when the command cannot be started', async () => {
    for (const [args, expected] of [
      [['--', 'no-such-command-anywhere'], 127],
      [['--'], 2],
      [['bash'], 2],
      [['--port', '1x', '--', 'true'], 2],
      [['--port', new URL(world.sandbox.url).port, '--', 'true'], 2],
    ] as const) {
      const {code, stderr} = await world.run([...SANDBOX, ...args], {env});
      expect(code, stderr).to.equal(expected);
      expect(await leftovers()).to.deep.equal([]);
    }
  });
});
