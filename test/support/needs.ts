import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {loadKeytar} from '../../src/native.js';

/** Skips a suite (from a hook) or a test, with the reason in each title. The only place that skips. */
function skip(context: Mocha.Context, reason: string): never {
  const explain = (test: Mocha.Runnable) => {
    test.title += ` (skipped: ${reason})`;
  };
  const {test} = context;
  if (test!.parent!.tests.includes(test as Mocha.Test)) explain(test!);
  else test!.parent!.eachTest(explain);
  return context.skip();
}

/** Skips where the machine lacks something that it could have; with `CI` set that is a failure. */
export function needs(context: Mocha.Context, what: string, isThere: boolean): void {
  if (isThere) return;
  if (process.env.CI) throw new Error(`${what} is missing, and CI must run these tests.`);
  skip(context, `${what} is missing`);
}

export function needsPrograms(context: Mocha.Context, ...programs: string[]): void {
  for (const program of programs) needs(context, program, isInstalled(program));
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
}

/** The keychain library does not load without libsecret. */
export function needsKeytar(context: Mocha.Context): void {
  let loads = true;
  try {
    loadKeytar();
  } catch {
    loads = false;
  }
  needs(context, 'keytar or libsecret', loads);
}

export function needsRoot(context: Mocha.Context): void {
  needs(context, 'the right to give a file away (root)', process.getuid?.() === 0);
}

/** Tries it, because root in a container usually has no right to mount. */
export function needsMount(context: Mocha.Context): void {
  const folder = mkdtempSync(join(tmpdir(), 'agora-vault-mount-'));
  let canMount = true;
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], {stdio: 'ignore'});
    execFileSync('umount', [folder]);
  } catch {
    canMount = false;
  }
  rmdirSync(folder);
  needs(context, 'the right to mount', canMount);
}

/** Tries it, because root in a container usually has no right to make a namespace. */
export function needsNamespaces(context: Mocha.Context): void {
  let canUnshare = true;
  try {
    execFileSync('unshare', ['--pid', '--fork', '--kill-child', 'true'], {stdio: 'ignore'});
  } catch {
    canUnshare = false;
  }
  needs(context, 'the right to make a PID namespace', canUnshare);
}

/** Skips on other systems, in CI too: what is tested exists only on Linux. */
export function needsLinux(context: Mocha.Context): void {
  if (process.platform !== 'linux') skip(context, 'Linux only');
}

/** Skips on Windows, in CI too. */
export function needsPosix(context: Mocha.Context): void {
  if (process.platform === 'win32') skip(context, 'not on Windows');
}
