import {once} from 'node:events';
import {rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import {secretServiceState} from '../../../src/vault/keys/secret-service.js';
import {errorReply, helloReply, lockedReply, nameAcquired} from '../../unit/vault/keys/fake-bus.js';
import type {Target} from '../target.js';

const path = join(tmpdir(), `agora-vault-fuzz-bus-${process.pid}`);
/** What the bus sends, piece by piece. */
let pieces: Buffer[] = [];
// Half-open, so that what the client still writes does not fail before it has read everything.
const server = createServer({allowHalfOpen: true}, socket => {
  socket.on('error', () => {}).resume();
  socket.once('data', async () => {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise(setImmediate);
    }
    socket.end();
  });
});
server.listen(path).unref();
await once(server, 'listening');
process.on('exit', () => rmSync(path, {force: true}));

async function stateFor(...sent: Buffer[]): Promise<string> {
  pieces = sent;
  return secretServiceState({DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}`}, 5);
}

const greeting = Buffer.from('OK 0123456789abcdef\r\n');

/** Everything that a message bus sends on a connection. */
export const bus: Target = {
  name: 'bus',
  files: ['vault/keys/secret-service.ts'],
  seeds: [
    Buffer.concat([greeting, helloReply, nameAcquired, lockedReply(true)]),
    Buffer.concat([greeting, helloReply, lockedReply(false)]),
    Buffer.concat([greeting, helloReply, errorReply('org.freedesktop.DBus.Error.ServiceUnknown')]),
    Buffer.concat([greeting, helloReply, errorReply('org.freedesktop.DBus.Error.NoReply')]),
    'REJECTED EXTERNAL\r\n',
  ],
  pieces: [
    ...[
      'OK ',
      '\r\n',
      'l',
      'B',
      '\0',
      '\0\0\0\0',
      '\x01\0\0\0',
      '\x02\0\0\0',
      '\x10\0\0\0',
      '\x05\x01u\0',
      '\x04\x01s\0',
    ],
    ...[
      '\x08\x01g\0\x01v\0',
      '\x01b\0\0',
      '\x7f',
      '\x7f\x7f\x7f\x7f',
      'org.freedesktop.DBus.Error.ServiceUnknown',
    ],
  ],
  async run(input) {
    const state = await stateFor(input);
    expect(state).to.be.oneOf(['unlocked', 'locked', 'absent', 'unclear']);
    if (state !== 'unclear') expect(input.subarray(0, 3).toString('latin1')).to.equal('OK ');
    // Where the pieces of a stream end means nothing.
    const middle = input.length >> 1;
    expect(await stateFor(input.subarray(0, middle), input.subarray(middle))).to.equal(state);
  },
};
