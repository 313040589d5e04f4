import {rmSync} from 'node:fs';
import {mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {bin} from '../program.js';
import {redirectPage} from './pages.js';

/** A file that leads a browser to a URL without showing it to other users, who can read command lines. */
export interface RedirectFile {
  /** The `file:` URL. */
  url: string;
  remove(): void;
}

/**
 * Writes the file (0600) into a new folder (0700) of the session or, without one, of the temporary folder. It is removed
 * when the process ends, if not before.
 */
export async function writeRedirectFile(
  target: string,
  {XDG_RUNTIME_DIR}: NodeJS.ProcessEnv,
): Promise<RedirectFile> {
  const name = `${bin}-login-`;
  const folder = await mkdtemp(join(XDG_RUNTIME_DIR || tmpdir(), name)).catch(() =>
    mkdtemp(join(tmpdir(), name)),
  );
  const remove = () => {
    process.removeListener('exit', remove);
    rmSync(folder, {recursive: true, force: true});
  };
  process.once('exit', remove);
  const path = join(folder, 'login.html');
  await writeFile(path, redirectPage(target), {mode: 0o600, flag: 'wx'}).catch(error => {
    remove();
    throw error;
  });
  return {url: pathToFileURL(path).href, remove};
}
