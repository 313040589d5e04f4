import {cp, mkdtemp, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {agorasFolder} from '../support/agoras.js';
import {ROOT, World} from '../support/world.js';

const FIXTURE = join(ROOT, 'test/fixtures/agoras');
const IMPORT = ['utils', 'tokens', 'import'];
const ACCOUNTS = [
  {user_id: '26139168152370559', username: 'alice', name: 'Alice'},
  {user_id: '17841405793187218', username: 'bob', name: 'Bob'},
];

describe('utils tokens import', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create({accounts: ACCOUNTS});
  });
  afterEach(() => world.destroy());

  const mint = (username: string) => world.sandbox.mint({username}).access_token;
  const folder = (name: string) => mkdtemp(join(world.folder, name));
  const names = () => world.vault.names('threads');

  /** A storage with Alice twice, once as the default, and Bob under an identifier with dashes. The user ID exceeds 2^53. */
  async function agoras(): Promise<{path: string; alice: string; bob: string}> {
    const [alice, bob] = [mint('alice'), mint('bob')];
    const ofAlice = `{"app_id": "990602627938098", "app_secret": "fake-app-secret", "refresh_token": "${alice}", "user_id": 26139168152370559}`;
    const path = await agorasFolder(await folder('agoras-'), {
      'threads-990602627938098.token': ofAlice,
      'threads-default.token': ofAlice,
      'threads-a-b-c.token': {
        app_id: '2',
        app_secret: 'fake-2',
        refresh_token: bob,
        user_id: ACCOUNTS[1]!.user_id,
      },
      'facebook-12345.token': {client_id: '1', refresh_token: 'fake'},
    });
    return {path, alice, bob};
  }

  /** Names, content, modes and times of everything in a folder. */
  async function state(path: string): Promise<unknown[]> {
    const entries = await readdir(path, {recursive: true, withFileTypes: true});
    return Promise.all(
      entries.map(async entry => {
        const file = join(entry.parentPath, entry.name);
        const {mtimeMs, mode} = await stat(file);
        return [file, mtimeMs, mode, entry.isFile() && (await readFile(file, 'latin1'))];
      }),
    );
  }

  describe('--from agoras', () => {
    it('verifies and stores each account once, leaves the storage unchanged, and names what it skips', async () => {
      const {path, alice, bob} = await agoras();
      const before = await state(path);
      const {code, stdout, stderr} = await world.run([...IMPORT, '--from', 'agoras'], {
        env: {AGORAS_STORAGE_DIR: path},
      });
      expect(code, stderr).to.equal(0);
      const line = (name: string, id: string, file: string) =>
        new RegExp(`^Imported @${name} \\(${id}\\) as ${name} from ${file}: 60 days left`, 'm');
      expect(stdout)
        .to.match(line('alice', '26139168152370559', 'threads-990602627938098.token'))
        .and.match(line('bob', '17841405793187218', 'threads-a-b-c.token'));
      expect(stdout.trim().split('\n')).to.have.length(2);
      expect(stderr).to.contain('facebook-12345.token').and.contain('threads-default.token');
      expect(await state(path)).to.deep.equal(before);
      expect(await world.stored('alice')).to.include({
        refresh_token: alice,
        app_id: '990602627938098',
        app_secret: 'fake-app-secret',
        user_id: '26139168152370559',
        api_url: world.sandbox.url,
      });
      expect((await world.stored('alice'))!.scopes).to.deep.equal([
        'threads_basic',
        'threads_content_publish',
      ]);
      expect((await world.stored('bob'))!.refresh_token).to.equal(bob);
      for (const name of ['alice', 'bob'])
        expect((await world.run(['threads', 'token', '-i', name])).code, name).to.equal(0);
    });

    it('finds ~/.agoras by default', async () => {
      await cp((await agoras()).path, join(world.folder, '.agoras'), {recursive: true});
      expect((await world.run([...IMPORT, '--from', 'agoras'])).code).to.equal(0);
      expect(await names()).to.deep.equal(['alice', 'bob']);
    });

    it('lists the results with masked secrets with --json', async () => {
      const {path, alice, bob} = await agoras();
      const {code, value} = await world.json([...IMPORT, '--from', 'agoras', path]);
      expect(code).to.equal(0);
      expect(value.credentials.map((each: {identifier: string}) => each.identifier)).to.deep.equal([
        'alice',
        'bob',
      ]);
      expect(value.credentials[0]).to.include({source: 'threads-990602627938098.token', replaced: false});
      expect(value.skipped).to.have.length(2);
      expect(JSON.stringify(value))
        .not.to.contain(alice)
        .and.not.contain(bob)
        .and.not.contain('fake-app-secret');
    });

    it('imports a storage of Agoras 2.0.5 with --offline without a request, keeping every digit', async () => {
      const before = await state(FIXTURE);
      const {code, stdout} = await world.run([...IMPORT, '--from', 'agoras', FIXTURE, '--offline']);
      expect(code).to.equal(0);
      expect(stdout).to.contain('26139168152370559').and.contain('17841405793187218');
      expect(world.sandbox.requests).to.deep.equal([]);
      expect(await names()).to.deep.equal(['17841405793187218', '26139168152370559']);
      expect((await world.stored('26139168152370559'))!.expires_at).to.equal(null);
      expect(await state(FIXTURE)).to.deep.equal(before);
    });

    it('looks the expiry up at the first use after --offline', async () => {
      const {path, alice} = await agoras();
      await world.run([...IMPORT, '--from', 'agoras', path, '--offline']);
      const {stdout} = await world.run(['threads', 'token', '-i', '26139168152370559']);
      expect(stdout).to.equal(`${alice}\n`);
      expect(world.requests('/v1.0/debug_token')).to.equal(1);
      expect((await world.stored('26139168152370559'))!.expires_at).to.be.a('string');
    });

    it('refuses a revoked token with 4, and stores the others', async () => {
      const {path, alice} = await agoras();
      world.sandbox.revoke(alice);
      const {code, value} = await world.json([...IMPORT, '--from', 'agoras', path]);
      expect(code).to.equal(4);
      expect(await names()).to.deep.equal(['bob']);
      expect(value.failures).to.have.length(1);
      expect(value.failures[0]).to.deep.include({source: 'threads-990602627938098.token'});
      expect(value.failures[0].error).to.include({code: 'CREDENTIAL_REVOKED', exit_code: 4});
    });

    it('reports a file that cannot be opened with 6, and continues', async () => {
      const {path} = await agoras();
      const file = join(path, 'tokens/threads-a-b-c.token');
      await writeFile(file, (await readFile(file, 'latin1')).replace(/.{4}$/, 'AAAA'));
      const {code, stdout, stderr} = await world.run([...IMPORT, '--from', 'agoras', path]);
      expect(code).to.equal(6);
      expect(stdout).to.match(/^Imported @alice .*\n$/);
      expect(stderr).to.match(/Warning: threads-a-b-c\.token: .*damaged/);
    });

    for (const [what, key] of [
      ['missing', undefined],
      ['wrong', `${'A'.repeat(43)}=`],
    ] as const)
      it(`ends with 5 when the key is ${what}, and stores nothing`, async () => {
        const {path} = await agoras();
        const moved = join(await folder('copy-'), 'agoras');
        await cp(path, moved, {recursive: true, filter: file => !file.endsWith('.key')});
        if (key) await writeFile(join(moved, '.key'), key);
        const {code, stderr} = await world.run([...IMPORT, '--from', 'agoras', moved]);
        expect(code).to.equal(5);
        expect(stderr).to.contain(join(moved, '.key'));
        expect(await names()).to.deep.equal([]);
      });

    it('accepts --identifier for one file but not for several', async () => {
      const {path} = await agoras();
      const named = ['--identifier', 'work'];
      expect((await world.run([...IMPORT, '--from', 'agoras', path, ...named])).code).to.equal(2);
      expect(await names()).to.deep.equal([]);
      const one = join(path, 'tokens/threads-a-b-c.token');
      expect((await world.run([...IMPORT, '--from', 'agoras', one, ...named])).code).to.equal(0);
      expect((await world.stored('work'))!.username).to.equal('bob');
    });

    it('ends with 3 when there is nothing for Threads', async () => {
      const path = await agorasFolder(await folder('agoras-'), {'facebook-1.token': {}});
      const {code, stderr} = await world.run([...IMPORT, '--from', 'agoras', path]);
      expect(code).to.equal(3);
      expect(stderr).to.contain('facebook-1.token');
    });
  });

  describe('--from env', () => {
    const file = async (text: string) => {
      const path = join(await folder('project-'), '.env');
      await writeFile(path, text);
      return path;
    };

    it("reads ThreadsPipe's variable, whatever its name, and leaves the file unchanged", async () => {
      const token = mint('alice');
      const path = await file(`# bot\r\nlong_lived_token_variable='${token}'\r\nOTHER="x"`);
      const before = await state(join(path, '..'));
      const guessed = await world.run([...IMPORT, '--from', 'env', path]);
      expect(guessed.code).to.equal(3);
      expect(guessed.stderr).to.contain('--variable long_lived_token_variable').and.not.contain(token);
      const named = ['--variable', 'long_lived_token_variable'];
      const {code, stdout} = await world.run([...IMPORT, '--from', 'env', path, ...named]);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^Imported @alice \(26139168152370559\) as alice/);
      expect(await world.stored('alice')).to.include({refresh_token: token, app_id: null});
      expect(await state(join(path, '..'))).to.deep.equal(before);
    });

    it('reads the output of show --format env from standard input', async () => {
      const {refresh_token} = await world.store(40, {user_id: ACCOUNTS[0]!.user_id});
      const {stdout} = await world.run(['utils', 'tokens', 'show', '-p', 'threads', '--format', 'env']);
      const env = {TOOL_HOME: join(world.folder, 'elsewhere')};
      const imported = await world.run([...IMPORT, '--from', 'env', '-'], {env, stdin: stdout});
      expect(imported.code, imported.stderr).to.equal(0);
      const token = await world.run(['threads', 'token', '-i', 'alice'], {env});
      expect(token.stdout).to.equal(`${refresh_token}\n`);
    });

    it('replaces the same account under its current name, and keeps its app', async () => {
      const before = await world.store(5, {identifier: 'mine', user_id: ACCOUNTS[0]!.user_id});
      const token = mint('alice');
      const {code, stdout} = await world.run([
        ...IMPORT,
        '--from',
        'env',
        await file(`THREADS_ACCESS_TOKEN=${token}`),
      ]);
      expect(code).to.equal(0);
      expect(stdout).to.contain('as mine').and.contain('replacing the stored one');
      expect(await names()).to.deep.equal(['mine']);
      const {app_id, app_secret} = before;
      expect(await world.stored('mine')).to.include({refresh_token: token, app_id, app_secret});
    });

    it('renames the account to the given name, reports the old name, and keeps the default', async () => {
      await world.store(5, {identifier: 'mine', user_id: ACCOUNTS[0]!.user_id});
      await world.store(50, {identifier: 'bob', user_id: '7'});
      await world.run(['utils', 'tokens', 'use', '-p', 'threads', '-i', 'mine']);
      const token = mint('alice');
      const path = await file(`THREADS_ACCESS_TOKEN=${token}`);
      const {code, stderr} = await world.run([...IMPORT, '--from', 'env', path, '-i', 'work']);
      expect(code).to.equal(0);
      expect(stderr).to.contain('It was stored as mine before');
      expect(await names()).to.deep.equal(['bob', 'work']);
      expect((await world.run(['threads', 'token'])).stdout).to.equal(`${token}\n`);
    });

    it('does not overwrite a credential of another account', async () => {
      const before = await world.store(50, {identifier: 'mine', user_id: '7'});
      const path = await file(`THREADS_ACCESS_TOKEN=${mint('alice')}`);
      const {code, value} = await world.json([...IMPORT, '--from', 'env', path, '-i', 'mine']);
      expect(code).to.equal(2);
      expect(value.error).to.include({code: 'IDENTIFIER_TAKEN'});
      expect(await world.stored('mine')).to.deep.equal(before);
    });

    it('stores nothing when the token cannot be verified', async () => {
      const path = await file(`THREADS_REFRESH_TOKEN=${mint('alice')}`);
      const fault = world.sandbox.fail('/v1.0/me', {drop: 'before'}, 9);
      expect((await world.run([...IMPORT, '--from', 'env', path])).code).to.equal(7);
      expect(fault.fired()).to.be.greaterThan(1);
      expect(await names()).to.deep.equal([]);
    });

    it('refuses a short-lived token and names the command to exchange it', async () => {
      const {access_token} = world.sandbox.mint({kind: 'short'});
      const path = await file(`THREADS_ACCESS_TOKEN=${access_token}`);
      const {code, stderr} = await world.run([...IMPORT, '--from', 'env', path]);
      expect(code).to.equal(2);
      expect(stderr).to.contain('exchange --short-lived-token');
      expect(await names()).to.deep.equal([]);
    });

    it('names a missing argument and a missing file', async () => {
      expect((await world.run([...IMPORT, '--from', 'env'])).stderr).to.contain('--from env FILE');
      const {code, stderr} = await world.run([...IMPORT, '--from', 'env', join(world.folder, 'none')]);
      expect(code).to.equal(2);
      expect(stderr).to.contain(join(world.folder, 'none'));
    });
  });

  describe('--from json', () => {
    const show = ['utils', 'tokens', 'show', '-p', 'threads'];

    it('imports a credential from another machine with its name and dates', async () => {
      const credential = await world.store(40, {identifier: 'work', user_id: ACCOUNTS[0]!.user_id});
      const {stdout} = await world.run([...show, '--format', 'json']);
      const env = {TOOL_HOME: join(world.folder, 'elsewhere')};
      const {code} = await world.run([...IMPORT, '--from', 'json', '-', '--offline'], {env, stdin: stdout});
      expect(code).to.equal(0);
      const again = await world.run([...show, '--format', 'json'], {env});
      expect(JSON.parse(again.stdout)).to.deep.equal(credential);
    });

    it('imports an array from a file, and continues after invalid entries', async () => {
      const path = join(world.folder, 'all.json');
      await writeFile(
        path,
        JSON.stringify([{refresh_token: mint('bob')}, {refresh_token: 'THAA…x9Qz'}, {platform: 'x'}]),
      );
      const {code, stdout, stderr} = await world.run([...IMPORT, '--from', 'json', path]);
      expect(code).to.equal(2);
      expect(stdout).to.match(/^Imported @bob .*\n$/);
      expect(stderr).to.contain('number 2: Its secrets are masked').and.contain('number 3');
    });

    it('refuses text that is not JSON without repeating it', async () => {
      const {code, stderr} = await world.run([...IMPORT, '--from', 'json', '-'], {stdin: 'THAAfake'});
      expect(code).to.equal(2);
      expect(stderr).not.to.contain('THAAfake');
    });
  });

  it('ends with 5 when the vault cannot be opened, and loses nothing', async () => {
    const before = await world.store(50, {identifier: 'other', user_id: '7'});
    await writeFile(world.home.keyFile, '{"keys":[]}');
    const {code} = await world.run([...IMPORT, '--from', 'json', '-'], {
      stdin: JSON.stringify({refresh_token: mint('alice')}),
    });
    expect(code).to.equal(5);
    expect(await names()).to.deep.equal([before.identifier]);
  });
});
