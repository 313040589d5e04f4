import {existsSync} from 'node:fs';
import {chmod, copyFile, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Credential} from '../../src/credential.js';
import {World} from '../support/world.js';

const ROTATE = ['utils', 'vault', 'rotate-key'];
const VERIFY = ['utils', 'vault', 'verify'];
const OLD = {TOOL_VAULT_PASSPHRASE: 'fake old passphrase'};
const NEW = {TOOL_VAULT_PASSPHRASE: 'fake new passphrase'};

describe('utils vault', function () {
  this.timeout(240_000); // scrypt is meant to be slow.
  let world: World;
  let stored: Credential;
  beforeEach(async () => {
    world = await World.create();
    stored = await world.store(50);
    await world.store(50, {identifier: 'bob', user_id: '2', username: 'bob'});
  });
  afterEach(() => world.destroy());

  const token = (env: Record<string, string> = {}) => world.run(['threads', 'token', '-i', 'alice'], {env});
  const vaultFile = async () => JSON.parse(await readFile(world.home.vaultFile, 'utf8'));

  it('rotate-key re-encrypts every record, and then removes the old key', async () => {
    const before = await readFile(world.home.keyFile, 'utf8');
    const {code, value} = await world.json(ROTATE);
    expect(code).to.equal(0);
    expect(value).to.deep.include({records: 2, complete: true, resumed: false, failures: []});
    const {keys} = JSON.parse(await readFile(world.home.keyFile, 'utf8'));
    expect(keys).to.have.length(1);
    expect(before).not.to.contain(keys[0].kid);
    expect((await vaultFile()).previous).to.equal(undefined);
    expect((await token()).stdout).to.equal(`${stored.refresh_token}\n`);
  });

  it('a passphrase can be set, used, changed and removed', async () => {
    expect((await world.run([...ROTATE, '--to', 'passphrase'], {env: OLD})).code).to.equal(0);
    expect(existsSync(world.home.keyFile)).to.equal(false);
    expect((await token(OLD)).stdout).to.equal(`${stored.refresh_token}\n`);

    const missing = await token();
    expect(missing.code).to.equal(5);
    expect(missing.stderr).to.contain('TOOL_VAULT_PASSPHRASE');
    const wrong = await token(NEW);
    expect(wrong.code).to.equal(5);
    expect(wrong.stderr).to.contain('does not unlock the vault').and.not.contain(NEW.TOOL_VAULT_PASSPHRASE);

    const change = {...OLD, TOOL_VAULT_NEW_PASSPHRASE: NEW.TOOL_VAULT_PASSPHRASE};
    expect((await world.run(ROTATE, {env: change})).code).to.equal(0);
    expect([(await token(OLD)).code, (await token(NEW)).code]).to.deep.equal([5, 0]);
    expect((await world.run([...ROTATE, '--to', 'file'], {env: NEW})).code).to.equal(0);
    expect((await token()).code).to.equal(0);
  });

  it('a passphrase can be read from a file, and a short one is refused', async () => {
    const file = join(world.folder, 'passphrase');
    await writeFile(file, 'short\n', {mode: 0o600});
    const env = {TOOL_VAULT_PASSPHRASE_FILE: file};
    expect((await world.run([...ROTATE, '--to', 'passphrase'], {env})).code).to.equal(5);
    expect((await token()).code).to.equal(0);
    await writeFile(file, 'fake and long enough\n');
    expect((await world.run([...ROTATE, '--to', 'passphrase'], {env})).code).to.equal(0);
    expect((await token({TOOL_VAULT_PASSPHRASE: 'fake and long enough'})).code).to.equal(0);
  });

  it('rotate-key reports that there is no key before the first login', async () => {
    const {code, stderr} = await world.run(ROTATE, {env: {TOOL_HOME: join(world.folder, 'new')}});
    expect(code).to.equal(3);
    expect(stderr).to.contain('There is no key yet').and.contain('tool login');
  });

  it('rotate-key keeps the old key while a record cannot be opened, and finishes once it can', async () => {
    const file = join(world.home.tokens, 'threads-bob.token');
    await copyFile(file, join(world.folder, 'backup'));
    await writeFile(file, 'rubbish');
    const {code, value} = await world.json(ROTATE);
    expect(code).to.equal(6);
    expect(value).to.deep.include({records: 1, complete: false});
    expect(value.failures[0]).to.include({identifier: 'bob'});
    expect((await token()).code).to.equal(0);

    await copyFile(join(world.folder, 'backup'), file);
    expect((await world.run(['threads', 'token', '-i', 'bob'])).code).to.equal(0); // With the old key.
    expect((await world.json(ROTATE)).value).to.deep.include({records: 1, complete: true, resumed: true});
    expect((await world.run(VERIFY)).code).to.equal(0);
  });

  it('verify opens every record and reports foreign files', async () => {
    expect((await world.json(VERIFY)).value).to.deep.equal({opened: 2, problems: []});
    await writeFile(join(world.home.tokens, 'notes.txt'), '');
    await writeFile(join(world.home.tokens, 'threads-bob.token'), 'rubbish');
    const {code, value} = await world.json(VERIFY);
    expect(code).to.equal(6);
    expect(value.opened).to.equal(1);
    expect(value.problems.map(({error}: {error: {code: string}}) => error.code)).to.have.members([
      'FILE_FOREIGN',
      'RECORD_DAMAGED',
    ]);
  });

  it('verify prints the command that fixes a file mode', async () => {
    await chmod(world.home.tokens, 0o755);
    const {code, stdout, stderr} = await world.run(VERIFY);
    expect(code).to.equal(6);
    expect(stdout).to.contain(world.home.tokens);
    expect(stderr).to.contain(`chmod go= '${world.home.tokens}'`);
  });
});
