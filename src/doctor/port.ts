import {listenOnLoopback} from '../oauth/loopback-listener.js';
import {newState} from '../oauth/state.js';
import {type DoctorContext, failuresOf, ok, type Remark} from './finding.js';

/** Could a login's answer be listened for? Listens as a login does, and lets go at once. */
export async function* checkPort({platform}: DoctorContext): AsyncGenerator<Remark> {
  const redirectUri = new URL(platform.defaultRedirectUri);
  const listen = async () => (await listenOnLoopback({redirectUri, state: newState()})).close();
  const [busy] = await failuresOf([listen]);
  // Only a login needs it, and the other program may be one.
  if (busy) yield {...busy, level: 'warning', exit_code: 0};
  else yield ok(`Port ${redirectUri.port}, where a login ends, is free.`);
}
