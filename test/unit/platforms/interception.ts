import nock from 'nock';

// Importing nock takes over all of node's requests; outside of these tests nobody wants that.
nock.restore();

export const API = 'https://graph.threads.net';

/** For a suite: no request leaves the machine, and after every test all that were expected were made. */
export function interceptRequests(): void {
  before(() => {
    nock.activate();
    nock.disableNetConnect();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`Expected, and not made: ${pending.join(', ')}`);
  });
  after(() => {
    nock.enableNetConnect();
    nock.restore();
  });
}
