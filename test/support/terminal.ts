import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';

/** What `Terminal` runs. */
export const TERMINAL_PROGRAMS = ['script', 'bash'];

const SHELLS = {
  bash: {command: 'bash --norc --noprofile -i', settings: 'set -b'},
  zsh: {command: 'zsh -f -i', settings: 'unsetopt zle prompt_cr prompt_sp; setopt notify'},
} as const;

/** An interactive shell with job control on a pseudo-terminal. */
export class Terminal {
  /** The output that `seeing` has not matched yet. */
  private screen = '';
  /** Everything that was ever on the screen. */
  output = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', chunk => {
      this.screen += chunk;
      this.output += chunk;
    });
    this.ended = once(child, 'close');
  }

  /** Opens one without escape sequences; `TERM` may choose another. */
  static async open(env: NodeJS.ProcessEnv, shell: keyof typeof SHELLS = 'bash'): Promise<Terminal> {
    const {command, settings} = SHELLS[shell];
    const child = spawn('script', ['--quiet', '--echo', 'never', '--command', command, '/dev/null'], {
      env: {TERM: 'dumb', ...env},
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const terminal = new Terminal(child);
    terminal.type(`${settings}; stty -echo; PS1=; echo ready to ty""pe\n`);
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
