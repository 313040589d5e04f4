import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {expect} from 'chai';
import {canIdentifyPeers, isOwnPeer} from '../../../src/oauth/peer.js';
import {needsLinux} from '../../support/needs.js';

/** A second user's connections are tested in e2e/other-user. */
describe('peer of a loopback connection', () => {
  before(function () {
    needsLinux(this);
  });

  for (const [listening, host, localAddress] of [
    ['127.0.0.1', '127.0.0.1', undefined],
    ['127.0.0.1', '127.0.0.1', '127.0.0.2'],
    ['127.0.0.1', '::ffff:127.0.0.1', undefined],
    ['::1', '::1', undefined],
  ] as const) {
    it(`M3: is known to be ours on ${listening}, from ${localAddress ?? host}, until it closes`, async () => {
      const server = createServer().listen(0, listening);
      await once(server, 'listening');
      const address = server.address() as AddressInfo;
      expect(canIdentifyPeers(address)).to.equal(true);

      const client = connect({host, port: address.port, ...(localAddress && {localAddress})});
      const [socket] = (await once(server, 'connection')) as [Socket];
      expect(isOwnPeer(socket)).to.equal(true);
      client.destroy();
      await once(socket.resume(), 'end');
      expect(isOwnPeer(socket)).to.equal(false);
      server.close();
    });
  }

  it('is not asked about where nothing of ours is listed', () => {
    expect(canIdentifyPeers({address: '127.0.0.1', port: 0, family: 'IPv4'})).to.equal(false);
  });
});
