import {once} from 'node:events';
import {mkdir, readdir, readFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {expect} from 'chai';
import {needsPosix} from '../support/needs.js';
import {encodingsOf} from '../support/secrets.js';
import {type Running, World} from '../support/world.js';

/** Options of Node that print or write something, one per line. */
const OPTIONS = [
  '--trace-event-categories=node.http',
  '--trace_event_categories=node.http,node.net,node.fs,v8',
  '--trace-event-categories=node,node.async_hooks,node.bootstrap,node.console,node.environment,node.promises',
  '--tls-keylog=keys.log',
  '--trace-tls',
  '--cpu-prof',
  '--heap-prof',
  '--heapsnapshot-signal=SIGUSR2',
  '--heapsnapshot-near-heap-limit=3',
  '--report-uncaught-exception',
  '--report-on-signal',
  '--report-on-fatalerror',
  '--redirect-warnings=warnings.log',
  '--trace-warnings',
  '--trace-deprecation',
  '--trace-uncaught',
  '--trace-exit',
  '--trace-sigint',
  '--trace-sync-io',
  '--abort-on-uncaught-exception',
  '--perf-basic-prof',
  '--perf-prof',
  '--interpreted-frames-native-stack',
  '--enable-source-maps',
  '--inspect=127.0.0.1:0',
  '--prof',
  '--log-all',
  '--trace-gc',
  '--print-bytecode --print-bytecode-filter=token',
];
/** Variables that make Node or OpenSSL print or write something. */
const VARIABLES: Record<string, string>[] = [
  {NODE_DEBUG: 'http,https,net,tls,stream,child_process,fs,module,timers,worker'},
  {NODE_DEBUG_NATIVE: 'all'},
  {NODE_DEBUG_NATIVE: 'http2,crypto,code_cache,inspector_server,inspector_profiler,diagnostics'},
  {NODE_V8_COVERAGE: 'coverage'},
  {NODE_REDIRECT_WARNINGS: 'warnings.log'},
  {NODE_COMPILE_CACHE: 'cache'},
  {NODE_REPL_HISTORY: 'history'},
  {SSLKEYLOGFILE: 'keys.log'},
  {OPENSSL_TRACE: 'TLS'},
  {UV_THREADPOOL_SIZE: '1'},
];

describe('options of Node that print or write', function () {
  this.timeout(240_000);
  let world: World;
  let cwd: string;
  beforeEach(async () => {
    world = await World.create();
    cwd = join(world.folder, 'cwd');
    await mkdir(cwd);
  });
  afterEach(() => world.destroy());

  /** Runs a command that sends a token from the environment, and looks for the token in all that is left. */
  async function expectNoToken(what: string, env: Record<string, string>, nodeOptions: string[] = []) {
    const token = world.sandbox.mint().access_token;
    const given = {THREADS_REFRESH_TOKEN: token, ...env};
    const {code, stdout, stderr} = await world.run(['threads', 'status'], {env: given, nodeOptions, cwd});
    expect(encodingsOf(token, stdout + stderr), what).to.deep.equal([]);
    for (const entry of await readdir(world.folder, {recursive: true, withFileTypes: true})) {
      if (!entry.isFile()) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
      expect(encodingsOf(token, text), `${what}: ${entry.name}`).to.deep.equal([]);
    }
    return {code, stdout, stderr};
  }

  it('L4: none writes or prints a token', async () => {
    let ran = 0;
    for (const option of OPTIONS) {
      // Node itself refuses some of them in NODE_OPTIONS.
      for (const [how, env, options] of [
        ['NODE_OPTIONS', {NODE_OPTIONS: option}, []],
        ['the command line', {}, option.split(' ')],
      ] as const) {
        const {code, stderr} = await expectNoToken(`${option} in ${how}`, env, [...options]);
        if (code === 0) ran++;
        else expect(stderr, option).to.match(/is not allowed in NODE_OPTIONS|bad option/);
      }
    }
    for (const variables of VARIABLES) {
      expect((await expectNoToken(JSON.stringify(variables), variables)).code).to.equal(0);
      ran++;
    }
    expect(ran).to.be.greaterThan(OPTIONS.length + VARIABLES.length);
    console.log(`      ${ran} runs with an option or a variable of Node, ${OPTIONS.length} options`);
  });

  it('L4: exec gives NODE_OPTIONS back to its command', async () => {
    await world.store(50);
    const NODE_OPTIONS = '--trace-event-categories=node.http';
    const {code, stdout} = await world.run(['exec', '--', 'sh', '-c', 'echo "$NODE_OPTIONS"'], {
      env: {NODE_OPTIONS},
      cwd,
    });
    expect({code, stdout}).to.deep.equal({code: 0, stdout: `${NODE_OPTIONS}\n`});
    const names = await world.run(['exec', '--', 'env'], {env: {NODE_OPTIONS}, cwd});
    expect(names.stdout).not.to.contain('TOOL_EXEC_NODE');
  });

  it('L4: other options stay', async () => {
    const {code, stderr} = await world.run(['--version'], {env: {NODE_OPTIONS: '--max-old-space-size=500'}});
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
  });

  const accepts = (port: number) =>
    new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  const waiting: Record<string, () => [Running, Promise<unknown>]> = {
    'threads authorize': () => {
      const running = world.startAuthorize(['--no-browser'], {cwd});
      return [running, running.authorizationUrl()];
    },
    'threads sandbox': () => {
      const running = world.start(['threads', 'sandbox'], {cwd});
      return [running, running.saying(/until you press Ctrl-C/)];
    },
  };
  for (const [command, begin] of Object.entries(waiting))
    it(`L10: SIGUSR1 opens no inspector during ${command}`, async function () {
      needsPosix(this);
      const [running, ready] = begin();
      await ready;
      for (let times = 0; times < 3; times++) {
        running.child.kill('SIGUSR1');
        await wait(150);
      }
      expect(running.stderr).not.to.match(/Debugger listening/);
      expect(running.child.exitCode).to.equal(null);
      running.child.kill('SIGINT');
      await once(running.child, 'close');
    });

  for (const how of ['NODE_OPTIONS', 'the command line'])
    it(`L10: --inspect in ${how} leaves no inspector open`, async () => {
      const option = '--inspect=127.0.0.1:0';
      const running = world.start(['threads', 'sandbox'], {
        cwd,
        ...(how === 'NODE_OPTIONS' ? {env: {NODE_OPTIONS: option}} : {nodeOptions: [option]}),
      });
      await once(running.child.stdout!, 'data');
      const ports = [...running.stderr.matchAll(/ws:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) =>
        Number(port),
      );
      expect(ports).to.have.length(1);
      expect(await accepts(ports[0]!)).to.equal(false);
      running.child.kill('SIGTERM'); // A SIGINT is left to the new process if the tests run in a terminal.
      await once(running.child, 'close');
    });
});
