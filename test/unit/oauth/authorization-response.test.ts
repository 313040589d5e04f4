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

/** A listener that answers when the test says so. */
function fakeListener() {
  let settle!: (answer: AuthorizationAnswer) => void;
  const answer = new Promise<AuthorizationAnswer>(resolve => {
    settle = resolve;
  });
  const listener: LoopbackListener = {answer, close: async () => {}};
  return {listener, settle};
}

/** A terminal to type in, read as the command reads it. */
function fakeTerminal() {
  const input = new PassThrough();
  return {input, pasted: createInterface({input})};
}

describe('awaiting the authorization', () => {
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

  it('ends with what the listener hears, and stops reading', async () => {
    const {listener, settle} = fakeListener();
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, listener, pasted});
    const heard = {parameters: new URLSearchParams({code: 'c', state}), respond: async () => {}};
    settle(heard);
    expect(await waiting).to.equal(heard);
    input.end('a line too late\n');
    await new Promise(setImmediate);
    expect(badPastes).to.deep.equal([]);
  });

  it('ends with what is pasted, after any number of bad or empty lines', async () => {
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

  it('takes a pasted refusal as an answer, without a listener, too', async () => {
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, pasted});
    input.end(`${redirectUri}?error=access_denied&state=${state}\n`);
    const {parameters} = await waiting;
    expect(parameters.get('error')).to.equal('access_denied');
  });

  it('waits on for the listener when stdin ends', async () => {
    const {listener, settle} = fakeListener();
    const {input, pasted} = fakeTerminal();
    const waiting = awaitAuthorization({...base, listener, pasted});
    input.end('no newline at the end');
    await new Promise(resolve => pasted.once('close', resolve));
    expect(await isPending(waiting)).to.equal(true);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    expect((await waiting).parameters.get('code')).to.equal('c');
  });

  it('waits on for the listener when stdin breaks', async () => {
    const {listener, settle} = fakeListener();
    let fired = false;
    const next = async (): Promise<IteratorResult<string>> => {
      fired = true;
      throw new Error('EIO');
    };
    const pasted = {[Symbol.asyncIterator]: () => ({next})};
    const waiting = awaitAuthorization({...base, listener, pasted});
    expect(await isPending(waiting)).to.equal(true);
    expect(fired).to.equal(true);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    await waiting;
  });

  it('gives up at once when nothing can arrive any more', async () => {
    const {input, pasted} = fakeTerminal();
    const waiting = [awaitAuthorization({...base, pasted}), awaitAuthorization(base)].map(failure);
    input.end('nonsense\n');
    for (const error of await Promise.all(waiting)) {
      expect(error.code).to.equal('USAGE');
      expect(error.message).to.include('no address can be pasted any more');
    }
    expect(badPastes).to.have.length(1);
  });

  it('gives up after the time-out, saying what to do', async () => {
    const {listener} = fakeListener();
    const {pasted} = fakeTerminal();
    const error = await failure(awaitAuthorization({...base, listener, pasted, timeoutSeconds: 0.05}));
    expect(error.code).to.equal('AUTHORIZATION_TIMEOUT');
    expect(error.message).to.include('0.05 seconds');
    expect(error.suggestions).to.not.be.empty;
  });

  it('does not take a very long time-out for none', async () => {
    const {listener, settle} = fakeListener();
    const waiting = awaitAuthorization({...base, listener, timeoutSeconds: 10_000_000});
    await new Promise(resolve => setTimeout(resolve, 10)); // an overflowing timer would fire after 1 ms
    expect(await isPending(waiting)).to.equal(true);
    settle({parameters: new URLSearchParams({code: 'c', state})});
    await waiting;
  });

  it('leaves no timer, listener or reader behind', async () => {
    const {listener, settle} = fakeListener();
    const {pasted} = fakeTerminal();
    await new Promise(setImmediate); // mocha's own timer runs by then
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
