import {type ChildProcess, type SpawnOptions, spawn} from 'node:child_process';
import {canOpenFiles} from './browser-access.js';

/** Milliseconds. A browser that cannot start exits sooner. */
const STARTUP_TIME = 1_000;

/**
 * Opens a URL in the person's browser. Does not wait until the browser is closed.
 *
 * @param options.command a shell command that starts the browser; `%s` is replaced with the URL, which is
 *   appended if there is no `%s`. Default: the system's browser.
 * @param options.env tells whether there is a display
 * @param options.redirectFile writes a file that leads to the URL and returns its address, for browsers that can read
 *   it: other users of the machine can read the arguments of a process, but not the file
 * @returns false if there is no display or the browser could not start; never throws
 */
export async function openBrowser(
  url: string,
  options: {command?: string; env: NodeJS.ProcessEnv; redirectFile?: () => Promise<string>},
): Promise<boolean> {
  const {command, env, redirectFile} = options;
  try {
    if (!command && !hasDisplay(env)) return false;
    const file = redirectFile && (await canOpenFiles(command, env)) && (await redirectFile().catch(() => ''));
    const target = file || url;
    if (command) return await hasStarted(spawnCommand(command, target, env));
    const {default: open} = await import('open');
    return await hasStarted(await withEnvironment(env, () => open(target)));
  } catch {
    return false;
  }
}

/** Passes the URL as a parameter or in a variable, never as part of the text that the shell parses. */
function spawnCommand(command: string, url: string, env: NodeJS.ProcessEnv): ChildProcess {
  const isWindows = process.platform === 'win32';
  const parameter = isWindows ? '"!AUTHORIZATION_URL!"' : '"$1"';
  const line = command.includes('%s')
    ? command.replace(/(["']?)%s\1/g, () => parameter)
    : `${command} ${parameter}`;
  const detached: SpawnOptions = {detached: true, stdio: 'ignore', env};
  if (!isWindows) return spawn('sh', ['-c', line, 'sh', url], detached);
  // With /v:on, cmd expands !…! after it has parsed the line.
  return spawn('cmd.exe', ['/d', '/v:on', '/s', '/c', `"${line}"`], {
    ...detached,
    env: {...env, AUTHORIZATION_URL: url},
    windowsVerbatimArguments: true,
    windowsHide: true,
  });
}

/** Runs `work` with another `process.env`: `open` cannot be given an environment. */
async function withEnvironment<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  const original = process.env;
  process.env = env;
  try {
    return await work();
  } finally {
    process.env = original;
  }
}

function hasDisplay(env: NodeJS.ProcessEnv): boolean {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}

/** Reports whether a process is still running after a moment or has exited with 0. */
async function hasStarted(child: ChildProcess): Promise<boolean> {
  child.unref();
  if (child.exitCode !== null) return child.exitCode === 0;
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(true), STARTUP_TIME);
    const settle = (isStarted: boolean) => {
      clearTimeout(timer);
      resolve(isStarted);
    };
    child.once('error', () => settle(false));
    child.once('exit', code => settle(code === 0));
  });
}
