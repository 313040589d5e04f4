import {createInterface} from 'node:readline';
import {PassThrough} from 'node:stream';
import {expect} from 'chai';
import type {VaultError} from '../../../src/errors.js';
import {awaitAuthorization} from '../../../src/oauth/authorization-response.js';
import type {AuthorizationAnswer, LoopbackListener} from '../../../src/oauth/loopback-listener.js';
import {failure, isPending} from './support.js';

const redirectUri = 'https://localhost:3456/callback';
const state = 'the-right-state';
const right = `${redirectUri}?code=secret-code&state=${state}#_`;

/** Creates a listener that answers when the test calls `settle`. */
function fakeListener() {
  let settle!: (answer: AuthorizationAnswer) => void;
  const answer = new Promise<AuthorizationAnswer>(resolve => {
    settle = resolve;
  });
  const listener: LoopbackListener = {answer, close: async () => {}};
  return {listener, settle};
}

/** Creates a terminal to type in, read line by line as the command does. */
function fakeTerminal() {
  const input = new PassThrough();
  return {input, pasted: createInterface({input})};
}

describe('authorization response', () => {
  const badPastes: VaultError[] = [];
  const base = {
    redirectUri,
    state,
    timeoutSeconds: 30,
    onBadPaste: (error: VaultError) => badPastes.push(error),
  };

  beforeEach(() => {
    badPastes.length = 0;
  });

  it('comes from the listener, and stdin is no longer read', async () => {
    const {listener, settle} = fakeListener();
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, listener, pasted});
    const received = {parameters: new URLSearchParams({code: 'c', state}), respond: async () => {}};
    settle(received);
    expect(await waiting).to.equal(received);
    input.end('a line too late\n');
    await new Promise(setImmediate);
    expect(badPastes).to.deep.equal([]);
  });

  it('comes from a pasted line, after any number of invalid or empty lines', async () => {
    const {listener} = fakeListener();
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, listener, pasted});
    input.write('\n   \nsecret-code\nhttps://example.org/\n');
    input.write(`"${right}"\n`);
    const {parameters, respond} = await waiting;
    expect(parameters.get('code')).to.equal('secret-code');
    expect(respond).to.equal(undefined);
    expect(badPastes.map(error => error.code)).to.deep.equal(['USAGE', 'USAGE']);
  });

  it('may be a pasted refusal, even without a listener', async () => {
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, pasted});
    input.end(`${redirectUri}?error=access_denied&state=${state}\n`);
    const {parameters} = await waiting;
    expect(parameters.get('error')).to.equal('access_denied');
  });

  it('is still awaited from the listener after stdin has ended', async () => {
    const {listener, settle} = fakeListener();
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, listener, pasted});
    input.end('no newline at the end');
    await new Promise(resolve => pasted.once('close', resolve));
    expect(await isPending(waiting)).to.equal(true);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    expect((await waiting).parameters.get('code')).to.equal('c');
  });

  it('is still awaited from the listener after stdin has failed', async () => {
    const {listener, settle} = fakeListener();
    let wasRead = false;
    const next = async (): Promise<IteratorResult<string>> => {
      wasRead = true;
      throw new Error('EIO');
    };
    const pasted = {[Symbol.asyncIterator]: () => ({next})};
    const waiting = awaitAuthorization({...base, listener, pasted});
    expect(await isPending(waiting)).to.equal(true);
    expect(wasRead).to.equal(true);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    await waiting;
  });

  it('fails at once if no answer can arrive anymore', async () => {
    const {input, pasted} = fakeTerminal();
    const waiting = [awaitAuthorization({...base, pasted}), awaitAuthorization(base)].map(failure);
    input.end('nonsense\n');
    for (const error of await Promise.all(waiting)) {
      expect(error.code).to.equal('USAGE');
      expect(error.message).to.include('no address can be pasted');
    }
    expect(badPastes).to.have.length(1);
  });

  it('fails after the timeout with suggestions', async () => {
    const {listener} = fakeListener();
    const {pasted} = fakeTerminal();
    const error = await failure(awaitAuthorization({...base, listener, pasted, timeoutSeconds: 0.05}));
    expect(error.code).to.equal('AUTHORIZATION_TIMEOUT');
    expect(error.message).to.include('0.05 seconds');
    expect(error.suggestions).to.not.be.empty;
  });

  it('accepts a very long timeout', async () => {
    const {listener, settle} = fakeListener();
    const waiting = awaitAuthorization({...base, listener, timeoutSeconds: 10_000_000});
    await new Promise(resolve => setTimeout(resolve, 10)); // An overflowing timer would fire after 1 ms.
    expect(await isPending(waiting)).to.equal(true);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    await waiting;
  });

  it('leaves no timer, listener or reader behind', async () => {
    const {listener, settle} = fakeListener();
    const {pasted} = fakeTerminal();
    await new Promise(setImmediate); // Mocha's own timer is running by then.
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    const before = timers();
    const waiting = awaitAuthorization({...base, listener, pasted});
    expect(timers()).to.equal(before + 1);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    await waiting;
    expect(timers()).to.equal(before);
    expect(pasted.listenerCount('line')).to.equal(0);
  });
});
