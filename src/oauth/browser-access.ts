import {execFile} from 'node:child_process';
import {readFileSync, realpathSync} from 'node:fs';
import {homedir} from 'node:os';
import {basename, delimiter, join} from 'node:path';

/** Milliseconds. xdg-mime answers in a tenth of a second. */
const TIME_LIMIT = 2_000;

/** Programs that open a file just as they open a URL. Other commands may be scripts that expect a URL. */
const BROWSERS =
  /^(firefox(-esr)?|librewolf|chromium(-browser)?|google-chrome(-stable|-beta)?|brave(-browser)?|microsoft-edge(-stable)?|vivaldi(-stable)?|opera|epiphany(-browser)?|konqueror|falkon|qutebrowser)$/;

/**
 * Reports whether the browser can be given a file instead of a URL. Linux only: on Windows other users cannot read
 * command lines, and on macOS `open` may give a file to another program than a URL.
 *
 * @param command the shell command that starts the browser. Default: the system's browser
 */
export async function canOpenFiles(command: string | undefined, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (process.platform !== 'linux' || env.WSL_DISTRO_NAME) return false;
  if (command === undefined) return canSystemBrowser(env);
  const words = /^\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(command) ?? [];
  const program = words.slice(1).find(Boolean);
  return program !== undefined && BROWSERS.test(basename(program)) && readsOurFiles(program, env);
}

/** The desktop must open an HTML file in its browser, not in an editor. */
async function canSystemBrowser(env: NodeJS.ProcessEnv): Promise<boolean> {
  const types = ['text/html', 'x-scheme-handler/https'];
  const [forFiles, forUrls] = await Promise.all(types.map(type => defaultApplication(type, env)));
  if (!forFiles || forFiles !== forUrls) return false;
  const entry = findEntry(forFiles, env);
  const [, program] = /^Exec=(?:env (?:\S+=\S* )*)?"?([^\s"]+)/m.exec(entry?.text ?? '') ?? [];
  return (
    entry !== undefined && program !== undefined && !isConfined(entry.path) && readsOurFiles(program, env)
  );
}

function defaultApplication(type: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise(resolve => {
    execFile('xdg-mime', ['query', 'default', type], {env, timeout: TIME_LIMIT}, (error, output) =>
      resolve(error ? undefined : output.trim() || undefined),
    );
  });
}

/** Finds a desktop entry as the Desktop Entry Specification says. */
function findEntry(name: string, env: NodeJS.ProcessEnv): {path: string; text: string} | undefined {
  const own = env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local/share');
  const shared = (env.XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(':');
  for (const folder of [own, ...shared]) {
    try {
      const path = realpathSync(join(folder, 'applications', name));
      return {path, text: readFileSync(path, 'utf8')};
    } catch {
      // Look in the next folder.
    }
  }
  return undefined;
}

/**
 * Reports whether a program sees our temporary files. A snap or a flatpak has a temporary folder of its own. It is told
 * by its path with all links resolved (/usr/bin/snap, /snap/..., .../flatpak/exports/...) or, for a script that starts
 * it, as Ubuntu's /usr/bin/firefox does, by that script. An unknown program counts as one that does not.
 */
function readsOurFiles(program: string, {PATH = ''}: NodeJS.ProcessEnv): boolean {
  const candidates = program.includes('/')
    ? [program]
    : PATH.split(delimiter).map(each => join(each, program));
  for (const candidate of candidates) {
    try {
      const path = realpathSync(candidate);
      const start = readFileSync(path)
        .subarray(0, 16 * 1024)
        .toString('latin1');
      return !isConfined(path) && !(start.startsWith('#!') && isConfined(start));
    } catch {
      // Look in the next folder.
    }
  }
  return false;
}

const isConfined = (text: string) => /\/snapd?\b|\bsnap run\b|\bflatpak\b/.test(text);
