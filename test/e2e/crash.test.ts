import {cp, mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import type {Credential} from '../../src/credential.js';
import {loopbackCertificate} from '../../src/oauth/certificate.js';
import {KEYRING_PROGRAMS, type Keyring, startKeyring} from '../support/keyring.js';
import {isInstalled, needsPrograms} from '../support/needs.js';
import {PASSPHRASE, type Result, ROOT, type RunOptions, visit, World} from '../support/world.js';

const KILL_AT = join(ROOT, 'test/support/kill-at.mjs');
/** Kills at every n-th step. The default is every step; other runs in CI kill at fewer to save time. */
const EVERY = Number(process.env.CRASH_EVERY ?? 1);
/** How many commands run at the same time, each in its own home. */
const ABREAST = 3;

/** A command, what is stored before it, and what must be stored after it was killed and run again. */
interface Scenario {
  name: string;
  keyStore: 'file' | 'keychain';
  /** The identifiers that are stored at first. */
  stored: string[];
  daysLeft?: number;
  command: string[];
  /** The identifiers that are stored after the kill and a second, complete run. */
  afterwards: string[];
  /** Possible exit codes of the second run: 3 if the first one had already removed the credential. */
  exitCodes?: number[];
  /** Credentials that the command removes. */
  mayBeGone?: string[];
}

const AGORAS = join(ROOT, 'test/fixtures/agoras');
const AUTHORIZE = ['threads', 'authorize'];
const scenarios: Scenario[] = [
  {
    name: 'the first authorize',
    keyStore: 'file',
    stored: [],
    command: AUTHORIZE,
    afterwards: ['sandbox_account'],
  },
  {
    name: 'the first authorize',
    keyStore: 'keychain',
    stored: [],
    command: AUTHORIZE,
    afterwards: ['sandbox_account'],
  },
  {
    name: 'authorize again',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: AUTHORIZE,
    afterwards: ['alice', 'bob'],
  },
  {
    name: 'authorize under a new name',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: [...AUTHORIZE, '--identifier', 'carol'],
    afterwards: ['bob', 'carol'],
    mayBeGone: ['alice'],
  },
  {
    name: 'refresh',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    daysLeft: 5,
    command: ['threads', 'refresh', '--identifier', 'alice'],
    afterwards: ['alice', 'bob'],
  },
  {
    name: 'import',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: ['utils', 'tokens', 'import', '--from', 'agoras', AGORAS, '--offline'],
    afterwards: ['17841405793187218', '26139168152370559', 'alice', 'bob'],
  },
  {
    name: 'remove',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: ['utils', 'tokens', 'remove', '-p', 'threads', '-i', 'alice', '--yes'],
    afterwards: ['bob'],
    exitCodes: [0, 3],
    mayBeGone: ['alice'],
  },
  {
    name: 'use',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: ['utils', 'tokens', 'use', '-p', 'threads', '-i', 'alice'],
    afterwards: ['alice', 'bob'],
  },
  {
    name: 'rotate-key in the key file',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: ['utils', 'vault', 'rotate-key'],
    afterwards: ['alice', 'bob'],
  },
  {
    name: 'rotate-key in the keychain',
    keyStore: 'keychain',
    stored: ['alice'],
    command: ['utils', 'vault', 'rotate-key'],
    afterwards: ['alice'],
  },
  {
    name: 'rotate-key from the file to the keychain',
    keyStore: 'file',
    stored: ['alice', 'bob'],
    command: ['utils', 'vault', 'rotate-key', '--to', 'keychain'],
    afterwards: ['alice', 'bob'],
  },
  {
    name: 'rotate-key from the keychain to the file',
    keyStore: 'keychain',
    stored: ['alice'],
    command: ['utils', 'vault', 'rotate-key', '--to', 'file'],
    afterwards: ['alice'],
  },
];

/** Copied into homes where somebody has logged in before, so that no time goes into making one. */
let certificate: string;
let keyring: Keyring | undefined;
/** The variables that point a command at the keychain; empty on a machine that has none. */
let keychain: Record<string, string> = {};
let crashes = 0;
let replacing: Promise<void> | undefined;

describe('a command killed at every step', function () {
  this.timeout(600_000);
  let total = 0;
  before(async () => {
    certificate = await mkdtemp(join(tmpdir(), 'agora-vault-certificate-'));
    await loopbackCertificate(certificate);
    if (KEYRING_PROGRAMS.every(isInstalled)) await replaceKeyring();
  });
  after(async () => {
    await keyring?.close();
    await rm(certificate, {recursive: true, force: true});
    console.log(`      ${total} steps injected, each fault fired, nothing lost`);
    if (crashes > 0)
      console.log(`      gnome-keyring-daemon crashed (${crashes} times), so its steps were repeated`);
  });

  for (const scenario of scenarios) {
    it(`${scenario.name} (${scenario.keyStore}) loses nothing, and the next command works`, async function () {
      if (usesKeychain(scenario)) needsPrograms(this, ...KEYRING_PROGRAMS);
      const steps = await withKeyring(() => stepsOf(scenario));
      expect(steps).to.have.length.greaterThan(3);
      const numbers = steps.map((_, index) => index + 1).filter(n => n % EVERY === 1 % EVERY);
      expect(numbers).not.to.deep.equal([]);
      total += numbers.length;
      console.log(`        ${numbers.length} of ${steps.length} steps`);
      const workers = Array.from({length: ABREAST}, async () => {
        for (let n = numbers.shift(); n !== undefined; n = numbers.shift())
          await withKeyring(() => killAt(n!, steps[n! - 1]!, scenario));
      });
      await Promise.all(workers);
    });
  }
});

async function replaceKeyring(): Promise<void> {
  await keyring?.close();
  keyring = await startKeyring();
  keychain = keyring.env;
}

/**
 * Does something again, with a new Secret Service, if the one that it used has crashed meanwhile. On a busy machine
 * gnome-keyring-daemon sometimes does when its clients are killed, and D-Bus then starts another, which is locked.
 */
async function withKeyring<T>(work: () => Promise<T>): Promise<T> {
  const used = keyring;
  try {
    return await work();
  } catch (error) {
    if (!used || used.isRunning() || crashes >= 10) throw error;
    if (used === keyring && !replacing) {
      crashes++;
      replacing = replaceKeyring().finally(() => (replacing = undefined));
    }
    await replacing;
    return withKeyring(work);
  }
}

const usesKeychain = ({keyStore, command}: Scenario) =>
  keyStore === 'keychain' || command.includes('keychain');

/** Runs the command to its end and returns the steps that it took. */
async function stepsOf(scenario: Scenario): Promise<string[]> {
  const world = await aWorldFor(scenario);
  try {
    const result = await perform(world, scenario, {
      preload: [KILL_AT],
      env: {STEPS_LOG: join(world.folder, 'steps')},
    });
    expect(result.code, result.stderr).to.equal(0);
    return (await readFile(join(world.folder, 'steps'), 'utf8')).trim().split('\n');
  } finally {
    await world.destroy();
  }
}

async function killAt(n: number, step: string, scenario: Scenario): Promise<void> {
  const world = await aWorldFor(scenario);
  const where = `killed at step ${n}, ${step}`;
  try {
    const old = await readAll(world, scenario.stored, scenario);
    const log = join(world.folder, 'steps');
    const killed = await perform(world, scenario, {
      preload: [KILL_AT],
      env: {STEPS_LOG: log, KILL_AT: String(n)},
    });
    expect(killed.code, where).to.equal(null);
    expect((await readFile(log, 'utf8')).trim().split('\n'), where).to.have.length(n);

    const survived = await readAll(world, scenario.stored, scenario);
    for (const [index, name] of scenario.stored.entries()) {
      const now = survived[index];
      if (!now && scenario.mayBeGone?.includes(name)) continue;
      expect([old[index]!.refresh_token, ...world.sandbox.issued()], `${where}: ${name}`).to.include(
        now?.refresh_token,
      );
    }

    const again = await perform(world, scenario);
    expect(scenario.exitCodes ?? [0], `${where}: ${again.stderr}`).to.include(again.code);
    expect(await world.vault.names('threads'), where).to.deep.equal(scenario.afterwards);
    for (const credential of await readAll(world, scenario.afterwards, scenario)) {
      expect(credential, `${where}, and run again`).to.be.an('object');
    }
  } finally {
    await world.destroy();
  }
}

async function aWorldFor({stored, daysLeft = 50, keyStore}: Scenario): Promise<World> {
  const world = await World.create();
  for (const [index, identifier] of stored.entries()) {
    const user_id = index === 0 ? '26139168152370559' : String(index);
    await world.store(daysLeft, {identifier, user_id, username: identifier});
  }
  if (stored.length > 0) await cp(certificate, world.home.tls, {recursive: true});
  // `store` makes a key file, so the command moves the key to the keychain.
  if (keyStore === 'keychain' && stored.length > 0) {
    const moved = await world.run(['utils', 'vault', 'rotate-key', '--to', 'keychain'], {env: keychain});
    expect(moved.code, moved.stderr).to.equal(0);
  }
  return world;
}

function envFor({keyStore}: Scenario): Record<string, string> {
  return {...keychain, TOOL_KEY_STORE: keyStore, TOOL_VAULT_PASSPHRASE: PASSPHRASE};
}

async function perform(world: World, scenario: Scenario, options: RunOptions = {}): Promise<Result> {
  const all = {...options, env: {...envFor(scenario), ...options.env}};
  if (scenario.command[1] !== 'authorize') return world.run(scenario.command, all);
  const running = world.startAuthorize(scenario.command.slice(2), all);
  // If the command is killed before or during the callback, the connection breaks here.
  await running
    .authorizationUrl()
    .then(async url => visit(await world.login(url)))
    .catch(() => {});
  return running.ended;
}

/** Reads these credentials: in this process if the key is in a file, otherwise with the command. */
async function readAll(
  world: World,
  names: string[],
  {keyStore}: Scenario,
): Promise<(Credential | undefined)[]> {
  const {store} = (await world.vault.describeKey()) ?? {};
  const inKeychain = keyStore === 'keychain' || store === 'keychain';
  return Promise.all(names.map(name => (inKeychain ? show(world, name) : world.stored(name))));
}

async function show(world: World, identifier: string): Promise<Credential | undefined> {
  const args = ['utils', 'tokens', 'show', '-p', 'threads', '-i', identifier, '--format', 'json'];
  const {code, stdout} = await world.run(args, {env: keychain});
  return code === 0 ? JSON.parse(stdout) : undefined;
}
