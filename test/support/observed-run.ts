import {appendFile, chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import type {SandboxOptions} from '../../src/platforms/threads/sandbox/sandbox.js';
import {encodingsOf} from './secrets.js';
import {type Running, TOOL, visit, World} from './world.js';

const PRELOADED = join(import.meta.dirname, 'observed.mjs');
/** The time limit of a run in milliseconds. */
const TIME_LIMIT = 60_000;

/** One run of the command with its environment. */
export interface Scenario {
  title: string;
  /** The command ID in the manifest, such as `threads:token`. */
  command: string;
  args?: string[] | ((stage: Stage) => string[]);
  /** Arguments after all flags. */
  end?: string[];
  json?: boolean;
  env?: Record<string, string> | ((stage: Stage) => Record<string, string>);
  stdin?: string;
  sandbox?: SandboxOptions;
  /** Puts credentials, faults and broken files in place. */
  prepare?: (stage: Stage) => Promise<void>;
  /** The place inside the command that throws an error full of secrets. */
  thrown?: 'request' | 'files' | 'callback' | 'promise';
  /** What the user does while the command runs. */
  meanwhile?: (running: Running, stage: Stage) => Promise<void>;
}

/** A secret found in something that the run left behind. */
export interface Sighting {
  /** `stdout`, `stderr`, `page`, `file PATH`, or the arguments or environment of a child process. */
  where: string;
  secret: string;
  encoding: string;
}

export interface Observation {
  scenario: Scenario;
  args: string[];
  code: number | null;
  sightings: Sighting[];
  /** Names of the secrets that were sent to the service. */
  sent: string[];
  secrets: number;
  /** The beginnings of the command lines of its child processes. */
  children: string[];
}

/** The surroundings of one run: home, temporary folder, service, and the secrets to look for. */
export class Stage {
  readonly #secrets: [name: string, value: string | Uint8Array][] = [];
  /** Texts that the run left behind, by place. */
  readonly found = new Map<string, string>();

  private constructor(readonly world: World) {}

  static async set(options: SandboxOptions): Promise<Stage> {
    const stage = new Stage(await World.create(options));
    await mkdir(stage.notes);
    await mkdir(stage.temporary);
    await writeFile(stage.browser, `#!/bin/sh\n{ echo "$@"; env; } >> '${stage.browser}.log'\n`);
    await chmod(stage.browser, 0o700);
    stage.learn('app secret', stage.world.sandbox.appSecret);
    return stage;
  }

  /** The observer's own files, which are not searched. */
  get notes(): string {
    return join(this.world.folder, 'notes');
  }

  get temporary(): string {
    return join(this.world.folder, 'tmp');
  }

  /** A browser that records its arguments and environment. */
  get browser(): string {
    return join(this.notes, 'browser');
  }

  /** Adds a secret to look for. */
  learn<T extends string | Uint8Array>(name: string, value: T): T {
    if (!this.#secrets.some(([, known]) => known === value)) this.#secrets.push([name, value]);
    return value;
  }

  get secrets(): [name: string, value: string | Uint8Array][] {
    return this.#secrets;
  }

  /** Adds the secrets that the service issued or received, and returns the names of those that were sent to it. */
  learnFromService(): string[] {
    const {sandbox} = this.world;
    for (const token of sandbox.issued()) this.learn('long-lived token', token);
    for (const {path, query, form} of sandbox.requests) {
      if (path === '/access_token') this.learn('short-lived token', query.get('access_token')!);
      if (form.has('code')) this.learn('authorization code', form.get('code')!);
    }
    const requests = sandbox.requests
      .flatMap(({query, form, headers}) => [...query.values(), ...form.values(), headers.authorization])
      .join('\n');
    return [...new Set(this.sightingsIn('requests', requests).map(({secret}) => secret))];
  }

  children(): string[] {
    return [...this.found.keys()].flatMap(where => /^arguments of (.*)$/s.exec(where)?.[1] ?? []);
  }

  sightings(): Sighting[] {
    return [...this.found].flatMap(([where, text]) => this.sightingsIn(where, text));
  }

  private sightingsIn(where: string, text: string): Sighting[] {
    return this.#secrets.flatMap(([secret, value]) =>
      encodingsOf(value, text).map(encoding => ({where, secret, encoding})),
    );
  }

  /** Reads every file under the run's HOME, including TMPDIR. */
  async findFiles(): Promise<void> {
    const {folder} = this.world;
    for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || path.startsWith(this.notes)) continue;
      const place = path.slice(folder.length + 1);
      this.found.set(`file ${place}`, `${place}\n${await readFile(path, 'latin1')}`);
    }
  }

  async findChildren(): Promise<void> {
    const lines = await readFile(join(this.notes, 'children.jsonl'), 'utf8').catch(() => '');
    for (const line of lines.split('\n').filter(Boolean)) {
      const child: {arguments: string[]; environment: string[]} = JSON.parse(line);
      // The same command, restarted with the same arguments and environment.
      const name = child.arguments.includes(TOOL) ? 'itself' : child.arguments.slice(0, 3).join(' ');
      this.found.set(`arguments of ${name}`, child.arguments.join('\n'));
      this.found.set(`environment of ${name}`, child.environment.join('\n'));
    }
    const browser = await readFile(`${this.browser}.log`, 'utf8').catch(() => '');
    this.found.set('the browser', browser);
  }
}

