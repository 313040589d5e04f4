import {readFileSync} from 'node:fs';
import {type AddressInfo, isIPv4, type Socket} from 'node:net';
import {endianness} from 'node:os';

/** Every TCP socket of this network namespace, with the user who made it (proc_net_tcp(5)). */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** The states in a table. A socket that its owner has closed is in none of them, and may be listed as root's. */
const ESTABLISHED = '01';
const LISTENING = '0A';

interface Endpoint {
  address: string;
  port: number;
}

/**
 * Reports whether the owners of connections to a listening server can be told. They can on Linux, if the server itself
 * is listed as ours; elsewhere nobody is asked who connects.
 */
export function canIdentifyPeers({address, port, family}: AddressInfo): boolean {
  if (process.platform !== 'linux') return false;
  const anyone = {address: family === 'IPv6' ? '::' : '0.0.0.0', port: 0};
  return ownerOf({address, port}, anyone, LISTENING) === process.geteuid!();
}

/**
 * Reports whether this user or root made the other end of a loopback connection. Root is let in because nothing can be
 * kept from root, and container tools forward ports as root. A connection that is no longer open is nobody's.
 */
export function isOwnPeer({remoteAddress, remotePort, localAddress, localPort}: Socket): boolean {
  if (!remoteAddress || !localAddress) return false;
  const peer = {address: remoteAddress, port: remotePort!};
  const owner = ownerOf(peer, {address: localAddress, port: localPort!}, ESTABLISHED);
  return owner === process.geteuid!() || owner === 0;
}

/** Returns the uid of the socket between two endpoints, as its own end is listed; `undefined` if it is not. */
function ownerOf(local: Endpoint, remote: Endpoint, state: string): number | undefined {
  const [from, to] = [listedForms(local), listedForms(remote)];
  for (const table of TABLES) {
    let text: string;
    try {
      text = readFileSync(table, 'latin1');
    } catch {
      continue; // A machine without IPv6 has no second table.
    }
    for (const [index, form] of from.entries()) {
      const row = new RegExp(`: ${form} ${to[index]} ${state} \\S+ \\S+ \\S+ +(\\d+) `).exec(text);
      if (row) return Number(row[1]);
    }
  }
  return undefined;
}

/** Returns how the tables write an endpoint. An IPv4 address of a socket that also speaks IPv6 is mapped (RFC 4291). */
function listedForms({address, port}: Endpoint): string[] {
  const addresses = isIPv4(address) ? [ipv4(address), [...MAPPED, ...ipv4(address)]] : [ipv6(address)];
  const listedPort = port.toString(16).toUpperCase().padStart(4, '0');
  return addresses.map(bytes => {
    const words = Buffer.from(bytes);
    // Each 32-bit word is printed as a number of this machine.
    if (endianness() === 'LE') words.swap32();
    return `${words.toString('hex').toUpperCase()}:${listedPort}`;
  });
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

const ipv4 = (address: string) => address.split('.').map(Number);

function ipv6(address: string): number[] {
  const [head = [], tail] = address
    .replace(/%.*/, '')
    .split('::')
    .map(part => (part ? part.split(':') : []));
  const zeros = tail ? Array<string>(8 - head.length - tail.length).fill('0') : [];
  return [...head, ...zeros, ...(tail ?? [])]
    .map(group => Number.parseInt(group, 16))
    .flatMap(group => [group >> 8, group & 0xff]);
}
