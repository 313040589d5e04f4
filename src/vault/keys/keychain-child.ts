/**
 * Makes one keychain call in a separate process. A call that waits for a prompt cannot be canceled, not even by
 * exiting: only killing the process ends it. Secrets are sent over the IPC channel, never in arguments or in the
 * environment.
 */
import {loadKeytar} from '../../native.js';
import type {KeychainCall, KeychainReply} from './keychain.js';

// Node's own handler would open the inspector to every user of the machine.
process.on('SIGUSR1', () => {});

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

// Killed when the parent is gone, because exiting would wait for the prompt.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
