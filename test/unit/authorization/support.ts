import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {request as httpRequest, type IncomingHttpHeaders} from 'node:http';
import {request as httpsRequest, type RequestOptions} from 'node:https';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createSecureContext} from 'node:tls';
import type {Context} from 'mocha';
import type {VaultError} from '../../../src/errors.js';

export const CHROMIUM = '/usr/bin/chromium';

/** Skips where there is no Chromium, with the reason in the title; in CI that is a failure. */
export function needChromium(context: Context): void {
  if (existsSync(CHROMIUM)) return;
  if (process.env.CI) throw new Error(`CI has no ${CHROMIUM}`);
  context.test!.title += ` (skipped: there is no ${CHROMIUM})`;
  context.skip();
}

/** A port that is free on 127.0.0.1 and, unless the machine has no IPv6, on ::1. */
export async function freePort(): Promise<number> {
  for (;;) {
    const four = await occupy('127.0.0.1', 0);
    const {port} = four.address() as AddressInfo;
    const six = await occupy('::1', port).catch((error: NodeJS.ErrnoException) => error);
    await vacate(four);
    if (six instanceof Error && six.code === 'EADDRINUSE') continue;
    if (!(six instanceof Error)) await vacate(six);
    return port;
  }
}

export async function occupy(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

export async function vacate(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'authorization-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

const secureContext = createSecureContext(); // made once: it costs more than a handshake

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request on a connection of its own. `target` goes out as it is, without normalization. */
export function ask(
  origin: string,
  target: string,
  options: {method?: string; headers?: Record<string, string>; address?: string} = {},
): Promise<Reply> {
  const {protocol, hostname, port, host} = new URL(origin);
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send({
      host: options.address ?? (hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/[[\]]/g, '')),
      port,
      path: target,
      method: options.method ?? 'GET',
      headers: {Host: host, ...options.headers},
      agent: false,
      rejectUnauthorized: false,
      secureContext,
    } as RequestOptions);
    request.on('error', reject);
    request.on('response', response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({status: response.statusCode!, headers: response.headers, body}));
    });
    request.end();
  });
}

/** A TCP connection that says nothing, or only `words`. Its errors are of no interest. */
export async function silentConnection(port: number, words = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.resume();
  socket.write(words);
  return socket;
}

/** Resolves once the connection is gone, by whatever way. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
}

/** The VaultError that is thrown; anything else fails the test. */
export async function failure(attempt: Promise<unknown>): Promise<VaultError> {
  const outcome = await attempt.then(
    value => new Error(`expected a failure, got ${JSON.stringify(value)}`),
    (error: Error) => error,
  );
  if (outcome.name !== 'VaultError') throw outcome;
  return outcome as VaultError;
}

/** Is this promise still waiting, after everything that is already due has run? */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}
