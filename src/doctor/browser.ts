import {toolVariable} from '../program.js';
import {type DoctorContext, note, ok, type Remark} from './finding.js';

/** Checks whether a login would open a browser here, and which, without opening one. */
export async function* checkBrowser({env}: DoctorContext): AsyncGenerator<Remark> {
  const named = [toolVariable('BROWSER'), 'BROWSER'].find(name => env[name]);
  const hasDisplay =
    process.platform !== 'linux' || env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME;
  if (env.CI) yield note('CI is set: a login opens a browser only with --browser.');
  else if (named) yield ok(`A login opens the browser set by ${named}.`);
  else if (hasDisplay) yield ok('A login opens the system browser.');
  else yield note('No display: open the login page on another machine, and paste the address it ends on.');
}
