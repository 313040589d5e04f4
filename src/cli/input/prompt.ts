import {Writable} from 'node:stream';
import {sanitize} from '../output/sanitize.js';
import {openLineEditor} from './line-editor.js';

/** Reports whether a person can be asked: only on a terminal, and not in CI. */
export function isInteractive(env: NodeJS.ProcessEnv): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY) && !env.CI;
}

/** Asks on stderr, which leaves stdout to data. With `hidden`, the answer is not shown. Returns it as it was typed. */
export function ask(text: string, {hidden = false} = {}): Promise<string> {
  const {stderr} = process;
  const question = `${sanitize(text)}${hidden ? ' (not shown)' : ''} `;
  const nowhere = new Writable({write: (_chunk, _encoding, done) => done()});
  return new Promise(resolve => {
    const interrupt = () => {
      stderr.write('\n');
      process.emit('SIGINT');
    };
    const editor = openLineEditor({
      output: hidden ? nowhere : stderr,
      onInterrupt: interrupt,
      onContinue: () => {
        if (hidden) stderr.write(question);
        else editor.prompt(true); // Shows the half of the answer that was typed, too.
      },
    });
    if (hidden) stderr.write(question);
    editor.once('close', interrupt); // Ctrl-D means the same as Ctrl-C.
    editor.question(hidden ? '' : question, answer => {
      editor.off('close', interrupt).close();
      if (hidden) stderr.write('\n');
      resolve(answer);
    });
  });
}

export async function confirm(question: string): Promise<boolean> {
  return /^\s*y(es)?\s*$/i.test(await ask(`${question} [y/N]`));
}
