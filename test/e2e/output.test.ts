import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {ROOT, TOOL, World} from '../support/world.js';

interface Help {
  id: string;
  hidden?: boolean;
  summary: string;
  description: string;
  examples: object[];
  flags: Record<string, {name: string; summary?: string; description?: string}>;
  args: Record<string, {name: string; summary?: string; description?: string}>;
}

describe('output of every command', () => {
  let world: World;
  before(async () => {
    world = await World.create();
  });
  after(() => world.destroy());

  const canary = 'CANARY-secret-0123456789';

  for (const [what, args] of [
    ['an unknown flag', ['threads', 'token', `--app-secrt=${canary}`]],
    ['an unknown flag with a value', ['threads', 'token', '--app-secrt', canary]],
    ['an unexpected argument', ['threads', 'token', canary]],
    ['an unknown command', ['threads', canary]],
    ['help for an unknown command', ['help', 'threads', canary]],
    ['the help flag before an unknown command', ['--help', canary]],
    ['an invalid choice', ['threads', 'refresh', '--format', 'yaml']],
    ['an invalid number', ['threads', 'authorize', '--timeout', 'long']],
    ['a missing flag', ['utils', 'tokens', 'show']],
  ] as const) {
    it(`is a usage error with exit code 2 for ${what}, in text and in JSON, and repeats no secret`, async () => {
      const text = await world.run([...args]);
      expect(text.code).to.equal(2);
      expect(text.stdout).to.equal('');
      expect(text.stderr)
        .to.match(/^Error: .+\n( {2}.+\n)+$/)
        .and.not.contain(canary)
        .and.not.match(/\n\s+at /);
      const json = await world.run([...args, '--json']);
      expect(json.code).to.equal(2);
      expect(JSON.parse(json.stdout).error).to.have.keys('code', 'message', 'suggestions', 'exit_code');
      expect(json.stdout + json.stderr).not.to.contain(canary);
    });
  }

  for (const [typed, meant] of [
    ['threads tokn', 'tool threads token'],
    ['thread', 'tool threads'],
    ['tokn', 'tool threads token'],
    ['help threads tokn', 'tool threads token'],
    ['tokn --help', 'tool threads token'],
    ['utils token list --json=x', 'tool utils tokens list'],
    ['threads token --identifer alice', '--identifier'],
  ] as const) {
    it(`suggests ${meant} for ${typed}`, async () => {
      const {code, stderr} = await world.run(typed.split(' '));
      expect(code).to.equal(2);
      expect(stderr).to.contain(`Did you mean: ${meant}\n`);
    });
  }

  it('holds no argument and no request even with DEBUG and NODE_DEBUG', async () => {
    const token = world.sandbox.mint().access_token;
    const env = {THREADS_REFRESH_TOKEN: token, DEBUG: '*', NODE_DEBUG: 'fetch,undici,http,https,net,tls'};
    const {code, stdout, stderr} = await world.run(['threads', 'status'], {env});
    expect(code).to.equal(0);
    expect(stdout).to.contain('@sandbox_account');
    expect(stderr).not.to.contain(token).and.not.contain('access_token');
    expect(stderr).to.contain('NODE_DEBUG is ignored');
  });

  it('is the same help for `help` and --help', async () => {
    for (const command of ['', ' threads', ' utils tokens', ' threads token', ' exec']) {
      const asked = await world.run(`help${command}`.split(' '));
      expect(asked).to.deep.equal(await world.run(`${command} --help`.trim().split(' ')));
      expect(asked.code).to.equal(0);
    }
  });

  it('includes help: a summary, what each flag does, and tasks as examples', async () => {
    const {commands} = JSON.parse(await readFile(join(ROOT, 'oclif.manifest.json'), 'utf8'));
    const visible = Object.values<Help>(commands).filter(command => !command.hidden);
    expect(visible).to.have.length.greaterThan(20);
    for (const {id, summary, description, examples, flags, args} of visible) {
      expect(summary, id).to.match(/^[A-Z].{10,}[^.]$/);
      expect(description, id).to.be.a('string').and.not.equal(summary);
      for (const example of examples) expect(example, id).to.have.keys('description', 'command');
      for (const {name, summary, description} of [...Object.values(flags), ...Object.values(args)])
        expect(summary ?? description, `${id} ${name}`).to.match(/^[A-Z].{5,}/);
    }
  });

  it('is one JSON document for every command in the manifest', async () => {
    const {commands} = JSON.parse(await readFile(join(ROOT, 'oclif.manifest.json'), 'utf8'));
    const ids = Object.keys(commands).filter(id => id !== 'threads:sandbox');
    expect(ids).to.have.length.greaterThan(6);
    for (const id of ids) {
      const {stdout} = await world.run([...id.split(':'), '--json'], {env: {CI: 'true'}, stdin: ''});
      expect(JSON.parse(stdout), id).to.be.an('object');
    }
  });

  it('ends quietly when its reader has gone', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${TOOL}" --help | true`], {env: world.env()});
    let stderr = '';
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    await once(child, 'close');
    expect(stderr).to.equal('');
  });

  it('names an invalid setting', async () => {
    const cases: [Record<string, string>, string][] = [
      [{TOOL_THREADS_API_URL: 'http://example.com'}, 'TOOL_THREADS_API_URL'],
      [{TOOL_KEYCHAIN_TIMEOUT: 'long'}, 'TOOL_KEYCHAIN_TIMEOUT'],
    ];
    for (const [env, name] of cases) {
      const {code, stderr} = await world.run(['threads', 'token'], {env});
      expect(code, name).to.equal(2);
      expect(stderr).to.contain(name);
    }
  });

  it('says that config.json is invalid, and leaves it unchanged', async () => {
    await world.store(50, {identifier: 'a'});
    await writeFile(world.home.configFile, '{"refreshWindowDays": "many"}', {mode: 0o600});
    const {code, stderr} = await world.run(['threads', 'token']);
    expect(code).to.equal(2);
    expect(stderr).to.contain('config.json');
    expect(await readFile(world.home.configFile, 'utf8')).to.equal('{"refreshWindowDays": "many"}');
  });
});

describe('sandbox command', () => {
  it('prints the variables to set, serves, and exits with 0 on Ctrl-C', async () => {
    const world = await World.create();
    const running = world.start(['threads', 'sandbox', '--consent', 'auto']);
    await running.saying(/until you press Ctrl-C/);
    const url = /^export TOOL_THREADS_API_URL='(.*)'$/m.exec(running.stdout)![1]!;
    for (const name of ['TOOL_THREADS_AUTHORIZE_URL', 'THREADS_APP_ID', 'THREADS_APP_SECRET']) {
      expect(running.stdout).to.contain(`export ${name}='`);
    }
    expect((await fetch(`${url}/v1.0/me`)).status).to.equal(400);
    running.child.kill('SIGINT');
    expect((await running.ended).code).to.equal(0);
    await world.destroy();
  });
});

describe('oclif.manifest.json', () => {
  it('matches the commands', async () => {
    const {Plugin} = await import('@oclif/core');
    const committed = JSON.parse(await readFile(join(ROOT, 'oclif.manifest.json'), 'utf8'));
    const plugin = new Plugin({
      root: ROOT,
      type: 'core',
      ignoreManifest: true,
      errorOnManifestCreate: true,
      respectNoCacheDefault: true,
    });
    await plugin.load();
    expect(JSON.parse(JSON.stringify(plugin.manifest))).to.deep.equal(committed);
  });
});
