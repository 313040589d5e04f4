import {createInterface} from 'node:readline/promises';

/** May a person be asked? Only on a terminal, and not in CI. */
export function isInteractive(env: NodeJS.ProcessEnv): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY) && !env.CI;
}

/** Asks on stderr, so that stdout stays data. */
export async function ask(question: string): Promise<string> {
  const reader = createInterface({input: process.stdin, output: process.stderr});
  // The line editor takes Ctrl-C from the terminal; hand it on. Ctrl-D means the same here.
  reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  reader.once('close', () => process.kill(process.pid, 'SIGINT'));
  try {
    return (await reader.question(`${question} `)).trim();
  } finally {
    reader.removeAllListeners('close').close();
  }
}

/** Asks without showing what is typed. */
export async function askHidden(question: string): Promise<string> {
  const {default: password} = await import('@inquirer/password');
  return (await password({message: question, mask: '*'}, {output: process.stderr})).trim();
}

export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N]`));
}
