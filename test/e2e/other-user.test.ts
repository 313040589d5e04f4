import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {needsLinux, needsPrograms, needsRoot} from '../support/needs.js';
import {type Running, visit, World} from '../support/world.js';

const execute = promisify(execFile);
const AS_OTHER_USER = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** Requests a URL at an address, and prints the status and the page. */
const VISIT = `
  import {get as http} from 'node:http';
  import {get as https} from 'node:https';
  const [target, hostname] = process.argv.slice(1);
  const {protocol, host} = new URL(target);
  const options = {hostname, headers: {host}, rejectUnauthorized: false, agent: false};
  (protocol === 'https:' ? https : http)(target, options, response => {
    let page = '';
    response.on('data', chunk => { page += chunk; });
    response.on('end', () => console.log(response.statusCode, page));
  });`;

/** Prints every address with a state that a command line of the machine holds. */
const SPY = `
  import {readdirSync, readFileSync} from 'node:fs';
  for (const pid of readdirSync('/proc').filter(name => /^\\\\d+$/.test(name))) {
    try {
      for (const word of readFileSync('/proc/' + pid + '/cmdline', 'utf8').split('\\\\0'))
        if (/^http.*[?&]state=/.test(word)) console.log(word);
    } catch {}
  }`.replaceAll('\\\\', '\\');

async function asOtherUser(script: string, ...args: string[]): Promise<string> {
  const node = [process.execPath, '--input-type=module', '-e', script, ...args];
  return (await execute('setpriv', [...AS_OTHER_USER, ...node], {cwd: '/'})).stdout;
}

describe('another user of the machine', () => {
  let world: World;
  let running: Running;
  before(function () {
    needsLinux(this);
    needsRoot(this);
    needsPrograms(this, 'setpriv');
  });
  beforeEach(async () => {
    world = await World.create({
      accounts: [
        {user_id: '17841405793187218', username: 'attacker', name: 'An attacker'},
        {user_id: '26139168152370559', username: 'victim', name: 'A victim'},
      ],
    });
  });
  afterEach(async () => {
    if (running.child.exitCode === null) running.child.kill('SIGKILL');
    await running.ended;
    await world.destroy();
  });

  for (const scheme of ['http', 'https']) {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      it(`M3: cannot end a login on ${scheme}://${host}, even with its state`, async () => {
        const redirectUri = `${scheme}://${host}:${new URL(world.redirectUri).port}/callback`;
        running = world.startAuthorize(['--redirect-uri', redirectUri]);
        const redirect = await world.login(await running.authorizationUrl());
        const address = host.replace(/[[\]]/g, '');
        for (const each of host === 'localhost' ? ['127.0.0.1', '::1'] : [address])
          expect(await asOtherUser(VISIT, redirect, each)).to.match(/^403 .*another user/s);
        expect(running.child.exitCode).to.equal(null);
        expect(await world.vault.names('threads')).to.deep.equal([]);

        // The person's own browser still ends the login.
        if (scheme === 'https') expect((await visit(redirect)).status).to.equal(200);
        else expect((await fetch(redirect)).status).to.equal(200);
        expect((await running.ended).code).to.equal(0);
      });
    }
  }

  it('M3: is refused even if the connection is closed or cut before the answer', async () => {
    const redirectUri = `http://127.0.0.1:${new URL(world.redirectUri).port}/callback`;
    running = world.startAuthorize(['--redirect-uri', redirectUri]);
    const {pathname, search, host, port} = new URL(await world.login(await running.authorizationUrl()));
    const head = `GET ${pathname}${search} HTTP/1.1\\r\\nHost: ${host}\\r\\n\\r\\n`;
    for (const end of ['end', 'destroy', 'resetAndDestroy']) {
      const script = `
        import {connect} from 'node:net';
        for (let i = 0; i < 20; i++) await new Promise(done => {
          const socket = connect(${port}, '127.0.0.1').on('error', () => {}).on('close', done).resume();
          socket.on('connect', () => socket.write(\`${head}\`, () => socket.${end}()));
        });`;
      await asOtherUser(script);
    }
    expect(running.child.exitCode).to.equal(null);
    expect(world.requests('/oauth/access_token')).to.equal(0);
    running.child.kill('SIGINT');
    expect((await running.ended).code).to.equal(130);
  });

  it("M3: finds no state in a browser's command line, and cannot read the file in its place", async () => {
    // A browser by its name; this one records its arguments and stays open for a while.
    const bin = join(world.folder, 'bin');
    const log = join(world.folder, 'argv');
    await mkdir(bin);
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" > ${log}.part; mv ${log}.part ${log}; exec sleep 20\n`;
    await writeFile(join(bin, 'firefox'), script, {mode: 0o755});
    const env = {PATH: `${bin}:${process.env.PATH}`, TOOL_BROWSER: 'firefox --new-window'};
    running = world.startAuthorize(['--browser'], {env});
    const url = await running.authorizationUrl();
    while (!existsSync(log)) await once(spawn('sleep', ['0.05']), 'exit');

    const state = new URL(url).searchParams.get('state')!;
    expect(await asOtherUser(SPY)).not.to.contain(state);
    const [option, file = ''] = (await readFile(log, 'utf8')).trim().split('\n');
    expect(option).to.equal('--new-window');
    const path = fileURLToPath(file);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect((await stat(dirname(path))).mode & 0o777).to.equal(0o700);
    expect(await readFile(path, 'utf8')).to.contain(url.replaceAll('&', '&#38;'));

    expect((await visit(await world.login(url))).status).to.equal(200);
    expect((await running.ended).code).to.equal(0);
    expect(existsSync(dirname(path)), 'the file is removed').to.equal(false);
  });

  it('M3: --account refuses another account, and nothing is stored', async () => {
    for (const account of ['victim', '@Victim', '26139168152370559']) {
      running = world.startAuthorize(['--account', account, '--json']);
      const page = await visit(await world.login(await running.authorizationUrl()));
      const {code, stdout} = await running.ended;
      expect(code).to.equal(4);
      expect(JSON.parse(stdout).error).to.include({code: 'ACCOUNT_MISMATCH'});
      expect(page.html).to.contain('@attacker').and.contain('Nothing was stored');
    }
    expect(await world.vault.names('threads')).to.deep.equal([]);

    for (const account of ['Attacker', '17841405793187218']) {
      running = world.startAuthorize(['--account', account]);
      await visit(await world.login(await running.authorizationUrl()));
      expect((await running.ended).code).to.equal(0);
    }
  });
});
