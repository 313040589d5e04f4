import nock from 'nock';

// Importing nock intercepts every request of the process; undo that outside of these tests.
nock.restore();

export const API = 'https://graph.threads.net';

/** Makes a suite fail for requests that no test expects, and for expected requests that were not sent. */
export function interceptRequests(): void {
  before(() => {
    nock.activate();
    nock.disableNetConnect();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`Expected but not sent: ${pending.join(', ')}`);
  });
  after(() => {
    nock.enableNetConnect();
    nock.restore();
  });
}
