import {once} from 'node:events';
import {rm} from 'node:fs/promises';
import {createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface FakeBus {
  /** The value for `DBUS_SESSION_BUS_ADDRESS`. */
  address: string;
  /** Returns everything that was sent to the bus. */
  received(): string;
  close(): Promise<void>;
}

/**
 * Starts a minimal D-Bus daemon on a socket. It replies with `greeting` to AUTH and calls `answer` when the
 * second call (the one after Hello) has arrived.
 */
export async function startFakeBus(
  answer: (socket: Socket) => void,
  {greeting = 'OK 0123456789abcdef\r\n', abstract = false} = {},
): Promise<FakeBus> {
  const path = join(tmpdir(), `fake-bus-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer(socket => {
    sockets.add(socket);
    let input = '';
    let isGreeted = false;
    let isAnswered = false;
    socket.on('error', () => {});
    socket.on('data', chunk => {
      input += chunk.toString('latin1');
      received += chunk.toString('latin1');
      if (!isGreeted && input.includes('\r\n')) {
        isGreeted = true;
        socket.write(greeting);
      }
      if (!isAnswered && input.includes('BEGIN\r\n') && input.includes('Get')) {
        isAnswered = true;
        answer(socket);
      }
    });
  });
  server.listen(abstract ? `\0${path}` : path);
  await once(server, 'listening');
  return {
    address: `unix:${abstract ? 'abstract' : 'path'}=${path},guid=0123456789abcdef`,
    received: () => received,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await rm(path, {force: true});
    },
  };
}

// The messages that a daemon sends (D-Bus specification, "Message Format").

const METHOD_RETURN = 2;
const ERROR = 3;
const SIGNAL = 4;

const aligned = (buffer: Buffer, to: number) =>
  Buffer.concat([buffer, Buffer.alloc((to - (buffer.length % to)) % to)]);

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function text(value: string): Buffer {
  return Buffer.concat([uint32(value.length), Buffer.from(`${value}\0`)]);
}

function message(type: number, fields: [code: number, type: string, value: Buffer][], body: Buffer): Buffer {
  const array = fields.reduce(
    (all, [code, type, value]) =>
      Buffer.concat([aligned(all, 8), Buffer.from([code, 1, type.charCodeAt(0), 0]), value]),
    Buffer.alloc(0),
  );
  const start = [
    Buffer.from('l'),
    Buffer.from([type, 1, 1]),
    uint32(body.length),
    uint32(7),
    uint32(array.length),
  ];
  return Buffer.concat([aligned(Buffer.concat([...start, array]), 8), body]);
}

const sender: [number, string, Buffer] = [7, 's', text('org.freedesktop.DBus')];

/** The reply to Hello: the name of the caller. */
export const helloReply = message(
  METHOD_RETURN,
  [[5, 'u', uint32(1)], [6, 's', text(':1.7')], [8, 'g', Buffer.from('\x01s\0', 'latin1')], sender],
  text(':1.7'),
);

/** The signal that a daemon sends after Hello. */
export const nameAcquired = message(
  SIGNAL,
  [
    [1, 'o', text('/org/freedesktop/DBus')],
    [2, 's', text('org.freedesktop.DBus')],
    [3, 's', text('NameAcquired')],
    [8, 'g', Buffer.from('\x01s\0', 'latin1')],
    sender,
  ],
  text(':1.7'),
);

/** Creates the reply to Get: a variant with a boolean. */
export function lockedReply(locked: boolean, serial = 2): Buffer {
  const fields: [number, string, Buffer][] = [
    [5, 'u', uint32(serial)],
    [6, 's', text(':1.7')],
    [8, 'g', Buffer.from('\x01v\0', 'latin1')],
    [7, 's', text(':1.3')],
  ];
  return message(
    METHOD_RETURN,
    fields,
    Buffer.concat([Buffer.from('\x01b\0\0', 'latin1'), uint32(Number(locked))]),
  );
}

export function errorReply(name: string): Buffer {
  const fields: [number, string, Buffer][] = [
    [4, 's', text(name)],
    [5, 'u', uint32(2)],
    [6, 's', text(':1.7')],
    [8, 'g', Buffer.from('\x01s\0', 'latin1')],
    sender,
  ];
  return message(ERROR, fields, text('A description from the service, such as unlocked.'));
}
