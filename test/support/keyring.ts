import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
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

/** A throwaway Secret Service, unlocked, for as long as it is kept open. */
export interface Keyring {
  /** What points a command at it. */
  env: Record<string, string>;
  lock(): void;
  /** SIGSTOP: it answers nothing from now on, until `resume`. */
  silence(): void;
  resume(): void;
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
    close: async () => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

/** Gives every test of a suite a world and a Secret Service of its own. */
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
