/**
 * One keychain call in a process of its own. A call that waits for a prompt cannot be cancelled, not
 * even by exiting; the parent can only kill the process that made it. Secrets travel over the IPC
 * channel: never in arguments or the environment.
 */
import {loadKeytar} from '../../native.js';
import type {KeychainCall, KeychainReply} from './keychain.js';

process.once('message', async ({method, parameters}: KeychainCall) => {
  let reply: KeychainReply;
  try {
    const keytar = loadKeytar();
    reply = {
      value: (await (keytar[method] as (...all: string[]) => Promise<unknown>)(...parameters)) as
        | string
        | null,
    };
  } catch (error) {
    reply = {error: (error as Error).message};
  }
  process.send!(reply, () => process.exit());
});

// The parent is gone: exiting would wait for the prompt.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