/** Runs a scenario and looks for every secret in everything that it left behind. */
async function observe(scenario: Scenario): Promise<Observation> {
  const stage = await Stage.set(scenario.sandbox ?? {});
  try {
    await scenario.prepare?.(stage);
    if (scenario.thrown) await plantFault(stage, scenario.thrown);
    const args = [
      ...scenario.command.split(':'),
      ...resolve(scenario.args ?? [], stage),
      ...(scenario.json ? ['--json'] : []),
      ...(scenario.end ?? []),
    ];
    // With a user, input comes later; without one, standard input is empty.
    const stdin = scenario.stdin ?? (scenario.meanwhile ? undefined : '');
    const running = stage.world.start(args, {
      preload: [PRELOADED],
      ...(stdin !== undefined && {stdin}),
      env: {
        CI: 'true',
        TMPDIR: stage.temporary,
        OBSERVED_IN: stage.notes,
        TOOL_BROWSER: stage.browser,
        TOOL_KEYCHAIN_TIMEOUT: '1',
        DEBUG: '*',
        // Makes errors appear as annotations as well.
        ...(scenario.json && {GITHUB_ACTIONS: 'true'}),
        ...resolve(scenario.env ?? {}, stage),
      },
    });
    let isStuck = false;
    const timeLimit = setTimeout(() => {
      isStuck = true;
      running.child.kill('SIGKILL');
    }, TIME_LIMIT);
    await Promise.race([scenario.meanwhile?.(running, stage).catch(() => {}), running.ended]);
    const {code, stdout, stderr} = await running.ended;
    clearTimeout(timeLimit);
    if (isStuck) throw new Error(`${scenario.title} timed out: ${stderr}`);

    stage.found.set('stdout', stdout).set('stderr', stderr);
    const sent = stage.learnFromService();
    await stage.findFiles();
    await stage.findChildren();
    return {
      scenario,
      args,
      code,
      sightings: stage.sightings(),
      sent,
      secrets: stage.secrets.length,
      children: stage.children(),
    };
  } finally {
    await stage.world.destroy();
  }
}

/** Observes every scenario, at most `atATime` at once. */
export async function observeAll(scenarios: Scenario[], atATime: number): Promise<Observation[]> {
  const observations: Observation[] = [];
  const left = [...scenarios];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) observations.push(await observe(next));
  };
  await Promise.all(Array.from({length: atATime}, worker));
  return observations;
}

/** Completes a login as the browser does, and keeps the final page. */
export async function logIn(running: Running, stage: Stage): Promise<void> {
  const redirect = await stage.world.login(await running.authorizationUrl());
  const code = new URL(redirect).searchParams.get('code');
  if (code) stage.learn('authorization code', code);
  stage.found.set('page', (await visit(redirect)).html);
}

/** As `logIn`, but pastes the redirect URL instead of opening it, after several wrong attempts. */
export async function pasteLogin(running: Running, stage: Stage): Promise<void> {
  const redirect = await stage.world.login(await running.authorizationUrl());
  const code = stage.learn('authorization code', new URL(redirect).searchParams.get('code')!);
  const elsewhere = redirect.replace('example.test', 'example.invalid');
  const otherLogin = redirect.replace(/state=[^&#]*/, 'state=other');
  for (const line of [code, elsewhere, otherLogin, redirect]) running.child.stdin!.write(`${line}\n`);
}

/** Obtains an authorization code as another program would, and writes it to standard input. */
export async function typeCode(running: Running, stage: Stage): Promise<void> {
  const redirect = await stage.world.loginElsewhere(stage.world.redirectUri);
  stage.learn('authorization code', new URL(redirect).searchParams.get('code')!);
  running.child.stdin!.end(`${redirect}#_\n`);
}

/** Writes the JSON document of a credential to standard input. */
export async function typeDocument(running: Running, stage: Stage): Promise<void> {
  const {sandbox} = stage.world;
  const {access_token, user_id} = sandbox.mint();
  const refresh_token = stage.learn('long-lived token', access_token);
  running.child.stdin!.end(JSON.stringify({refresh_token, user_id, app_secret: sandbox.appSecret}));
}

/** Ends a command that runs until Ctrl-C, once it has said so. */
export async function end(running: Running): Promise<void> {
  await running.saying(/until you press Ctrl-C/);
  running.child.kill('SIGTERM'); // If started again, it leaves a terminal's SIGINT to the new process.
}

/** Requests a diagnostic report while a request hangs, then kills the command. */
export async function askForReport(running: Running, {world}: Stage): Promise<void> {
  for (let left = 200; left > 0 && world.requests('/v1.0/me') === 0; left--) await wait(50);
  running.child.kill('SIGUSR2');
  await wait(700);
  running.child.kill('SIGKILL');
}

async function plantFault({notes, secrets}: Stage, where: string): Promise<void> {
  const planted = Object.fromEntries(
    secrets.map(([name, value]) => [name, typeof value === 'string' ? value : '']),
  );
  await appendFile(join(notes, 'fault.json'), JSON.stringify({where, secrets: planted}));
}

function resolve<T extends object>(given: T | ((stage: Stage) => T), stage: Stage): T {
  return typeof given === 'function' ? given(stage) : given;
}
