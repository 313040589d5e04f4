import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse} from 'yaml';
import {ROOT} from './world.js';

/** The contexts for `${{ … }}`: `{secrets: {NAME: …}, github: {…}, inputs: {…}}`. */
export type Contexts = Record<string, unknown>;

export interface Step {
  name?: string;
  if?: string;
  uses?: string;
  with?: Record<string, unknown>;
  run?: string;
  shell?: string;
  env?: Record<string, unknown>;
}

export interface JobResult {
  /** The exit code of the failed step, or 0. */
  code: number;
  /** Every line that the steps printed, on either stream. */
  printed: string[];
  /** The same as the log on GitHub shows it, with secrets and masked values replaced by stars. */
  shown: string;
  /** The content of `GITHUB_ENV` at the end. */
  exported: Record<string, string>;
}

/** The action of this repository, at any version. */
const OURS = /^OWNER\/agora-vault@/;
/** An action that only prepares the machine. */
const PREPARING = /^actions\/setup-node@[0-9a-f]{40}$/;

/**
 * Runs the steps of a job as GitHub's runner does: it evaluates expressions, runs each script with its shell,
 * and stops at the first failure. Anything unknown is an error, so that no recipe passes unchecked. `env` is
 * the environment of the machine.
 */
export async function runJob(steps: Step[], contexts: Contexts, env: NodeJS.ProcessEnv): Promise<JobResult> {
  const temporary = await mkdtemp(join(env.HOME!, 'runner-'));
  const job = new Job(
    temporary,
    {...contexts, runner: {temp: temporary}},
    {
      ...env,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ENV: join(temporary, 'env'),
      RUNNER_TEMP: temporary,
    },
  );
  await writeFile(job.env.GITHUB_ENV!, '');
  const code = await job.run(steps);
  const {printed} = job;
  return {code, printed, shown: job.shown(), exported: await job.exported()};
}

class Job {
  readonly printed: string[] = [];
  private scripts = 0;

  constructor(
    private readonly folder: string,
    private readonly contexts: Contexts,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  async run(steps: Step[], contexts = this.contexts): Promise<number> {
    for (const step of steps) {
      if (step.if !== undefined && !isTrue(step.if, contexts)) continue;
      const code = await this.runStep(step, contexts);
      if (code !== 0) return code;
    }
    return 0;
  }

  private async runStep({uses, run, shell, env = {}, with: inputs = {}}: Step, contexts: Contexts) {
    if (run !== undefined)
      return this.runScript(substitute(run, contexts), shell, substituteAll(env, contexts));
    if (uses !== undefined && PREPARING.test(uses)) return 0;
    if (uses === undefined || !OURS.test(uses)) throw new Error(`Unknown action: ${uses}`);
    return this.runAction(substituteAll(inputs, contexts), contexts);
  }

  /** Runs the composite action of this repository. */
  private async runAction(given: Record<string, string>, {github}: Contexts): Promise<number> {
    const action = parse(await readFile(join(ROOT, 'action.yml'), 'utf8'));
    const inputs = Object.fromEntries(
      Object.entries<{default: string}>(action.inputs).map(([name, input]) => [name, String(input.default)]),
    );
    for (const name of Object.keys(given)) if (!(name in inputs)) throw new Error(`Unknown input: ${name}`);
    this.env.GITHUB_ACTION_PATH = ROOT;
    return this.run(action.runs.steps, {github, inputs: {...inputs, ...given}});
  }

  private async runScript(script: string, shell: string | undefined, env: Record<string, string>) {
    // The runner's arguments: a step without a shell has no pipefail.
    const options = {bash: ['--noprofile', '--norc', '-eo', 'pipefail'], none: ['-e']}[shell ?? 'none'];
    if (!options) throw new Error(`Unknown shell: ${shell}`);
    const path = join(this.folder, `script-${this.scripts++}.sh`);
    await writeFile(path, script);
    const child = spawn('bash', [...options, path], {
      cwd: this.folder,
      env: {...this.env, ...(await this.exported()), ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = async (stream: NodeJS.ReadableStream) => {
      let rest = '';
      for await (const chunk of stream.setEncoding('utf8')) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        this.printed.push(...lines);
      }
      if (rest) this.printed.push(rest);
    };
    const [[code]] = await Promise.all([once(child, 'close'), collect(child.stdout), collect(child.stderr)]);
    return code as number;
  }

  async exported(): Promise<Record<string, string>> {
    const lines = (await readFile(this.env.GITHUB_ENV!, 'utf8')).split('\n').filter(Boolean);
    return Object.fromEntries(lines.map(line => /^(\w+)=(.*)$/.exec(line)!.slice(1) as [string, string]));
  }

  /** Applies each mask to the lines after the one that sets it. */
  shown(): string {
    const masks = Object.values((this.contexts.secrets ?? {}) as Record<string, string>).filter(Boolean);
    const shown: string[] = [];
    for (const line of this.printed) {
      const [, mask] = /^::add-mask::(.+)$/.exec(line) ?? [];
      if (mask) masks.push(mask);
      else shown.push(masks.reduce((text, secret) => text.replaceAll(secret, '***'), line));
    }
    return shown.join('\n');
  }
}

function substituteAll(values: Record<string, unknown>, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, substitute(String(value), contexts)]),
  );
}

function substitute(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression) => lookUp(expression.trim(), contexts));
}

/** Looks up a dotted name. Throws if the contexts do not contain it. */
function lookUp(path: string, contexts: Contexts): string {
  const value = path
    .split('.')
    .reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], contexts);
  if (typeof value !== 'string') throw new Error(`Unknown value: \${{ ${path} }}`);
  return value;
}

/** Evaluates `NAME == 'text'` or `NAME != 'text'`; nothing else is supported. */
function isTrue(condition: string, contexts: Contexts): boolean {
  const [, path, operator, text] = /^([\w.-]+) (==|!=) '([^']*)'$/.exec(condition) ?? [];
  if (path === undefined) throw new Error(`Unsupported condition: ${condition}`);
  return (lookUp(path, contexts) === text) === (operator === '==');
}
