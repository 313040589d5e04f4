/**
 * Asks the desktop's Secret Service whether its default collection is locked.
 *
 * Why: libsecret opens a password prompt for a locked collection, and a call that waits for a prompt can only be
 * ended with SIGKILL. It also reports "no such key" if the collection is locked. So this is asked before every
 * call of libsecret.
 *
 * How: with one D-Bus method call, whose bytes are written out here. A D-Bus library takes 100 ms to load, in
 * every command that reads a key; this takes 4 ms.
 *
 * From top to bottom: the question, the socket, the conversation with the bus, the message format.
 */
import {existsSync} from 'node:fs';

/** `absent`: there is definitely no Secret Service. `unclear`: there may be one, but it gave no answer. */
export type SecretServiceState = 'unlocked' | 'locked' | 'absent' | 'unclear';

/** Bytes that are buffered. The expected messages have a few hundred. */
const MAXIMUM_SIZE = 1024 * 1024;

/** The D-Bus errors which say that no program offers the service. */
const ABSENT_ERRORS = /\.(ServiceUnknown|NameHasNoOwner|Spawn\.(ServiceNotFound|ExecFailed))$/;

/** Reads `Locked` of the default collection (Secret Service API 0.2, Collection). Waits up to `timeout` seconds. */
export async function secretServiceState(
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<SecretServiceState> {
  try {
    const bus = findBus(env);
    if (!bus) return 'absent';
    if (!bus.path) return 'unclear';
    const reply = await requestLocked(bus.path, timeout);
    if ('error' in reply) return ABSENT_ERRORS.test(reply.error) ? 'absent' : 'unclear';
    return reply.locked ? 'locked' : 'unlocked';
  } catch (error) {
    const isNobodyListening = ['ENOENT', 'ECONNREFUSED'].includes(
      (error as NodeJS.ErrnoException).code ?? '',
    );
    return isNobodyListening ? 'absent' : 'unclear';
  }
}

/** Finds the socket of the session bus. There is no path if the address is not that of a Unix socket. */
function findBus(env: NodeJS.ProcessEnv): {path?: string} | undefined {
  const address = env.DBUS_SESSION_BUS_ADDRESS;
  if (address) {
    const [, kind, value] = /unix:(path|abstract)=([^,;]+)/.exec(address) ?? [];
    if (!value) return {};
    return {path: (kind === 'abstract' ? '\0' : '') + decodeURIComponent(value)};
  }
  const path = env.XDG_RUNTIME_DIR && `${env.XDG_RUNTIME_DIR}/bus`;
  return path && existsSync(path) ? {path} : undefined;
}

type Reply = {error: string} | {locked: boolean};

/** Authenticates, sends both calls at once and waits for the reply to the second. Throws if none arrives. */
async function requestLocked(path: string, timeout: number): Promise<Reply> {
  const {connect} = await import('node:net');
  const socket = connect({path});
  // Not `socket.setTimeout`, which measures inactivity: a bus may send other messages forever.
  const timer = setTimeout(() => socket.destroy(new Error('no reply in time')), timeout * 1000);
  try {
    socket.write(authentication());
    let received = Buffer.alloc(0);
    let isAuthenticated = false;
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      if (received.length > MAXIMUM_SIZE) throw new Error('too large');
      if (!isAuthenticated) {
        const end = received.indexOf('\r\n');
        if (end < 0) continue;
        if (!received.toString('latin1', 0, end).startsWith('OK ')) throw new Error('not authenticated');
        isAuthenticated = true;
        received = received.subarray(end + 2);
        socket.write('BEGIN\r\n');
        socket.write(methodCall(HELLO));
        socket.write(methodCall(GET_LOCKED));
      }
      for (let size = messageSize(received); size && received.length >= size; size = messageSize(received)) {
        const reply = parseReply(received.subarray(0, size), GET_LOCKED.serial);
        if (reply) return reply;
        received = received.subarray(size);
      }
    }
    throw new Error('connection closed');
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Identifies the user by the numeric id, which the bus compares with that of the process. */
function authentication(): string {
  const uid = String(process.getuid?.() ?? 0);
  return `\0AUTH EXTERNAL ${Buffer.from(uid).toString('hex')}\r\n`;
}

interface MethodCall {
  serial: number;
  destination: string;
  path: string;
  interface: string;
  member: string;
  /** Strings only. */
  arguments: string[];
}

/** Must be the first call on a connection. */
const HELLO: MethodCall = {
  serial: 1,
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
  member: 'Hello',
  arguments: [],
};

const GET_LOCKED: MethodCall = {
  serial: 2,
  destination: 'org.freedesktop.secrets',
  path: '/org/freedesktop/secrets/aliases/default',
  interface: 'org.freedesktop.DBus.Properties',
  member: 'Get',
  arguments: ['org.freedesktop.Secret.Collection', 'Locked'],
};

// The message format (D-Bus specification, "Message Protocol"): a header of 16 bytes, an array of header fields,
// padding to a multiple of 8, and a body. Integers are little-endian, and each value is aligned to its size.

const HEADER_SIZE = 16;
const LITTLE_ENDIAN = 'l'.charCodeAt(0);
const METHOD_CALL = 1;
const PROTOCOL_VERSION = 1;
const FIELD = {path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, signature: 8};

const align = (offset: number, to: number) => Math.ceil(offset / to) * to;
const pad = (buffer: Buffer, to: number) => Buffer.concat([buffer], align(buffer.length, to));
const uint32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const string = (text: string) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(`${text}\0`)]);
const signature = (text: string) => Buffer.from(`${String.fromCharCode(text.length)}${text}\0`, 'latin1');
const field = (code: number, type: string, value: Buffer) =>
  Buffer.concat([Buffer.from([code]), signature(type), value]);

