import {once} from 'node:events';
import {type AddressInfo, createServer, type Server} from 'node:net';

/** Returns a port that is free on 127.0.0.1 and, if the machine has IPv6, on ::1. */
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
