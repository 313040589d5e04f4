import {rmSync} from 'node:fs';
import {mkdtemp, stat, writeFile} from 'node:fs/promises';
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
export async function writeRedirectFile(target: string, env: NodeJS.ProcessEnv): Promise<RedirectFile> {
  const parent = (await sessionFolder(env)) ?? tmpdir();
  const folder = await mkdtemp(join(parent, `${bin}-login-`));
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

/** Returns the folder of the session if nobody else can replace what is in it. */
async function sessionFolder({XDG_RUNTIME_DIR}: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!XDG_RUNTIME_DIR?.startsWith('/')) return undefined;
  const stats = await stat(XDG_RUNTIME_DIR).catch(() => undefined);
  const isOurs = stats?.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0;
  return isOurs ? XDG_RUNTIME_DIR : undefined;
}
