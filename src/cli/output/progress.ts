import {say} from './terminal.js';

/**
 * What a command waits for, on stderr: on a terminal one line that counts the seconds and goes away,
 * elsewhere a line whenever something changes.
 */
export class Progress {
  private readonly live = process.stderr.isTTY && process.env.TERM !== 'dumb';
  private readonly started = Date.now();
  private text = '';
  private ticking: NodeJS.Timeout | undefined;

  show(text: string): void {
    if (text === this.text) return;
    this.text = text;
    if (this.live) {
      this.ticking ??= setInterval(() => this.draw(), 1000).unref();
      this.draw();
    } else say(text);
  }

  end(): void {
    clearInterval(this.ticking);
    if (this.ticking) this.clear();
    this.ticking = undefined;
  }

  private draw(): void {
    const seconds = Math.floor((Date.now() - this.started) / 1000);
    this.clear();
    // A line that wraps could not be cleared. Some terminals say that they have no columns.
    process.stderr.write(`${this.text} ${seconds} s`.slice(0, (process.stderr.columns || 80) - 1));
  }

  private clear(): void {
    process.stderr.cursorTo(0);
    process.stderr.clearLine(0);
  }
}
