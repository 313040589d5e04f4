import {sanitize} from './sanitize.js';

const BAR_WIDTH = 30;
let isShown = false;

/**
 * Says on stderr what a command is waiting for. On a terminal it is one line that counts the seconds and is
 * removed at the end; elsewhere it is a line for each change.
 */
export class Progress {
  private readonly started = Date.now();
  private text = '';
  private timer: NodeJS.Timeout | undefined;

  show(given: string): void {
    const text = sanitize(given);
    if (text === this.text) return;
    this.text = text;
    if (isTerminal()) {
      this.timer ??= setInterval(() => this.draw(), 1000).unref();
      this.draw();
    } else process.stderr.write(`${text}\n`);
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    clearProgress();
  }

  private draw(): void {
    draw(`${this.text} ${Math.floor((Date.now() - this.started) / 1000)} s`);
  }
}

/** Shows a bar until all is done. In CI it shows nothing, since a log would keep every step. */
export function showProgress(done: number, total: number): void {
  if (!isTerminal() || process.env.CI) return;
  if (done === total) {
    clearProgress();
    return;
  }
  const filled = Math.floor((BAR_WIDTH * done) / total);
  draw(`[${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${done} of ${total}`);
}

/** Removes the line from the terminal; whatever prints to stderr calls this first. */
export function clearProgress(): void {
  if (isShown) clearLine();
  isShown = false;
}

function draw(text: string): void {
  clearLine();
  // A line that wraps could not be removed. Some terminals report 0 columns.
  process.stderr.write(text.slice(0, (process.stderr.columns || 80) - 1));
  isShown = true;
}

function clearLine(): void {
  process.stderr.cursorTo(0);
  process.stderr.clearLine(0);
}

function isTerminal(): boolean {
  return process.stderr.isTTY && process.env.TERM !== 'dumb';
}
