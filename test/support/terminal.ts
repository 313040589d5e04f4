import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';

/** What a test with a terminal needs on the machine. */
export const TERMINAL_PROGRAMS = ['script', 'bash'];

/** A shell with job control on a pseudo-terminal, as a person has it. */
export class Terminal {
  /** What is still unread on the screen. */
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

  /** Waits until the screen shows it, and takes all up to it as read. */
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

  /** As when its window is closed: everything in it is hung up on. */
  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