function methodCall(call: MethodCall): Buffer {
  const fields = [
    field(FIELD.path, 'o', string(call.path)),
    field(FIELD.interface, 's', string(call.interface)),
    field(FIELD.member, 's', string(call.member)),
    field(FIELD.destination, 's', string(call.destination)),
  ];
  if (call.arguments.length > 0)
    fields.push(field(FIELD.signature, 'g', signature('s'.repeat(call.arguments.length))));
  const fieldArray = fields.reduce((array, each) => Buffer.concat([pad(array, 8), each]));
  const body = call.arguments.reduce(
    (bytes, each) => Buffer.concat([pad(bytes, 4), string(each)]),
    Buffer.alloc(0),
  );
  const header = Buffer.concat([
    Buffer.from([LITTLE_ENDIAN, METHOD_CALL, 0, PROTOCOL_VERSION]),
    uint32(body.length),
    uint32(call.serial),
    uint32(fieldArray.length),
  ]);
  return Buffer.concat([pad(Buffer.concat([header, fieldArray]), 8), body]);
}

/** Returns the size of the message that the buffer begins with; `undefined` until its header has arrived. */
function messageSize(buffer: Buffer): number | undefined {
  if (buffer.length < HEADER_SIZE) return undefined;
  return align(HEADER_SIZE + buffer.readUInt32LE(12), 8) + buffer.readUInt32LE(4);
}

/** Parses the reply to the call with this serial; `undefined` for any other message. */
function parseReply(message: Buffer, serial: number): Reply | undefined {
  const end = HEADER_SIZE + message.readUInt32LE(12);
  let errorName: string | undefined;
  let replySerial: number | undefined;
  for (let at = HEADER_SIZE; at < end; ) {
    at = align(at, 8);
    const code = message[at]!;
    const type = String.fromCharCode(message[at + 2]!);
    at += 4;
    if (type === 'u') {
      if (code === FIELD.replySerial) replySerial = message.readUInt32LE(at);
      at += 4;
    } else if (type === 'g') {
      at += message[at]! + 2;
    } else {
      const length = message.readUInt32LE(at);
      if (code === FIELD.errorName) errorName = message.toString('utf8', at + 4, at + 4 + length);
      at += 4 + length + 1;
    }
  }
  if (replySerial !== serial) return undefined;
  if (errorName) return {error: errorName};
  // The body is a variant with a boolean: a signature of 3 bytes, padding to 4, and a uint32.
  return {locked: message.readUInt32LE(align(end, 8) + 4) === 1};
}
