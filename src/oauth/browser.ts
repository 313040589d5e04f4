import {type ChildProcess, type SpawnOptions, spawn} from 'node:child_process';

/** Milliseconds within which a browser that cannot start has said so. */
const FAILS_WITHIN = 1_000;

/**
 * Opens a URL in the person's browser, without waiting for the browser to be closed.
 *
 * @param options.command the browser's command line, for the shell; the URL takes the place of `%s`,
 *   or comes last. Without it, the system's own browser.
 * @param options.env where the display is looked for
 * @returns false when there is no display, or when the browser could not start; it never throws
 */
export async function openBrowser(
  url: string,
  options: {command?: string; env: NodeJS.ProcessEnv},
): Promise<boolean> {
  const {command, env} = options;
  try {
    if (command) return await hasStarted(spawnCommand(command, url, env));
    if (!hasDisplay(env)) return false;
    const {default: open} = await import('open');
    return await hasStarted(await withEnvironment(env, () => open(url)));
  } catch {
    return false;
  }
}

/** The URL is a parameter or a variable, never a part of the text that a shell reads. */
function spawnCommand(command: string, url: string, env: NodeJS.ProcessEnv): ChildProcess {
  const isWindows = process.platform === 'win32';
  const parameter = isWindows ? '"!AUTHORIZATION_URL!"' : '"$1"';
  const line = command.includes('%s')
    ? command.replace(/(["']?)%s\1/g, () => parameter)
    : `${command} ${parameter}`;
  const detached: SpawnOptions = {detached: true, stdio: 'ignore', env};
  if (!isWindows) return spawn('sh', ['-c', line, 'sh', url], detached);
  // With /v:on, cmd puts in the value of !…! after it has read the line.
  return spawn('cmd.exe', ['/d', '/v:on', '/s', '/c', `"${line}"`], {
    ...detached,
    env: {...env, AUTHORIZATION_URL: url},
    windowsVerbatimArguments: true,
    windowsHide: true,
  });
}

/** `open` takes no environment, only the process's own. */
async function withEnvironment<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  const own = process.env;
  process.env = env;
  try {
    return await work();
  } finally {
    process.env = own;
  }
}

function hasDisplay(env: NodeJS.ProcessEnv): boolean {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}

/** Still there after a moment, or gone without a complaint. */
async function hasStarted(child: ChildProcess): Promise<boolean> {
  child.unref();
  if (child.exitCode !== null) return child.exitCode === 0;
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(true), FAILS_WITHIN);
    const settle = (isStarted: boolean) => {
      clearTimeout(timer);
      resolve(isStarted);
    };
    child.once('error', () => settle(false));
    child.once('exit', code => settle(code === 0));
  });
}
