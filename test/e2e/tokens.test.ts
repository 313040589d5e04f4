import {execFile} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {parse} from 'dotenv';
import {World} from '../support/world.js';

const execute = promisify(execFile);

describe('utils tokens', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.destroy());

  describe('list', () => {
    it('shows a row per credential, without a key', async () => {
      await world.store(58, {identifier: 'alice'});
      await world.store(5, {identifier: 'bob.two', username: 'bob'});
      await world.store(-1, {identifier: 'old', scopes: null});
      await writeFile(world.home.keyFile, 'unreadable');
      const {code, stdout} = await world.run(['utils', 'tokens', 'list']);
      expect(code).to.equal(0);
      const rows = stdout.trim().split('\n');
      expect(rows[0]).to.match(/^Platform +Identifier +Account +Scopes +Status +Expires in +Expires +Key$/);
      expect(rows[1]).to.match(
        /^threads +alice +@alice +basic, content_publish +valid +58 days +\d+ \w+ \d{4} +file$/,
      );
      expect(rows[2]).to.match(/^threads +bob\.two +@bob .* due +5 days +\d/);
      expect(rows[3]).to.match(/^threads +old .* expired +expired 24 hours ago/);
      expect(rows).to.have.length(4);
    });

    it('is a document for scripts with --json', async () => {
      const {user_id, expires_at} = await world.store(58);
      const {value} = await world.json(['utils', 'tokens', 'list']);
      expect(value.key_store).to.equal('file');
      expect(value.credentials[0]).to.include({
        platform: 'threads',
        identifier: 'alice',
        user_id,
        expires_at,
        status: 'valid',
      });
      expect(JSON.stringify(value)).not.to.contain('secret').and.not.contain('THAA');
    });

    it('exits with 9 if something expires within the time', async () => {
      await world.store(5);
      expect((await world.run(['utils', 'tokens', 'list', '--expires-within', '4d'])).code).to.equal(0);
      const {code, stderr} = await world.run(['utils', 'tokens', 'list', '--expires-within', '1w']);
      expect(code).to.equal(9);
      expect(stderr).to.contain('alice');
    });

    it('lists a damaged record with its error, keeps it, and exits with 6', async () => {
      await world.store(50, {identifier: 'good'});
      await world.store(50, {identifier: 'bad'});
      const file = join(world.home.tokens, 'threads-bad.token');
      const text = await readFile(file, 'latin1');
      await writeFile(file, text.slice(0, 300));
      const {code, value} = await world.json(['utils', 'tokens', 'list']);
      expect(code).to.equal(6);
      expect(value.credentials[0]).to.deep.include({identifier: 'bad', status: 'unreadable'});
      expect(value.credentials[0].error).to.include({code: 'RECORD_DAMAGED', exit_code: 6});
      expect(value.credentials[1]).to.include({identifier: 'good', status: 'valid'});
      expect(await readFile(file, 'latin1')).to.equal(text.slice(0, 300));
      expect((await world.run(['threads', 'token', '-i', 'bad'])).code).to.equal(6);
      expect((await world.run(['threads', 'token', '-i', 'good'])).code).to.equal(0);
    });

    it('says what to do if nothing is stored, and creates nothing', async () => {
      const {code, stdout, stderr} = await world.run(['utils', 'tokens', 'list']);
      expect({code, stdout}).to.deep.equal({code: 0, stdout: ''});
      expect(stderr).to.contain('tool login');
    });
  });

  describe('show', () => {
    const show = ['utils', 'tokens', 'show', '--platform', 'threads'];

    it('masks the secrets by default', async () => {
      const {refresh_token, app_secret} = await world.store(50);
      const plain = await world.run(show);
      expect(plain.stdout).to.contain('alice').and.not.contain(refresh_token).and.not.contain(app_secret!);
      expect(plain.stdout).to.match(/refresh_token +THAA….{4}\n/);
      expect((await world.json(show)).value.refresh_token).to.match(/^THAA….{4}$/);
      expect((await world.run([...show, '--reveal'])).stdout)
        .to.contain(refresh_token)
        .and.contain(app_secret!);
    });

    it('prints one field unchanged', async () => {
      const {refresh_token} = await world.store(50);
      expect((await world.run([...show, '--field', 'refresh_token'])).stdout).to.equal(`${refresh_token}\n`);
      expect((await world.run([...show, '-f', 'scopes'])).stdout).to.equal(
        'threads_basic,threads_content_publish\n',
      );
      const {code, stderr} = await world.run([...show, '--field', 'password']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('refresh_token');
    });

    it('json holds every field', async () => {
      const credential = await world.store(50);
      expect(JSON.parse((await world.run([...show, '--format', 'json'])).stdout)).to.deep.equal(credential);
    });

    it('env and shell carry the same credential into an unattended run', async () => {
      const {refresh_token} = await world.store(50);
      const variables = parse((await world.run([...show, '--format', 'env'])).stdout);
      expect(Object.keys(variables)).to.deep.equal([
        'THREADS_APP_ID',
        'THREADS_APP_SECRET',
        'THREADS_REFRESH_TOKEN',
        'THREADS_USER_ID',
        'THREADS_TOKEN_EXPIRES_AT',
      ]);
      const elsewhere = {TOOL_HOME: join(world.folder, 'elsewhere')};
      expect((await world.run(['threads', 'token'], {env: {...variables, ...elsewhere}})).stdout).to.equal(
        `${refresh_token}\n`,
      );

      const {stdout: script} = await world.run([...show, '--format', 'shell']);
      const {stdout} = await execute('sh', ['-c', `${script}\nprintf %s "$THREADS_REFRESH_TOKEN"`]);
      expect(stdout).to.equal(refresh_token);
    });

    for (const [format, pattern] of [
      ['docker', /^THREADS_REFRESH_TOKEN=THAA\S+$/m],
      ['github', /^gh secret set -f - <<'/],
      ['gitlab', /^put 'THAA\S+' THREADS_REFRESH_TOKEN --masked$/m],
    ] as const) {
      it(`writes ${format} as that program reads it`, async () => {
        await world.store(50);
        expect((await world.run([...show, '--format', format])).stdout).to.match(pattern);
      });
    }

    it('needs a name if there are several, and then uses the chosen default', async () => {
      await world.store(50, {identifier: 'alice'});
      const bob = await world.store(50, {identifier: 'bob', username: 'bob', user_id: '2'});
      const {code, value} = await world.json(show);
      expect(code).to.equal(2);
      expect(value.error.code).to.equal('IDENTIFIER_NEEDED');
      expect(value.error.message).to.contain('alice, bob');
      expect((await world.run(['utils', 'tokens', 'use', '-p', 'threads', '-i', 'bob'])).code).to.equal(0);
      expect((await world.run([...show, '-f', 'user_id'])).stdout).to.equal('2\n');
      expect((await world.run(['threads', 'token'])).stdout).to.equal(`${bob.refresh_token}\n`);
      expect((await world.run(['utils', 'tokens', 'list'])).stdout).to.contain('bob (default)');
    });

    it('fails with 3 if the name is not stored, and lists those that are', async () => {
      await world.store(50);
      const {code, stderr} = await world.run([...show, '-i', 'carol']);
      expect(code).to.equal(3);
      expect(stderr).to.contain('carol').and.contain('alice');
    });

    for (const identifier of ['../alice', '.hidden', 'a/b', 'a'.repeat(65), '']) {
      it(`refuses the identifier '${identifier.slice(0, 12)}'`, async () => {
        expect((await world.run([...show, '-i', identifier])).code).to.equal(2);
      });
    }
  });

  describe('remove', () => {
    const remove = ['utils', 'tokens', 'remove', '--platform', 'threads', '--identifier', 'alice'];

    it('removes with --yes, and says that the token stays valid and where to revoke it', async () => {
      await world.store(50);
      await world.run(['utils', 'tokens', 'use', '-p', 'threads', '-i', 'alice']);
      const {code, stderr} = await world.run([...remove, '--yes']);
      expect(code).to.equal(0);
      expect(stderr).to.contain('Website permissions');
      expect(await world.vault.names('threads')).to.deep.equal([]);
      expect(await readFile(world.home.configFile, 'utf8')).not.to.contain('alice');
      expect((await world.run([...remove, '--yes'])).code).to.equal(3);
    });

    it('removes nothing without --yes if nobody can be asked', async () => {
      await world.store(50);
      expect((await world.run(remove)).code).to.equal(2);
      expect(await world.vault.names('threads')).to.deep.equal(['alice']);
    });

    it('removes a record that cannot be opened', async () => {
      await world.store(50);
      await writeFile(join(world.home.tokens, 'threads-alice.token'), 'rubbish');
      expect((await world.run([...remove, '--yes'])).code).to.equal(0);
      expect((await world.authorize(['-i', 'alice'])).code).to.equal(0);
    });
  });

  it('status shows what the service says, and how the store differs', async () => {
    await world.store(50, {scopes: ['threads_basic']});
    const {code, value, stderr} = await world.json(['threads', 'status']);
    expect(code).to.equal(0);
    expect(value.account).to.include({user_id: '26139168152370559', username: 'sandbox_account'});
    expect(value.source).to.deep.include({kind: 'store', identifier: 'alice'});
    expect(value.differences[0]).to.contain('threads_basic');
    expect(stderr).to.contain('According to the store');
    expect((await world.run(['threads', 'status', '--expires-within', '8w'])).code).to.equal(9);
    expect((await world.run(['threads', 'status', '--expires-within', 'soon'])).code).to.equal(2);
  });
});
