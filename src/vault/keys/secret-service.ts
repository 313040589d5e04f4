import {existsSync} from 'node:fs';

/**
 * What the desktop's Secret Service says of itself, asked over D-Bus before any key is: libsecret cannot
 * be asked without the risk of a prompt that nothing but SIGKILL ends, and it says "no such key" for a
 * locked collection too.
 *
 * `absent`: there is definitely none (no bus, or nobody offers the service). `unclear`: everything else.
 *
 * One method call of the D-Bus wire protocol, written out: a D-Bus library costs 100 ms to import,
 * on the path of every command that reads a secret; this costs 3.
 */
export type SecretServiceState = 'unlocked' | 'locked' | 'absent' | 'unclear';

const ABSENT_ERRORS = /\.(ServiceUnknown|NameHasNoOwner|Spawn\.(ServiceNotFound|ExecFailed))$/;

/** Reads `Locked` of the default collection (Secret Service API 0.2, Collection). Waits at most `timeout` seconds. */
export async function secretServiceState(
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<SecretServiceState> {
  try {
    const address = busAddress(env);
    if (!address) return 'absent';
    if (!address.path) return 'unclear';
    const reply = await getLocked(address.path, timeout);
    if (reply.error) return ABSENT_ERRORS.test(reply.error) ? 'absent' : 'unclear';
    return reply.locked ? 'locked' : 'unlocked';
  } catch (error) {
    return ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')
      ? 'absent'
      : 'unclear';
  }
}

function busAddress(env: NodeJS.ProcessEnv): {path?: string} | undefined {
  const address = env.DBUS_SESSION_BUS_ADDRESS;
  if (address) {
    const [, kind, value] = /unix:(path|abstract)=([^,;]+)/.exec(address) ?? [];
    if (!value) return {};
    return {path: (kind === 'abstract' ? '\0' : '') + decodeURIComponent(value)};
  }
  const path = env.XDG_RUNTIME_DIR && `${env.XDG_RUNTIME_DIR}/bus`;
  return path && existsSync(path) ? {path} : undefined;
}

type Reply = {error?: string; locked?: boolean};

async function getLocked(path: string, timeout: number): Promise<Reply> {
  const {connect} = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect({path});
    // Not the socket's own time limit: that measures silence, and a bus may talk for ever.
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), timeout * 1000);
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('closed'));
    });
    const finish = (reply: Reply) => {
      resolve(reply);
      socket.destroy();
    };

    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    let received = Buffer.alloc(0);
    let authenticated = false;
    const receive = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!authenticated) {
        const end = received.indexOf('\r\n');
        if (end < 0) return;
        if (!received.toString('latin1', 0, end).startsWith('OK ')) return finish({error: 'rejected'});
        authenticated = true;
        received = received.subarray(end + 2);
        socket.write('BEGIN\r\n');
        socket.write(
          methodCall(1, 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello', []),
        );
        socket.write(
          methodCall(
            2,
            'org.freedesktop.secrets',
            '/org/freedesktop/secrets/aliases/default',
            'org.freedesktop.DBus.Properties',
            'Get',
            ['org.freedesktop.Secret.Collection', 'Locked'],
          ),
        );
      }
      for (let size = messageSize(received); size && received.length >= size; size = messageSize(received)) {
        const reply = parseReply(received.subarray(0, size), 2);
        if (reply) return finish(reply);
        received = received.subarray(size);
      }
    };
    socket.on('data', chunk => {
      try {
        receive(chunk);
      } catch (error) {
        socket.destroy(error as Error); // Not the D-Bus protocol, whatever it is.
      }
    });
  });
}

// The D-Bus specification, "Message Protocol": little-endian, each value aligned to its size.

const align = (offset: number, to: number) => Math.ceil(offset / to) * to;
const padded = (buffer: Buffer, to: number) => Buffer.concat([buffer], align(buffer.length, to));
const uint32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const string = (text: string) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(`${text}\0`)]);
const signature = (text: string) => Buffer.from(`${String.fromCharCode(text.length)}${text}\0`, 'latin1');

const FIELD = {path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, signature: 8};

function methodCall(
  serial: number,
  destination: string,
  path: string,
  iface: string,
  member: string,
  args: string[],
) {
  const field = (code: number, type: string, value: Buffer) =>
    Buffer.concat([Buffer.from([code]), signature(type), value]);
  const fields = [
    field(FIELD.path, 'o', string(path)),
    field(FIELD.interface, 's', string(iface)),
    field(FIELD.member, 's', string(member)),
    field(FIELD.destination, 's', string(destination)),
    ...(args.length > 0 ? [field(FIELD.signature, 'g', signature('s'.repeat(args.length)))] : []),
  ];
  const last = fields.pop()!;
  const array = Buffer.concat([...fields.map(each => padded(each, 8)), last]);
  const body = args.reduce((all, arg) => Buffer.concat([padded(all, 4), string(arg)]), Buffer.alloc(0));
  const start = Buffer.concat([
    Buffer.from([0x6c, 1, 0, 1]),
    uint32(body.length),
    uint32(serial),
    uint32(array.length),
  ]);
  return Buffer.concat([padded(Buffer.concat([start, array]), 8), body]);
}

function messageSize(buffer: Buffer): number | undefined {
  if (buffer.length < 16) return undefined;
  return align(16 + buffer.readUInt32LE(12), 8) + buffer.readUInt32LE(4);
}

/** The answer to the call with this serial; undefined for any other message. */
function parseReply(message: Buffer, serial: number): Reply | undefined {
  const end = 16 + message.readUInt32LE(12);
  let errorName: string | undefined;
  let replySerial: number | undefined;
  for (let at = 16; at < end; ) {
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
  // A variant that holds a boolean: signature (1, 'b', NUL), aligned to 4, then a uint32.
  return {locked: message.readUInt32LE(align(end, 8) + 4) === 1};
}
