import {existsSync, rmSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {parse} from 'dotenv';
import {ROOT, World} from '../support/world.js';

const REFRESH = '/refresh_access_token';
const DAY = 86_400_000;
const KILL_AT = join(ROOT, 'test/support/kill-at.mjs');

describe('a .env file', () => {
  let world: World;
  let path: string;
  beforeEach(async () => {
    world = await World.create();
    path = join(world.folder, '.env');
  });
  afterEach(() => world.destroy());

  const aged = (days: number) =>
    world.sandbox.mint({issuedAt: new Date(Date.now() - days * DAY)}).access_token;
  const read = () => readFile(path, 'utf8');

  describe('utils tokens set-env', () => {
    const set = (...args: string[]) => ['utils', 'tokens', 'set-env', path, ...args];

    it('gets the stored token, and keeps every other byte', async () => {
      const {refresh_token} = await world.store(50);
      const text = (token: string) =>
        `# it's "mine"\r\nexport THREADS_REFRESH_TOKEN='${token}' # weekly\r\n\r\nKEY="a\r\nb"\nLAST=\`x\``;
      await writeFile(path, text('THAAold'), {mode: 0o600});
      const {code, stdout, stderr} = await world.run(set());
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/^Written to .*\/\.env as THREADS_REFRESH_TOKEN: alice, 50 days left/);
      expect(await read()).to.equal(text(refresh_token));
      expect(world.sandbox.requests).to.deep.equal([]);
    });

    it('is created if there is none, and private', async () => {
      const {refresh_token} = await world.store(50);
      expect((await world.run(set('--variable', 'acc_tkn'))).code).to.equal(0);
      expect(parse(await read())).to.deep.equal({acc_tkn: refresh_token});
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
    });

    it('gets the token from the variables, without a store', async () => {
      const env = {THREADS_REFRESH_TOKEN: aged(1)};
      const {code, value} = await world.json(set(), {env});
      expect(code).to.equal(0);
      expect(value).to.deep.include({
        file: path,
        variable: 'THREADS_REFRESH_TOKEN',
        changed: true,
        created: true,
      });
      expect(value.source.kind).to.equal('environment');
      expect(parse(await read())).to.deep.equal(env);
      expect(JSON.stringify(value)).not.to.contain(env.THREADS_REFRESH_TOKEN);
      expect(existsSync(world.home.folder)).to.equal(false);
    });

    it('carries a credential into an unattended run, its date included', async () => {
      const {refresh_token, expires_at} = await world.store(50);
      await writeFile(path, 'THREADS_REFRESH_TOKEN=x\nTHREADS_TOKEN_EXPIRES_AT=2026-01-01T00:00:00Z\n');
      await world.run(set());
      expect(parse(await read())).to.deep.equal({
        THREADS_REFRESH_TOKEN: refresh_token,
        THREADS_TOKEN_EXPIRES_AT: expires_at,
      });
      const env = {...parse(await read()), TOOL_HOME: join(world.folder, 'elsewhere')};
      expect((await world.run(['threads', 'token'], {env})).stdout).to.equal(`${refresh_token}\n`);
    });

    it('keeps its mode, with a warning if others can read it', async () => {
      await world.store(50);
      await writeFile(path, 'A=1\n');
      await chmod(path, 0o644);
      const {code, stderr} = await world.run(set());
      expect(code).to.equal(0);
      expect(stderr).to.match(/^Warning: Other users .*chmod go= /);
      expect((await stat(path)).mode & 0o777).to.equal(0o644);
    });

    it('is left unchanged if it is for another account, or the token is expired or missing', async () => {
      await writeFile(path, 'THREADS_USER_ID=7\nTHREADS_REFRESH_TOKEN=bobs\n');
      const before = await read();
      expect((await world.run(set())).code).to.equal(3);
      await world.store(50);
      expect((await world.run(set())).code).to.equal(2);
      await world.store(-1);
      expect((await world.run(set())).code).to.equal(4);
      expect(await read()).to.equal(before);
    });

    it('holds the whole old or the whole new text, whenever the command is killed', async () => {
      await world.store(50);
      path = join(world.home.folder, 'bot.env');
      const old = `A='1'\n${'# line\n'.repeat(500)}THREADS_REFRESH_TOKEN=THAAold\n`;
      const log = join(world.folder, 'steps');
      let kills = 0;
      for (let n = 1; ; n++) {
        await writeFile(path, old, {mode: 0o600});
        const env = {STEPS_LOG: log, KILL_AT: String(n)};
        const {code} = await world.run(set(), {preload: [KILL_AT], env});
        const now = await read();
        if (code === 0) break;
        kills++;
        const {refresh_token} = (await world.stored())!;
        expect([old, old.replace('THAAold', refresh_token)], `killed at step ${n}`).to.include(now);
      }
      expect(kills).to.be.greaterThan(3);
      expect(parse(await read()).A).to.equal('1');
    });
  });

  describe('threads refresh --set-env', () => {
    const refresh = (...args: string[]) => ['threads', 'refresh', '--set-env', path, ...args];

    it('gets the renewed token of the store', async () => {
      const {refresh_token} = await world.store(5);
      await writeFile(path, '# bot\nTHREADS_ACCESS_TOKEN=x\n', {mode: 0o600});
      const {code, stdout, stderr} = await world.run(refresh());
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/^Refreshed: alice, 60 days left/);
      const stored = (await world.stored())!.refresh_token;
      expect(stored).not.to.equal(refresh_token);
      expect(await read()).to.equal(`# bot\nTHREADS_ACCESS_TOKEN=${stored}\n`);
    });

    it('gets the current token if it is not due', async () => {
      const {refresh_token} = await world.store(50);
      const {code, value} = await world.json(refresh());
      expect(code).to.equal(0);
      expect(value).to.include({refreshed: false});
      expect(value.env_file).to.include({variable: 'THREADS_REFRESH_TOKEN', changed: true, created: true});
      expect(JSON.stringify(value)).not.to.contain(refresh_token);
      expect(parse(await read())).to.deep.equal({THREADS_REFRESH_TOKEN: refresh_token});
    });

    it('stores the renewed token from the variables, so that it need not be printed', async () => {
      const old = aged(50);
      const {code, stdout} = await world.run(refresh(), {env: {THREADS_REFRESH_TOKEN: old}});
      expect(code).to.equal(0);
      const token = parse(await read()).THREADS_REFRESH_TOKEN!;
      expect(token).to.match(/^THAA/).and.not.equal(old);
      expect(stdout).not.to.contain(token);
      expect(existsSync(world.home.folder)).to.equal(false);
    });

    it('has its own token renewed if there is no other, as ThreadsPipe does', async () => {
      const old = aged(50);
      await writeFile(path, `A=1\nlong_lived_token_variable='${old}'\nB=2`, {mode: 0o600});
      expect((await world.run(refresh())).code).to.equal(3);
      const {code, stderr} = await world.run(refresh('--variable', 'long_lived_token_variable'));
      expect(code, stderr).to.equal(0);
      const {long_lived_token_variable: token} = parse(await read());
      expect(token).to.match(/^THAA/).and.not.equal(old);
      expect(await read()).to.equal(`A=1\nlong_lived_token_variable='${token}'\nB=2`);
      expect(existsSync(world.home.folder)).to.equal(false);
    });

    it('must be writable before a token is requested', async () => {
      await world.store(5);
      await writeFile(path, Buffer.from('A=\xe4\n', 'latin1'));
      expect((await world.run(refresh())).code).to.equal(2);
      path = join(world.folder, 'none/.env');
      expect((await world.run(refresh())).code).to.equal(2);
      expect(world.requests(REFRESH)).to.equal(0);
    });

    it('is left unchanged if the service fails', async () => {
      await world.store(5);
      await writeFile(path, 'THREADS_REFRESH_TOKEN=x', {mode: 0o600});
      const fault = world.sandbox.fail(REFRESH, {status: 500, body: 'no'});
      expect((await world.run(refresh())).code).to.equal(7);
      expect(fault.fired()).to.equal(1);
      expect(await read()).to.equal('THREADS_REFRESH_TOKEN=x');
    });

    it('loses no token if its folder vanishes meanwhile', async () => {
      path = join(world.folder, 'project', '.env');
      for (const env of [{}, {THREADS_REFRESH_TOKEN: aged(50)}]) {
        await writeFile(join(await makeFolder('project'), '.env'), 'A=1\n', {mode: 0o600});
        if (!env.THREADS_REFRESH_TOKEN) await world.store(5);
        const fault = world.sandbox.fail(REFRESH, {
          status: 200,
          get body() {
            rmSync(join(world.folder, 'project'), {recursive: true});
            const {access_token} = world.sandbox.mint();
            return {access_token, token_type: 'bearer', expires_in: 5_184_000};
          },
        });
        const {code, stdout, stderr} = await world.run(refresh('--force'), {
          env: {...env, TMPDIR: await makeFolder('tmp')},
        });
        expect(fault.fired()).to.equal(1);
        expect(code).to.equal(2);
        expect(stdout).to.equal('');
        const renewed = world.sandbox.issued().at(-1)!;
        expect(stderr).to.contain('renewed').and.not.contain(renewed);
        if (env.THREADS_REFRESH_TOKEN) {
          const [, aside = ''] = /token is in (\S+)\. Take/.exec(stderr)!;
          expect(parse(await readFile(aside, 'utf8'))).to.deep.equal({THREADS_REFRESH_TOKEN: renewed});
        } else {
          expect(stderr).to.contain('utils tokens set-env FILE --identifier alice');
          expect((await world.stored())!.refresh_token).to.equal(renewed);
        }
      }
    });

    it('is needed for --variable, and neither may be a secret', async () => {
      const secret = 'fa4e5ec2e7fa4e5ec2e7fa4e5ec2e7ab';
      await world.store(50);
      for (const args of [
        ['threads', 'refresh', '--variable', 'X'],
        ['threads', 'refresh', '--all', '--set-env', path],
        ['threads', 'refresh', '--set-env', secret],
        ['utils', 'tokens', 'set-env', secret],
        ['utils', 'tokens', 'set-env', path, '--variable', secret],
      ]) {
        const {code, stderr} = await world.run(args);
        expect(code, args.join(' ')).to.equal(2);
        expect(stderr).not.to.contain(secret);
      }
      expect(existsSync(path)).to.equal(false);
      expect(await readdir(ROOT)).not.to.include(secret);
    });
  });

  async function makeFolder(name: string): Promise<string> {
    const folder = join(world.folder, name);
    await mkdir(folder, {recursive: true});
    return folder;
  }
});
