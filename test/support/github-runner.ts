import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse} from 'yaml';
import {ROOT} from './world.js';

/** What `${{ … }}` may name: `{secrets: {NAME: …}, github: {…}, inputs: {…}}`. */
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
  /** Of the step that failed, else 0. */
  code: number;
  /** Every line that the steps printed, on either stream. */
  printed: string[];
  /** The same as the run's page shows it, secrets and masked values starred. */
  shown: string;
  /** What `GITHUB_ENV` had at the end. */
  exported: Record<string, string>;
}

/** Of this repository, by whatever name it goes. */
const OURS = /^OWNER\/agora-vault@/;
/** What prepares the machine, and has nothing to do with us. */
const PREPARING = /^actions\/setup-node@[0-9a-f]{40}$/;

/**
 * Runs the steps of a job as GitHub's runner does: expressions are put in, each script is run by the shell
 * it names, the first failure ends the job. Whatever is not known is an error, so that no recipe passes
 * unread. `env` is the machine's.
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
      return this.runScript(substituted(run, contexts), shell, substitutedAll(env, contexts));
    if (uses !== undefined && PREPARING.test(uses)) return 0;
    if (uses === undefined || !OURS.test(uses))
      throw new Error(`A step uses ${uses}, which is not known here`);
    return this.runAction(substitutedAll(inputs, contexts), contexts);
  }

  /** The repository's own composite action. */
  private async runAction(given: Record<string, string>, {github}: Contexts): Promise<number> {
    const action = parse(await readFile(join(ROOT, 'action.yml'), 'utf8'));
    const inputs = Object.fromEntries(
      Object.entries<{default: string}>(action.inputs).map(([name, input]) => [name, String(input.default)]),
    );
    for (const name of Object.keys(given))
      if (!(name in inputs)) throw new Error(`There is no input ${name}`);
    this.env.GITHUB_ACTION_PATH = ROOT;
    return this.run(action.runs.steps, {github, inputs: {...inputs, ...given}});
  }

  private async runScript(script: string, shell: string | undefined, env: Record<string, string>) {
    // The runner's own argument formats; a step without a shell has no pipefail.
    const options = {bash: ['--noprofile', '--norc', '-eo', 'pipefail'], none: ['-e']}[shell ?? 'none'];
    if (!options) throw new Error(`The shell ${shell} is not known here`);
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

  /** Masks count from the line on that sets them. */
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

function substitutedAll(values: Record<string, unknown>, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, substituted(String(value), contexts)]),
  );
}

function substituted(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression) => lookUp(expression.trim(), contexts));
}

/** A name with dots. Throws where the contexts have nothing of that name. */
function lookUp(path: string, contexts: Contexts): string {
  const value = path
    .split('.')
    .reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], contexts);
  if (typeof value !== 'string') throw new Error(`\${{ ${path} }} is not known here`);
  return value;
}

/** `NAME == 'text'` and `NAME != 'text'`, nothing else. */
function isTrue(condition: string, contexts: Contexts): boolean {
  const [, path, operator, text] = /^([\w.-]+) (==|!=) '([^']*)'$/.exec(condition) ?? [];
  if (path === undefined) throw new Error(`The condition ${condition} is not known here`);
  return (lookUp(path, contexts) === text) === (operator === '==');
}
