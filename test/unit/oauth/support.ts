import {once} from 'node:events';
import {request as httpRequest, type IncomingHttpHeaders} from 'node:http';
import {request as httpsRequest, type RequestOptions} from 'node:https';
import {connect, type Socket} from 'node:net';
import {createSecureContext} from 'node:tls';

export {withFolder} from '../../support/folder.js';
export {failure, isPending} from '../../support/outcome.js';
export {freePort, occupy, vacate} from '../../support/ports.js';

const secureContext = createSecureContext(); // Created once: it takes longer than a handshake.

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends one request on its own connection. `target` is sent without normalization. */
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

/** Opens a TCP connection that sends nothing except `words`. Ignores its errors. */
export async function silentConnection(port: number, words = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.resume();
  socket.write(words);
  return socket;
}

/** Resolves when the connection is closed, for whatever reason. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
}
