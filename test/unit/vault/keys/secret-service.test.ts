import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {type SecretServiceState, secretServiceState} from '../../../../src/vault/keys/secret-service.js';
import {KEYRING_PROGRAMS} from '../../../support/keyring.js';
import {needsPrograms} from '../../../support/needs.js';
import {withHome} from '../../../support/temporary-home.js';
import {errorReply, helloReply, lockedReply, nameAcquired, startFakeBus} from './fake-bus.js';

const SOURCE = new URL('../../../../src/vault/keys/secret-service.ts', import.meta.url).href;
const WITH_KEYRING = fileURLToPath(new URL('../../../support/with-keyring.sh', import.meta.url));

/** Returns the state for a bus that answers like this. */
async function stateOf(
  answer: (socket: Socket) => void,
  options: {greeting?: string; abstract?: boolean; timeout?: number} = {},
): Promise<SecretServiceState> {
  const bus = await startFakeBus(answer, options);
  try {
    return await secretServiceState({DBUS_SESSION_BUS_ADDRESS: bus.address}, options.timeout ?? 5);
  } finally {
    await bus.close();
  }
}

const sending =
  (...parts: Buffer[]) =>
  (socket: Socket) =>
    void socket.write(Buffer.concat(parts));

describe('secret service', () => {
  it('is unlocked if it says so', async () => {
    expect(await stateOf(sending(helloReply, nameAcquired, lockedReply(false)))).to.equal('unlocked');
  });

  it('is locked if it says so', async () => {
    expect(await stateOf(sending(helloReply, nameAcquired, lockedReply(true)))).to.equal('locked');
  });

  it('is asked only about its default collection', async () => {
    const bus = await startFakeBus(sending(helloReply, lockedReply(false)));
    await secretServiceState({DBUS_SESSION_BUS_ADDRESS: bus.address}, 5);
    const uid = Buffer.from(String(process.getuid!())).toString('hex');
    expect(bus.received()).to.match(new RegExp(`^\0AUTH EXTERNAL ${uid}\r\nBEGIN\r\n`));
    const words = bus
      .received()
      .match(/[\w./]{3,}/g)!
      .slice(4);
    expect(words).to.include.members(['Hello', 'Get', 'org.freedesktop.secrets', 'Locked']);
    expect(words).to.include('/org/freedesktop/secrets/aliases/default');
    expect(bus.received()).not.to.match(/Unlock|GetSecret|Prompt/);
    await bus.close();
  });

  it('may reply one byte at a time', async () => {
    const all = Buffer.concat([helloReply, nameAcquired, lockedReply(true)]);
    const answer = async (socket: Socket) => {
      for (const byte of all) {
        socket.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
    };
    expect(await stateOf(answer)).to.equal('locked');
  });

  it('is unclear if the message has no end, which is not waited for', async () => {
    const endless = (socket: Socket) => {
      const chunk = Buffer.alloc(65_536, 0x7f);
      const send = () => {
        while (socket.writable && socket.write(chunk));
      };
      socket.on('drain', send);
      send();
    };
    const start = process.memoryUsage().arrayBuffers;
    expect(await stateOf(endless)).to.equal('unclear');
    expect(process.memoryUsage().arrayBuffers - start).to.be.below(16 * 1024 * 1024);
  });

  it('may send the greeting and the replies at once', async () => {
    const greeting = Buffer.concat([Buffer.from('OK 0123\r\n'), helloReply, lockedReply(true)]).toString(
      'latin1',
    );
    // The messages are ASCII, so decoding does not change them.
    expect(await stateOf(() => {}, {greeting})).to.equal('locked');
  });

  it('is not affected by the reply to another call', async () => {
    const answers = [helloReply, lockedReply(true, 1), lockedReply(true, 3), lockedReply(false, 2)];
    expect(await stateOf(sending(...answers))).to.equal('unlocked');
  });

  it('is found on an abstract socket', async () => {
    expect(await stateOf(sending(helloReply, lockedReply(true)), {abstract: true})).to.equal('locked');
  });

  for (const name of [
    'org.freedesktop.DBus.Error.ServiceUnknown',
    'org.freedesktop.DBus.Error.NameHasNoOwner',
    'org.freedesktop.DBus.Error.Spawn.ServiceNotFound',
  ])
    it(`is absent for ${name}`, async () => {
      expect(await stateOf(sending(helloReply, errorReply(name)))).to.equal('absent');
    });

  for (const name of [
    'org.freedesktop.DBus.Error.NoReply',
    'org.freedesktop.DBus.Error.TimedOut',
    'org.freedesktop.DBus.Error.AccessDenied',
    'org.freedesktop.DBus.Error.UnknownObject',
    'org.freedesktop.DBus.Error.UnknownMethod',
    'org.freedesktop.DBus.Error.Spawn.Failed',
    'org.freedesktop.DBus.Error.Spawn.ChildExited',
    'org.freedesktop.DBus.Error.ServiceUnknownOrSo',
    'org.freedesktop.Secret.Error.IsLocked',
  ])
    it(`is unclear for ${name}`, async () => {
      expect(await stateOf(sending(helloReply, errorReply(name)))).to.equal('unclear');
    });

  it('is unclear if the bus rejects the authentication', async () => {
    expect(await stateOf(() => {}, {greeting: 'REJECTED EXTERNAL\r\n'})).to.equal('unclear');
  });

  it('is unclear after the timeout if the bus does not reply', async () => {
    const started = Date.now();
    expect(await stateOf(() => {}, {greeting: '', timeout: 0.1})).to.equal('unclear');
    expect(await stateOf(() => {}, {timeout: 0.1})).to.equal('unclear');
    expect(await stateOf(sending(helloReply), {timeout: 0.1})).to.equal('unclear');
    expect(Date.now() - started).to.be.within(290, 3000);
  });

  it('is unclear after the timeout if the bus only sends other messages', async () => {
    let sent = 0;
    const sendSignals = (socket: Socket) => {
      const timer = setInterval(() => {
        // Stops after 2 s, so that the test fails without hanging if there is no timeout.
        if (++sent === 100) socket.destroy();
        else socket.write(nameAcquired);
      }, 20);
      socket.once('close', () => clearInterval(timer));
    };
    expect(await stateOf(sendSignals, {timeout: 0.2})).to.equal('unclear');
    expect(sent).to.be.within(1, 99);
  });

  it('is unclear if a message is malformed', async () => {
    const fieldsBeyondTheEnd = Buffer.alloc(24);
    fieldsBeyondTheEnd.set([0x6c, 2, 0, 1]);
    fieldsBeyondTheEnd.writeUInt32LE(8, 12);
    fieldsBeyondTheEnd[18] = 'g'.charCodeAt(0);
    expect(await stateOf(sending(fieldsBeyondTheEnd))).to.equal('unclear');
  });

  it('is unclear if the bus closes the connection', async () => {
    expect(await stateOf(socket => socket.end())).to.equal('unclear');
    expect(await stateOf(socket => socket.destroy())).to.equal('unclear');
    expect(await stateOf(socket => socket.end(helloReply.subarray(0, 20)))).to.equal('unclear');
  });

  it('is unclear if another kind of server listens there', async () => {
    expect(await stateOf(() => {}, {greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n'})).to.equal('unclear');
    expect(await stateOf(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).to.equal('unclear');
    expect(await stateOf(socket => socket.end(Buffer.alloc(64, 0xff)))).to.equal('unclear');
  });
});

describe('secret service: bus address', () => {
  it('is absent without an address', async () => {
    expect(await secretServiceState({}, 1)).to.equal('absent');
    expect(await secretServiceState({XDG_RUNTIME_DIR: '/nowhere'}, 1)).to.equal('absent');
    expect(await secretServiceState({DBUS_SESSION_BUS_ADDRESS: ''}, 1)).to.equal('absent');
  });

  it('is absent if there is no socket at the address, or nobody listens on it', async () => {
    expect(await secretServiceState({DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus'}, 1)).to.equal(
      'absent',
    );
    const abandoned = await startFakeBus(() => {}, {abstract: true});
    await abandoned.close();
    expect(await secretServiceState({DBUS_SESSION_BUS_ADDRESS: abandoned.address}, 1)).to.equal('absent');
  });

  it('is unclear for an address of another kind', async () => {
    for (const address of [
      'tcp:host=localhost,port=1',
      'autolaunch:',
      'disabled:',
      'unix:runtime=yes',
      'unix:path=/tmp/100%',
    ])
      expect(await secretServiceState({DBUS_SESSION_BUS_ADDRESS: address}, 1)).to.equal('unclear');
  });

  it(
    'uses XDG_RUNTIME_DIR/bus without an address',
    withHome(async ({folder}) => {
      await mkdir(join(folder, 'run'));
      const server = createServer(socket => {
        socket.on('error', () => {});
        socket.once('data', () => socket.write('REJECTED\r\n'));
      }).listen(join(folder, 'run', 'bus'));
      await once(server, 'listening');
      expect(await secretServiceState({XDG_RUNTIME_DIR: join(folder, 'run')}, 5)).to.equal('unclear');
      server.close();
    }),
  );

  it(
    'decodes escaped characters in the address',
    withHome(async ({folder}) => {
      const path = join(folder, 'a bus, with = signs');
      const server = createServer(socket => {
        socket.on('error', () => {});
        socket.once('data', () => socket.write('REJECTED\r\n'));
      }).listen(path);
      await once(server, 'listening');
      const DBUS_SESSION_BUS_ADDRESS = `unix:path=${path.split('/').map(encodeURIComponent).join('/')}`;
      expect(await secretServiceState({DBUS_SESSION_BUS_ADDRESS}, 5)).to.equal('unclear');
      server.close();
    }),
  );
});

describe('secret service: on a real bus without one', () => {
  before(function () {
    needsPrograms(this, 'dbus-daemon');
  });

  it(
    'is absent',
    withHome(async ({folder}) => {
      await writeFile(
        join(folder, 'bus.conf'),
        `<busconfig><type>session</type><listen>unix:path=${folder}/bus</listen><auth>EXTERNAL</auth>
         <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`,
      );
      const daemon = spawn(
        'dbus-daemon',
        [`--config-file=${folder}/bus.conf`, '--nofork', '--print-address'],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
      try {
        await once(daemon.stdout, 'data');
        const DBUS_SESSION_BUS_ADDRESS = `unix:path=${folder}/bus`;
        expect(await secretServiceState({DBUS_SESSION_BUS_ADDRESS}, 5)).to.equal('absent');
      } finally {
        daemon.kill();
        await once(daemon, 'exit');
      }
    }),
  );
});

describe('secret service: gnome-keyring', () => {
  before(function () {
    needsPrograms(this, ...KEYRING_PROGRAMS);
  });

  it('is unlocked, and locked after it is locked', async () => {
    const ask = `import {secretServiceState} from ${JSON.stringify(SOURCE)};
      console.log(await secretServiceState(process.env, 5));`;
    const lock = `gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
      --method org.freedesktop.Secret.Service.Lock "[objectpath '/org/freedesktop/secrets/collection/login']"`;
    const script = `ask() { "$0" --import=tsx --input-type=module -e "$1"; }; ask "$1" && ${lock} >/dev/null && ask "$1"`;
    const {stdout} = await promisify(execFile)(WITH_KEYRING, ['sh', '-c', script, process.execPath, ask]);
    expect(stdout).to.equal('unlocked\nlocked\n');
  });
});
