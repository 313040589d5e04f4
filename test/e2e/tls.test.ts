import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect} from 'chai';
import {loopbackCertificate} from '../../src/oauth/certificate.js';
import {World} from '../support/world.js';

/** What a server in the middle answers to a refresh. */
const OTHER_TOKEN = 'THAAfake-token-of-somebody-else-0123456789';
const TRUSTING = {NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1'};

describe('TLS', () => {
  let world: World;
  let folder: string;
  let url: string;
  let requests: string[];
  let server: ReturnType<typeof createServer>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agora-vault-test-'));
    const certificate = await loopbackCertificate(folder);
    server = createServer(certificate, (request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({access_token: OTHER_TOKEN, token_type: 'bearer', expires_in: 5_184_000}));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    await rm(folder, {recursive: true});
  });
  beforeEach(async () => {
    requests = [];
    world = await World.create();
  });
  afterEach(() => world.destroy());

  it('M2: NODE_TLS_REJECT_UNAUTHORIZED=0 sends no token to a server without a trusted certificate', async () => {
    const {refresh_token} = await world.store(20, {api_url: url});
    for (const env of [{}, TRUSTING]) {
      const {code, stdout, stderr} = await world.run(['threads', 'token'], {env});
      expect(requests).to.deep.equal([]);
      expect((await world.stored())!.refresh_token).to.equal(refresh_token);
      expect(stderr).to.contain('certificate is not trusted');
      expect({code, stdout}).to.deep.equal({code: 0, stdout: `${refresh_token}\n`});
    }
  });

  it('M2: nor does a login, a token from a variable, or the clock check of doctor reach one', async () => {
    const env = {
      ...TRUSTING,
      TOOL_THREADS_API_URL: url,
      THREADS_REFRESH_TOKEN: 'THAAfake-token-of-a-variable-0123456789',
      THREADS_APP_ID: '42',
      THREADS_APP_SECRET: 'fake-secret',
    };
    for (const args of [
      ['threads', 'status'],
      ['threads', 'profile'],
      ['threads', 'exchange', '--auth-code', 'AQfake'],
    ]) {
      const {code, stderr} = await world.run(args, {env});
      expect(code, stderr).to.equal(7);
      expect(stderr).to.contain('certificate is not trusted');
    }
    const {stdout, stderr} = await world.run(['doctor'], {env});
    expect(stdout + stderr).to.contain('certificate is not trusted');
    expect(requests).to.deep.equal([]);
  });

  it('M2: NODE_EXTRA_CA_CERTS makes a certificate trusted', async () => {
    await world.store(20, {api_url: url});
    const env = {NODE_EXTRA_CA_CERTS: join(folder, 'callback.crt')};
    const {code, stdout, stderr} = await world.run(['threads', 'token'], {env});
    expect(code, stderr).to.equal(0);
    expect(requests).to.have.length(1);
    expect(stdout).to.equal(`${OTHER_TOKEN}\n`);
    expect((await world.stored())!.refresh_token).to.equal(OTHER_TOKEN);
  });
});
