import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {needsPrograms} from './needs.js';
import {ROOT, World} from './world.js';

/** What `startKeyring` and with-keyring.sh run. */
export const KEYRING_PROGRAMS = [
  'dbus-daemon',
  'dbus-run-session',
  'dbus-send',
  'gdbus',
  'gnome-keyring-daemon',
  'pgrep',
];

/** A temporary Secret Service, unlocked, which runs until it is closed. */
export interface Keyring {
  /** The variables that make a command use it. */
  env: Record<string, string>;
  lock(): void;
  /** Stops it (SIGSTOP), so that it answers nothing until `resume`. */
  silence(): void;
  resume(): void;
  isRunning(): boolean;
  close(): Promise<void>;
}

export async function startKeyring(): Promise<Keyring> {
  const script = 'echo "$DBUS_SESSION_BUS_ADDRESS"; pgrep -s 0 gnome-keyring-d; exec cat';
  const child = spawn(join(ROOT, 'test/support/with-keyring.sh'), ['sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const DBUS_SESSION_BUS_ADDRESS = (await lines.next()).value as string;
  const daemon = Number((await lines.next()).value);
  if (!daemon) throw new Error('The Secret Service did not start.');
  const env = {DBUS_SESSION_BUS_ADDRESS};
  return {
    env,
    lock: () => {
      const method = ['--method', 'org.freedesktop.Secret.Service.Lock'];
      const collection = "[objectpath '/org/freedesktop/secrets/collection/login']";
      const service = [
        '--session',
        '--dest',
        'org.freedesktop.secrets',
        '--object-path',
        '/org/freedesktop/secrets',
      ];
      execFileSync('gdbus', ['call', ...service, ...method, collection], {env: {...process.env, ...env}});
    },
    silence: () => process.kill(daemon, 'SIGSTOP'),
    resume: () => process.kill(daemon, 'SIGCONT'),
    isRunning: () => existsSync(`/proc/${daemon}/exe`), // Not of a zombie.
    close: async () => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

/** Gives each test of a suite its own world and Secret Service. */
export function worldWithKeyring(): {world: World; keyring: Keyring} {
  const here = {} as {world: World; keyring: Keyring};
  before(function () {
    needsPrograms(this, ...KEYRING_PROGRAMS);
  });
  beforeEach(async () => {
    here.world = await World.create();
    here.keyring = await startKeyring();
  });
  afterEach(async () => {
    await here.keyring.close();
    await here.world.destroy();
  });
  return here;
}
