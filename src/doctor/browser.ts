import {toolVariable} from '../program.js';
import {type DoctorContext, note, ok, type Remark} from './finding.js';

/** Would a login open a browser here, and which? None is opened to find out. */
export async function* checkBrowser({env}: DoctorContext): AsyncGenerator<Remark> {
  const named = [toolVariable('BROWSER'), 'BROWSER'].find(name => env[name]);
  const hasDisplay =
    process.platform !== 'linux' || env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME;
  if (env.CI) yield note('CI is set: a login opens no browser unless told to by --browser.');
  else if (named) yield ok(`A login opens the browser that ${named} names.`);
  else if (hasDisplay) yield ok('A login opens the system’s browser.');
  else yield note('No display: open a login’s address elsewhere, and paste the one that it ends on.');
}
