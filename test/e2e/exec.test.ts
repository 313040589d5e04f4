import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile} from 'node:fs/promises';
import {constants} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {expect} from 'chai';
import {parse} from 'dotenv';
import type {Credential} from '../../src/credential.js';
import {needs, needsLinux, needsNamespaces, needsPrograms} from '../support/needs.js';
import {TERMINAL_PROGRAMS, Terminal} from '../support/terminal.js';
import {PASSPHRASE, ROOT, Running, type RunOptions, TOOL, World} from '../support/world.js';

const DAY = 86_400_000;
const WATCH = [process.execPath, join(ROOT, 'test/support/watch-signals.mjs')];
const PRINT_ENV = [process.execPath, '-p', 'JSON.stringify(process.env)'];

describe('exec', () => {
  let world: World;
  let alice: Credential;
  before(async () => {
    world = await World.create();
    alice = await world.store(50);
  });
  after(() => world.destroy());

  const started: Running[] = [];
  /** Starts it in its own session, without the terminal of the test run. */
  const start = (args: string[], env: Record<string, string> = {}) => {
    const options = {env: world.env(env), stdio: 'pipe', detached: true} as const;
    const running = new Running(spawn(process.execPath, [TOOL, 'exec', ...args], options));
    started.push(running);
    return running;
  };
  afterEach(() => {
    // A failed test may leave processes running.
    for (const {child} of started.splice(0)) {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {}
    }
  });
  const run = (args: string[], options?: RunOptions) => world.run(['exec', ...args], options);
  const environmentIn = async (args: string[], env: Record<string, string> = {}) => {
    const {code, stdout, stderr} = await run([...args, '--', ...PRINT_ENV], {env});
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Record<string, string>;
  };
  const ofThreads = (env: Record<string, string>) =>
    Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('THREADS_')));
  const variables = ({refresh_token, app_id, app_secret, user_id, expires_at}: Credential) => ({
    THREADS_ACCESS_TOKEN: refresh_token,
    THREADS_REFRESH_TOKEN: refresh_token,
    THREADS_APP_ID: app_id,
    THREADS_APP_SECRET: app_secret,
    THREADS_USER_ID: user_id,
    THREADS_TOKEN_EXPIRES_AT: expires_at,
  });

  describe('gives the command', () => {
    it('the stored credential, and nothing of any other', async () => {
      const env = await environmentIn(['-i', 'alice'], {
        THREADS_ACCESS_TOKEN: 'of another',
        THREADS_NOTE: 'old',
      });
      expect(ofThreads(env)).to.deep.equal(variables(alice));
      expect(env.TOOL_EXEC).to.equal('alice');
    });

    it('the credential from the environment, with what the service knows about it', async () => {
      const {access_token, user_id} = world.sandbox.mint();
      const THREADS_TOKEN_EXPIRES_AT = new Date(Date.now() + 50 * DAY).toISOString();
      const env = await environmentIn([], {THREADS_ACCESS_TOKEN: access_token, THREADS_TOKEN_EXPIRES_AT});
      expect(ofThreads(env)).to.deep.equal({
        THREADS_ACCESS_TOKEN: access_token,
        THREADS_REFRESH_TOKEN: access_token,
        THREADS_USER_ID: user_id,
        THREADS_TOKEN_EXPIRES_AT,
      });
      expect(env.TOOL_EXEC).to.equal('environment');
    });

    it('its own variables, including DEBUG and NODE_DEBUG, but not what opens the vault', async () => {
      const own = {GITHUB_TOKEN: 'theirs', CLIENT_SECRET: 'theirs', DEBUG: 'theirs', NODE_DEBUG: 'theirs'};
      const ours = {
        TOOL_VAULT_PASSPHRASE: 'ours',
        TOOL_VAULT_NEW_PASSPHRASE: 'ours',
        TOOL_VAULT_PASSPHRASE_FILE: '/x',
      };
      const env = await environmentIn([], {...own, ...ours});
      expect(env)
        .to.include(own)
        .and.to.include(world.env() as Record<string, string>);
      expect(Object.keys(env).filter(name => /PASSPHRASE|EXEC_/.test(name))).to.deep.equal([]);
    });

    it('a token that was refreshed because it was due, and stored', async () => {
      const old = await world.store(10, {identifier: 'due', username: 'due'});
      const {THREADS_ACCESS_TOKEN} = await environmentIn(['-i', 'due']);
      expect(THREADS_ACCESS_TOKEN).not.to.equal(old.refresh_token);
      expect((await world.stored('due'))!.refresh_token).to.equal(THREADS_ACCESS_TOKEN);
      await run(['-i', 'alice', '--', 'true']);
    });

    it('several credentials: the first with the plain names, the others with their own', async () => {
      const shop = await world.store(40, {identifier: 'my.shop-2', username: 'shop'});
      const env = await environmentIn(['-i', 'alice', '-i', 'my.shop-2', '-i', 'alice']);
      const named = Object.entries(variables(shop)).map(([name, value]) => [
        name.replace('THREADS_', 'THREADS_MY_SHOP_2_'),
        value,
      ]);
      expect(ofThreads(env)).to.deep.equal({...variables(alice), ...Object.fromEntries(named)});
      expect(env.TOOL_EXEC).to.equal('alice,my.shop-2');
    });

    it('only the variables named by --only', async () => {
      const only = ['--only', 'THREADS_ACCESS_TOKEN,THREADS_USER_ID', '--only', 'THREADS_APP_ID'];
      const {THREADS_ACCESS_TOKEN, THREADS_USER_ID, THREADS_APP_ID} = variables(alice);
      expect(ofThreads(await environmentIn(['-i', 'alice', ...only]))).to.deep.equal({
        THREADS_ACCESS_TOKEN,
        THREADS_USER_ID,
        THREADS_APP_ID,
      });
    });

    it('its arguments and standard streams unchanged', async () => {
      const words = ['b', 'a', 'b', '--', '--json', '-h', '--version', '-i', 'x y', ''];
      const script = `process.stdin.pipe(process.stdout); console.error(JSON.stringify(process.argv.slice(1)))`;
      const {code, stdout, stderr} = await run(
        ['-i', 'alice', '--', process.execPath, '-e', script, '--', ...words],
        {
          stdin: 'héllo\0\r\n',
        },
      );
      expect({code, stdout, stderr}).to.deep.equal({
        code: 0,
        stdout: 'héllo\0\r\n',
        stderr: `${JSON.stringify(words)}\n`,
      });
    });
  });

  describe('ends like the command', () => {
    for (const code of [0, 1, 3, 42, 255]) {
      it(`with its exit code ${code} and no output`, async () => {
        const result = await run(['-i', 'alice', '--', 'sh', '-c', `exit ${code}`]);
        expect(result).to.deep.equal({code, stdout: '', stderr: ''});
      });
    }

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL', 'SIGPIPE', 'SIGUSR1'] as const) {
      it(`by ${signal} if that ended it`, async () => {
        const {child} = start(['-i', 'alice', '--', 'sh', '-c', `kill -${signal.slice(3)} $$`]);
        expect(await once(child, 'close')).to.deep.equal([null, signal]);
      });
    }

    for (const signal of ['SIGQUIT', 'SIGSEGV', 'SIGABRT'] as const) {
      it(`with 128 plus the number of ${signal}, which would dump our memory`, async () => {
        const script = `ulimit -c 0; kill -${signal.slice(3)} $$`;
        const {code} = await run(['-i', 'alice', '--', 'sh', '-c', script]);
        expect(code).to.equal(128 + constants.signals[signal]);
      });
    }

    it('with 127 and a reason if it is not found', async () => {
      const text = await run(['-i', 'alice', '--', 'no-such-command', '--flag']);
      expect({code: text.code, stdout: text.stdout}).to.deep.equal({code: 127, stdout: ''});
      expect(text.stderr).to.contain('The command no-such-command was not found.');
      const json = await run(['-i', 'alice', '--json', '--', 'no-such-command']);
      expect(json.code).to.equal(127);
      expect(JSON.parse(json.stdout).error).to.include({code: 'COMMAND_NOT_FOUND', exit_code: 127});
    });

    it('with 126 and a reason if it is not executable', async () => {
      const file = join(world.folder, 'no-program');
      await writeFile(file, 'text', {mode: 0o600});
      for (const command of [[file], [world.folder]]) {
        const {code, stderr} = await run(['-i', 'alice', '--', ...command]);
        expect(code, stderr).to.equal(126);
        expect(stderr).to.contain('could not be started: it is not executable.');
      }
    });

    it('after running a script without #!, as a shell does', async () => {
      const file = join(world.folder, 'script');
      await writeFile(file, 'exit 9\n');
      await chmod(file, 0o700);
      expect((await run(['-i', 'alice', '--', file])).code).to.equal(9);
    });
  });

  describe('starts nothing', () => {
    const mark = () => join(world.folder, 'was-started');
    const refused = async (args: string[], env: Record<string, string> = {}) => {
      const {code, stdout, stderr} = await run([...args, 'touch', mark()], {env});
      expect(existsSync(mark())).to.equal(false);
      expect(stdout).to.equal('');
      return {code, stderr};
    };

    it('without a credential, or with an expired one', async () => {
      expect((await refused(['-i', 'nobody', '--'])).code).to.equal(3);
      await world.store(-1, {identifier: 'dead', username: 'dead'});
      expect((await refused(['-i', 'alice', '-i', 'dead', '--'])).code).to.equal(4);
    });

    it('inside another exec', async () => {
      const {code, stderr} = await refused(['-i', 'alice', '--', process.execPath, TOOL, 'exec', '--']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('already runs inside tool exec').and.contain('TOOL_EXEC');
    });

    for (const [what, args, words] of [
      ['without --', [], 'must follow --'],
      ['with a word before --', ['npm', '--'], 'before --'],
      ['with an unknown flag', ['--onyl', 'X', '--'], '--onyl'],
      ['with an unknown variable', ['--only', 'THREADS_TOKEN', '--'], 'THREADS_ACCESS_TOKEN, THREADS_APP_ID'],
      ['with names that would share variables', ['-i', 'x', '-i', 'a.b', '-i', 'A_b', '--'], 'the same'],
      ['with an invalid name', ['-i', '../x', '--'], 'credential name'],
    ] as const) {
      it(what, async () => {
        const {code, stderr} = await refused([...args]);
        expect(code).to.equal(2);
        expect(stderr).to.contain(words);
      });
    }

    it('without a command, and shows an example', async () => {
      for (const args of [[], ['--'], ['-i', 'alice', '--']]) {
        const {code, stderr} = await run(args);
        expect(code).to.equal(2);
        expect(stderr).to.contain('tool exec -- npm start');
      }
    });

    it('if the value of a variable in --only is unknown', async () => {
      const env = {THREADS_ACCESS_TOKEN: world.sandbox.mint().access_token};
      const {code, stderr} = await refused(['--only', 'THREADS_APP_SECRET', '--'], env);
      expect(code).to.equal(3);
      expect(stderr).to.contain('THREADS_APP_SECRET');
    });
  });

  it('forwards every signal, and ends when the command does', async () => {
    const running = start(['-i', 'alice', '--', ...WATCH]);
    await running.saying(/watching/);
    for (const signal of [
      'SIGHUP',
      'SIGINT',
      'SIGQUIT',
      'SIGTERM',
      'SIGUSR1',
      'SIGALRM',
      'SIGABRT',
      'SIGPIPE',
      'SIGWINCH',
    ] as const) {
      running.child.kill(signal);
      await running.saying(new RegExp(`${signal} 1`));
    }
    running.child.kill('SIGUSR2');
    const [, counts] = await running.saying(/all: (.*)/);
    expect(new Set(Object.values(JSON.parse(counts!)))).to.deep.equal(new Set([1]));
    running.child.stdin!.end();
    expect((await running.ended).code).to.equal(5);
  });

  describe('--file', () => {
    let memory: string;
    before(async function () {
      const isThere = existsSync('/dev/shm') && (await statfs('/dev/shm')).type === 0x01021994;
      needs(this, 'a tmpfs at /dev/shm', isThere);
    });
    beforeEach(async () => {
      memory = await mkdtemp('/dev/shm/agora-vault-test-');
    });
    afterEach(() => rm(memory, {recursive: true}));

    const env = () => ({XDG_RUNTIME_DIR: memory});
    const WAIT = ['sh', '-c', 'echo "$THREADS_CREDENTIALS_FILE" >&2; exec cat'];
    const startWaiting = async () => {
      const running = start(['-i', 'alice', '--file', '--', ...WAIT], env());
      const [path] = await running.saying(/^\/.*(?=\n)/m);
      expect(existsSync(path)).to.equal(true);
      return {running, path};
    };

    it('passes a private file in memory, and no secret in the environment', async () => {
      const script = `
        const {THREADS_CREDENTIALS_FILE: path, ...rest} = process.env;
        const {mode} = fs.statSync(path), {mode: folder} = fs.statSync(require('path').dirname(path));
        console.log(JSON.stringify({path, rest, modes: [mode & 0o777, folder & 0o777], text: fs.readFileSync(path, 'utf8')}))`;
      const {stdout} = await run(['-i', 'alice', '--file', '--', process.execPath, '-e', script], {
        env: env(),
      });
      const {path, rest, modes, text} = JSON.parse(stdout);
      expect(dirname(dirname(path))).to.equal(memory);
      expect(modes).to.deep.equal([0o600, 0o700]);
      expect(parse(text)).to.deep.equal(variables(alice));
      expect(ofThreads(rest)).to.deep.equal({});
      expect(JSON.stringify(rest)).not.to.contain(alice.refresh_token).and.not.contain(alice.app_secret);
      expect(await readdir(memory)).to.deep.equal([]);
    });

    it('holds the variables in --only, of several credentials', async () => {
      await world.store(40, {identifier: 'shop', username: 'shop'});
      const only = ['-i', 'alice', '-i', 'shop', '--only', 'THREADS_USER_ID'];
      const {stdout} = await run([...only, '--file', '--', 'sh', '-c', 'cat "$THREADS_CREDENTIALS_FILE"'], {
        env: env(),
      });
      expect(parse(stdout)).to.have.all.keys('THREADS_USER_ID', 'THREADS_SHOP_USER_ID');
    });

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
      it(`is gone after ${signal}`, async () => {
        const {running} = await startWaiting();
        running.child.kill(signal);
        await running.ended;
        expect(await readdir(memory)).to.deep.equal([]);
      });
    }

    it('is gone if the command could not start', async () => {
      expect((await run(['-i', 'alice', '--file', '--', 'no-such-command'], {env: env()})).code).to.equal(
        127,
      );
      expect(await readdir(memory)).to.deep.equal([]);
    });

    it('is swept by the next exec after a SIGKILL; other files and those in use stay', async () => {
      const strangers = [`tool-exec-1-${process.pid}-1-abcdef`, 'tool-exec-mine', 'other'];
      for (const name of strangers) await mkdir(join(memory, name));
      const live = await startWaiting();
      const killed = await startWaiting();
      killed.running.child.kill('SIGKILL');
      await once(killed.running.child, 'exit');
      expect(existsSync(killed.path)).to.equal(true);

      expect((await run(['-i', 'alice', '--', 'true'], {env: env()})).code).to.equal(0);
      expect(existsSync(killed.path)).to.equal(false);
      expect(await readFile(live.path, 'utf8')).to.contain(alice.refresh_token);
      killed.running.child.stdin!.end();
      live.running.child.stdin!.end();
      await live.running.ended;
      expect(await readdir(memory)).to.have.members(strangers);
    });

    it('L5: is swept after a SIGKILL in another PID namespace; one in use there stays', async function () {
      needsNamespaces(this);
      const startElsewhere = async () => {
        const command = [process.execPath, TOOL, 'exec', '-i', 'alice', '--file', '--', ...WAIT];
        const running = new Running(
          spawn('unshare', ['--pid', '--fork', '--kill-child', ...command], {env: world.env(env())}),
        );
        const [path] = await running.saying(/^\/.*(?=\n)/m);
        return {running, path};
      };
      const live = await startElsewhere();
      const killed = await startElsewhere();
      killed.running.child.kill('SIGKILL'); // It takes the namespace with it.
      await killed.running.ended;
      expect(existsSync(killed.path)).to.equal(true);

      expect((await run(['-i', 'alice', '--', 'true'], {env: env()})).code).to.equal(0);
      expect(existsSync(killed.path)).to.equal(false);
      expect(await readFile(live.path, 'utf8')).to.contain(alice.refresh_token);
      live.running.child.stdin!.end();
      await live.running.ended;
      expect(await readdir(memory)).to.deep.equal([]);
    });

    it('does not use a disk', async function () {
      const {type} = await statfs(world.folder);
      needs(this, 'a temporary folder on a disk', type !== 0x01021994);
      const {stdout} = await run(
        ['-i', 'alice', '--file', '--', 'sh', '-c', 'echo "$THREADS_CREDENTIALS_FILE"'],
        {
          env: {XDG_RUNTIME_DIR: world.folder},
        },
      );
      expect(stdout).to.match(/^\/dev\/shm\//);
      expect(existsSync(stdout.trim())).to.equal(false);
    });
  });

  describe('on a terminal', () => {
    let terminal: Terminal;
    before(function () {
      needsLinux(this);
      needsPrograms(this, ...TERMINAL_PROGRAMS);
    });
    beforeEach(async () => {
      const env = {NODE: process.execPath, TOOL, WATCH: WATCH[1]!};
      terminal = await Terminal.open(world.env(env));
    });
    afterEach(() => terminal.close());

    const watch = async (settings = '') => {
      const line = `${settings} TOP=$$ exec "$NODE" "$TOOL" exec -i alice -- "$NODE" "$WATCH"`;
      terminal.type(`bash -c '${line}'; echo ended $?\n`);
      await terminal.seeing(/watching/);
    };
    const allSignals = async () => {
      terminal.type('ask\n');
      return JSON.parse((await terminal.seeing(/all: (.*)\r/))[1]!);
    };

    for (const settings of ['', 'NODE_DEBUG=http']) {
      it(`lets Ctrl-C and Ctrl-\\ reach the command exactly once ${settings}`, async () => {
        await watch(settings);
        terminal.type('\x03');
        await terminal.seeing(/SIGINT 1/);
        terminal.type('\x1c');
        await terminal.seeing(/SIGQUIT 1/);
        expect(await allSignals()).to.deep.equal({SIGINT: 1, SIGQUIT: 1});
        terminal.type('end\n');
        await terminal.seeing(/ended 5/);
      });
    }

    it('dies by Ctrl-C if the command does, so that a loop around it ends', async () => {
      terminal.type("PS1='<$?>'\n");
      await terminal.seeing(/<0>/);
      const once = `"$NODE" "$TOOL" exec -i alice -- sh -c 'echo run$i; exec sleep 60'`;
      terminal.type(`for i in 1 2; do export i; ${once}; done\n`);
      await terminal.seeing(/run1/);
      terminal.type('\x03');
      expect((await terminal.seeing(/run2|<\d+>/))[0]).to.equal('<130>');
    });

    it('stops with the command on Ctrl-Z, once that has restored its screen, and continues with fg', async () => {
      await watch();
      terminal.type('\x1a');
      await terminal.seeing(/tidying/);
      expect((await terminal.seeing(/tidied|Stopped/))[0]).to.equal('tidied');
      await terminal.seeing(/Stopped/);
      terminal.type('echo "the shell""; jobs"; fg\n');
      await terminal.seeing(/the shell; jobs/);
      await terminal.seeing(/SIGCONT/);
      terminal.type('hello\n');
      await terminal.seeing(/read hello/);
      terminal.type('end\n');
      await terminal.seeing(/ended 5|\n/);
    });

    it('gives the terminal to a shell, and takes it back when the shell is suspended', async () => {
      terminal.type("export PS1='<$TOOL_EXEC$?>'\n");
      await terminal.seeing(/<0>/);
      terminal.type('"$NODE" "$TOOL" exec -i alice -- bash --norc --noprofile -i\n');
      await terminal.seeing(/<alice0>/);
      terminal.type('suspend\n');
      await terminal.seeing(/Stopped/);
      await terminal.seeing(/<\d+>/);
      terminal.type('fg\n');
      await terminal.seeing(/<alice\d+>/);
      terminal.type('exit 6\n');
      await terminal.seeing(/<6>/);
    });

    it('tells the command about a new window size, once', async () => {
      terminal.type('tty\n');
      const [tty] = await terminal.seeing(/\/dev\/\S+/);
      await watch();
      execFileSync('stty', ['-F', tty, 'rows', '33']);
      await terminal.seeing(/SIGWINCH 1/);
      expect(await allSignals()).to.deep.equal({SIGWINCH: 1});
      terminal.type('end\n');
      await terminal.seeing(/ended 5/);
    });

    it('leaves all input after a passphrase prompt to the command', async () => {
      const locked = await World.create();
      await locked.store(50);
      await locked.vault.rotateKey('passphrase');
      await terminal.close();
      const env = {NODE: process.execPath, TOOL, WATCH: WATCH[1]!};
      terminal = await Terminal.open(locked.env(env));
      terminal.type('"$NODE" "$TOOL" exec -- "$NODE" "$WATCH"; echo ended $?\n');
      await terminal.seeing(/passphrase/);
      terminal.type(`${PASSPHRASE}\r`);
      await terminal.seeing(/watching/);
      for (const word of ['one', 'two', 'three']) {
        terminal.type(`${word}\n`);
        await terminal.seeing(new RegExp(`read ${word}`));
      }
      terminal.type('end\n');
      await terminal.seeing(/ended 5/);
      await locked.destroy();
    });

    it('ends with the command when the terminal is closed', async () => {
      terminal.type(`"$NODE" "$TOOL" exec -i alice -- sh -c 'echo pids $PPID $$ .; exec sleep 600'\n`);
      const [, ...pids] = await terminal.seeing(/pids (\d+) (\d+) \./);
      await terminal.close();
      for (const pid of pids) while (existsSync(`/proc/${pid}`)) await wait(10);
    });
  });
});
