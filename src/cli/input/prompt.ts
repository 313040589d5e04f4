import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';

/** Reports whether a person can be asked: only on a terminal, and not in CI. */
export function isInteractive(env: NodeJS.ProcessEnv): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY) && !env.CI;
}

/**
 * Asks on stderr, which leaves stdout to data. With `hidden`, the answer is not shown; with `verbatim`, spaces at its
 * ends belong to it.
 */
export function ask(question: string, {hidden = false, verbatim = false} = {}): Promise<string> {
  const nowhere = new Writable({write: (_chunk, _encoding, done) => done()});
  if (hidden) process.stderr.write(`${question} (not shown) `);
  const reader = createInterface({
    input: process.stdin,
    output: hidden ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
  });
  return new Promise(resolve => {
    const interrupt = () => {
      process.stderr.write('\n');
      process.emit('SIGINT');
    };
    // The line editor swallows Ctrl-C, so pass it on. Ctrl-D means the same here.
    reader.once('SIGINT', interrupt);
    reader.once('close', interrupt);
    reader.question(hidden ? '' : `${question} `, answer => {
      reader.off('close', interrupt).close();
      if (hidden) process.stderr.write('\n');
      resolve(verbatim ? answer : answer.trim());
    });
  });
}

export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N]`));
}
