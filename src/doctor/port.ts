import {listenOnLoopback} from '../oauth/loopback-listener.js';
import {newState} from '../oauth/state.js';
import {type DoctorContext, failuresOf, ok, type Remark} from './finding.js';

/** Checks that a login can listen on its port, by doing so for a moment. */
export async function* checkPort({platform}: DoctorContext): AsyncGenerator<Remark> {
  const redirectUri = new URL(platform.defaultRedirectUri);
  const listen = async () => (await listenOnLoopback({redirectUri, state: newState()})).close();
  const [busy] = await failuresOf([listen]);
  // A warning, since only a login needs the port, and the other program may be a login.
  if (busy) yield {...busy, level: 'warning', exit_code: 0};
  else yield ok(`Port ${redirectUri.port}, on which a login listens, is free.`);
}
