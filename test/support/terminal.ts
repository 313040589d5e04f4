import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';

/** What `Terminal` runs. */
export const TERMINAL_PROGRAMS = ['script', 'bash'];

/** An interactive shell with job control on a pseudo-terminal. */
export class Terminal {
  /** The output that `seeing` has not matched yet. */
  private screen = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', chunk => {
      this.screen += chunk;
    });
    this.ended = once(child, 'close');
  }

  static async open(env: NodeJS.ProcessEnv): Promise<Terminal> {
    const shell = 'bash --norc --noprofile -i';
    const child = spawn('script', ['--quiet', '--echo', 'never', '--command', shell, '/dev/null'], {
      env: {...env, TERM: 'dumb'},
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const terminal = new Terminal(child);
    terminal.type('stty -echo; PS1=; set -b; echo ready to ty""pe\n');
    await terminal.seeing(/ready to type/);
    return terminal;
  }

  type(keys: string): void {
    this.child.stdin!.write(keys);
  }

  /** Waits for output that matches, and drops everything up to the match. */
  async seeing(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.screen);
      if (match) {
        this.screen = this.screen.slice(match.index + match[0].length);
        return match;
      }
      const ended = await Promise.race([
        this.ended.then(() => true),
        once(this.child.stdout!, 'data').then(() => false),
      ]);
      if (ended && !pattern.test(this.screen)) throw new Error(`The terminal closed after: ${this.screen}`);
    }
  }

  /** Closes the terminal, as closing its window would: all of its processes get SIGHUP. */
  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
