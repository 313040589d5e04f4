import {execFileSync} from 'node:child_process';
import {constants} from 'node:fs';
import {
  chmod,
  chown,
  cp,
  type FileHandle,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import {setDefault} from '../../src/config/preferences.js';
import {loopbackCertificate} from '../../src/oauth/certificate.js';
import {recordLockName} from '../../src/vault/locks/file-lock.js';
import {needsPrograms, needsRoot} from '../support/needs.js';
import {freePort} from '../support/ports.js';
import {PASSPHRASE, type Running, visit, World} from '../support/world.js';

const NOBODY = 65534;
/** Seconds: a command takes less than one, on a busy machine a few. */
const TIME_LIMIT = 30;
const WORKERS = 3;

const FOLDERS = ['tokens', 'tokens/.locks', 'tls'];
/** The passphrase file is not in the home. */
const PASSPHRASE_FILE = '../passphrase';
const FILES = [
  'vault.json',
  'vault.key',
  'config.json',
  'tokens/threads-alice.token',
  'tokens/.locks/keys.lock',
  `tokens/.locks/${recordLockName('threads-alice')}.lock`,
  'tokens/.locks/method',
  'tls/callback.crt',
  'tls/callback.key',
  PASSPHRASE_FILE,
];

/** Each replaces the file or folder at `path`, whose content may be moved to `elsewhere`. */
const CHANGES: Record<string, (path: string, elsewhere: string) => Promise<void>> = {
  async 'symbolic link'(path, elsewhere) {
    await rename(path, elsewhere);
    await symlink(elsewhere, path);
  },
  async 'dangling link'(path, elsewhere) {
    await rm(path, {recursive: true});
    await symlink(`${elsewhere}-missing`, path);
  },
  async 'hard link'(path, elsewhere) {
    await rename(path, elsewhere);
    await link(elsewhere, path);
  },
  async FIFO(path) {
    await rm(path, {recursive: true});
    execFileSync('mkfifo', ['-m', '600', path]);
  },
  'other owner': path => chown(path, NOBODY, NOBODY),
  'open mode': async path => chmod(path, (await lstat(path)).isDirectory() ? 0o777 : 0o666),
};

const COMMANDS: Record<string, string[]> = {
  'refresh when due': ['threads', 'token'],
  'rotate-key': ['utils', 'vault', 'rotate-key'],
  verify: ['utils', 'vault', 'verify'],
  doctor: ['doctor'],
  list: ['utils', 'tokens', 'list'],
  show: ['utils', 'tokens', 'show', '-p', 'threads', '-i', 'alice', '--field', 'refresh_token'],
  remove: ['utils', 'tokens', 'remove', '-p', 'threads', '-i', 'alice', '--yes'],
  use: ['utils', 'tokens', 'use', '-p', 'threads', '-i', 'alice'],
  authorize: [],
};

interface Case {
  path: string;
  change: string;
  command: string;
}

const CASES: Case[] = [...FOLDERS, ...FILES].flatMap(path =>
  Object.keys(CHANGES)
    .filter(change => change !== 'hard link' || FILES.includes(path))
    .flatMap(change => Object.keys(COMMANDS).map(command => ({path, change, command}))),
);

/** Describes everything in a folder: types, modes, owners, contents and targets of links. */
async function snapshot(path: string): Promise<unknown> {
  const stats = await lstat(path);
  const facts = [stats.mode, stats.uid];
  if (stats.isSymbolicLink()) return [...facts, await readlink(path)];
  if (stats.isFile()) return [...facts, await readFile(path, 'base64')];
  if (!stats.isDirectory()) return facts;
  const names = (await readdir(path)).sort();
  return [...facts, await Promise.all(names.map(async name => [name, await snapshot(join(path, name))]))];
}

describe('files that are not safe', function () {
  this.timeout(20 * 60_000);
  let world: World;
  /** Holds `home` and `passphrase`, which each run gets a copy of. */
  let template: string;
  /** The same with the key store `passphrase`. */
  let withPassphrase: string;

  before(async function () {
    needsRoot(this);
    needsPrograms(this, 'mkfifo');
    world = await World.create();
    await world.store(10);
    await setDefault(world.home, 'threads', 'alice');
    await loopbackCertificate(world.home.tls);
    await writeFile(join(world.folder, 'passphrase'), `${PASSPHRASE}\n`, {mode: 0o600});
    template = await mkdtemp(join(tmpdir(), 'agora-vault-template-'));
    await cp(world.folder, template, {recursive: true});
    const env = {TOOL_VAULT_PASSPHRASE_FILE: join(world.folder, 'passphrase')};
    const {code} = await world.run(['utils', 'vault', 'rotate-key', '--to', 'passphrase'], {env});
    expect(code).to.equal(0);
    withPassphrase = `${template}-passphrase`;
    await cp(world.folder, withPassphrase, {recursive: true});
  });

  after(async () => {
    await world?.destroy();
    for (const folder of [template, withPassphrase]) if (folder) await rm(folder, {recursive: true});
  });

  async function run(command: string, home: string, env: Record<string, string>): Promise<string> {
    const running =
      command === 'authorize'
        ? world.startAuthorize(
            ['--redirect-uri', `https://localhost:${await freePort()}/callback`, '--identifier', 'alice2'],
            {env},
          )
        : world.start(COMMANDS[command]!, {env: {...env, TOOL_HOME: home}});
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = true;
      running.child.kill('SIGKILL');
    }, TIME_LIMIT * 1000);
    if (command === 'authorize') await logIn(running);
    const {code, stderr} = await running.ended;
    clearTimeout(timer);
    if (hangs) return `hangs: ${stderr}`;
    return code === null || code === 1 ? `exits with ${code}: ${stderr}` : String(code);
  }

  /** Follows the redirect, unless the command ends before. */
  async function logIn(running: Running): Promise<void> {
    const address = await running.authorizationUrl().catch(() => undefined);
    if (address) await visit(await world.login(address)).catch(() => {});
  }

  /** Returns what went wrong. */
  async function perform({path, change, command}: Case, folder: string): Promise<string[]> {
    const home = join(folder, 'home');
    const outside = join(folder, 'outside');
    await rm(folder, {recursive: true, force: true});
    await cp(path === PASSPHRASE_FILE ? withPassphrase : template, folder, {recursive: true});
    await mkdir(outside);
    const changed = join(home, path);
    await CHANGES[change]!(changed, join(outside, 'content'));

    const env: Record<string, string> = {TOOL_HOME: home};
    if (path === PASSPHRASE_FILE) {
      env.TOOL_KEY_STORE = 'passphrase';
      env.TOOL_VAULT_PASSPHRASE_FILE = changed;
    }
    // The file itself, whatever replaces it in the home.
    let file: FileHandle | undefined;
    if (change === 'other owner' || change === 'open mode')
      file = await open(changed, constants.O_RDONLY | constants.O_NONBLOCK);
    const contentOf = async (each: FileHandle) =>
      (await each.stat()).isDirectory()
        ? snapshot(changed)
        : (await each.read(Buffer.alloc(10_000), 0, 10_000, 0)).buffer.toString('base64');
    const before = JSON.stringify([await snapshot(outside), file && (await contentOf(file))]);
    const code = await run(command, home, env);
    const after = JSON.stringify([await snapshot(outside), file && (await contentOf(file))]);
    await file?.close();

    const problems: string[] = [];
    if (before !== after) problems.push('changes what it must not touch');
    if (!/^\d+$/.test(code)) problems.push(code);
    if (command === 'verify' && code === '0') problems.push('finds no problem');
    return problems.map(problem => `${path}, ${change}: ${command} ${problem} (exit ${code})`);
  }

  it('work with every command as they are', async () => {
    const codes: Record<string, string> = {};
    for (const command of Object.keys(COMMANDS)) {
      const folder = join(world.folder, 'unchanged');
      await cp(template, folder, {recursive: true});
      codes[command] = await run(command, join(folder, 'home'), {TOOL_HOME: join(folder, 'home')});
      await rm(folder, {recursive: true});
    }
    expect(codes).to.deep.equal(Object.fromEntries(Object.keys(COMMANDS).map(command => [command, '0'])));
  });

  it(`M10 L6: ${FOLDERS.length + FILES.length} paths, ${Object.keys(CHANGES).length} changes, ${Object.keys(COMMANDS).length} commands: in ${CASES.length} runs, nothing outside the home changes and nothing hangs`, async () => {
    const problems: string[] = [];
    const waiting = [...CASES];
    const work = async (_: unknown, index: number) => {
      const folder = join(world.folder, `worker-${index}`);
      for (let next = waiting.shift(); next; next = waiting.shift())
        problems.push(...(await perform(next, folder)));
    };
    await Promise.all(Array.from({length: WORKERS}, work));
    expect(problems).to.deep.equal([]);
  });
});
