import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {request} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findHome, type Home} from '../../src/config/home.js';
import type {Credential} from '../../src/credential.js';
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/platforms/threads/sandbox/sandbox.js';
import {openLocalVault} from '../../src/vault/open.js';
import type {Vault} from '../../src/vault/vault.js';
import {aCredential, type Overrides, recordName} from './credential.js';
import {freePort} from './ports.js';

export const ROOT = join(import.meta.dirname, '../..');
export const TOOL = join(ROOT, 'bin/run.js');
/** The passphrase of test vaults. */
export const PASSPHRASE = 'fake passphrase for a test';
const passphrases = {known: async () => [PASSPHRASE], forNewKey: async () => PASSPHRASE};
const DAY = 24 * 60 * 60 * 1000;

/** Opens a vault with its key in a file, in this process. */
export function openTestVault(home: Home): Vault {
  return openLocalVault({home, env: {}, keyStore: 'file', keychainTimeout: 1, passphrases, warn: () => {}});
}

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** Modules to load before the command. */
  preload?: string[];
  /** How far the command's clock is off, as `faketime` writes it: `+40d`. */
  clock?: string;
  /** Options of Node, before the command. */
  nodeOptions?: string[];
  cwd?: string;
}

/** Runs the built command as a process, with its own home and sandbox. */
export class World {
  readonly home: Home;
  readonly vault: Vault;
  /** The command that is run. */
  tool = TOOL;

  private constructor(
    readonly folder: string,
    readonly sandbox: Sandbox,
    readonly redirectUri: string,
  ) {
    this.home = findHome({TOOL_HOME: join(folder, 'home')});
    this.vault = openTestVault(this.home);
  }

  static async create(options: SandboxOptions = {}): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'agora-vault-test-'));
    return new World(folder, await startSandbox(options), `https://localhost:${await freePort()}/callback`);
  }

  async destroy(): Promise<void> {
    await this.sandbox.close();
    // A browser process may still be writing to its profile.
    await rm(this.folder, {recursive: true, maxRetries: 20});
  }

  /** The environment of the command: of the machine's own, only what a process needs. */
  env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      TOOL_HOME: this.home.folder,
      TOOL_KEY_STORE: 'file',
      TOOL_THREADS_AUTHORIZE_URL: this.sandbox.authorizeUrl,
      TOOL_THREADS_API_URL: this.sandbox.url,
      ...more,
    };
  }

  start(args: string[], {env, stdin, preload = [], nodeOptions = [], cwd, clock}: RunOptions = {}): Running {
    const options = [...nodeOptions, ...preload.flatMap(module => ['--import', module])];
    const command = [process.execPath, ...options, this.tool, ...args];
    // A monotonic clock that is off as well would end every timer at once.
    const [program, ...rest] = clock ? ['faketime', '--exclude-monotonic', '-f', clock, ...command] : command;
    const child = spawn(program!, rest, {env: this.env(env), stdio: 'pipe', ...(cwd && {cwd})});
    return new Running(child, stdin);
  }

  run(args: string[], options: RunOptions = {}): Promise<Result> {
    return this.start(args, options).ended;
  }

  async json(
    args: string[],
    options: RunOptions = {},
    // biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
  ): Promise<{code: number | null; value: any; stderr: string}> {
    const {code, stdout, stderr} = await this.run([...args, '--json'], options);
    return {code, value: JSON.parse(stdout), stderr};
  }

  /** Starts `threads authorize`, which waits for the browser. */
  startAuthorize(args: string[] = [], options: RunOptions = {}): Running {
    const {appId: THREADS_APP_ID, appSecret: THREADS_APP_SECRET} = this.sandbox;
    const redirect = args.includes('--redirect-uri') ? [] : ['--redirect-uri', this.redirectUri];
    return this.start(['threads', 'authorize', ...redirect, ...args], {
      ...options,
      env: {THREADS_APP_ID, THREADS_APP_SECRET, ...options.env},
    });
  }

  /** Runs a complete login. */
  async authorize(args: string[] = [], options: RunOptions = {}): Promise<Result & {page: Page}> {
    const running = this.startAuthorize(args, options);
    const page = await visit(await this.login(await running.authorizationUrl()));
    return {...(await running.ended), page};
  }

  /** Does what the browser does at the service, and returns the URL that it is redirected to. */
  async login(authorizationUrl: string): Promise<string> {
    const response = await fetch(authorizationUrl, {redirect: 'manual'});
    return response.headers.get('location')!;
  }

  /** Returns the redirect URL of a login that another program started. */
  loginElsewhere(redirectUri: string, scope = 'threads_basic'): Promise<string> {
    const url = new URL(this.sandbox.authorizeUrl);
    url.search = new URLSearchParams({
      client_id: this.sandbox.appId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope,
      state: 'of-another-program',
    }).toString();
    return this.login(url.href);
  }

  /**
   * Stores a credential whose token the sandbox knows. `granted` are the scopes that the sandbox grants it,
   * which may differ from the stored ones.
   */
  async store(daysLeft: number, more: Overrides = {}, granted?: string[]): Promise<Credential> {
    const expiresAt = new Date(Date.now() + daysLeft * DAY);
    const issuedAt = new Date(expiresAt.getTime() - 60 * DAY);
    const {access_token, user_id} = this.sandbox.mint({
      issuedAt,
      expiresAt,
      ...(granted && {scopes: granted}),
    });
    const credential = aCredential({
      identifier: 'alice',
      username: 'alice',
      app_id: this.sandbox.appId,
      refresh_token: access_token,
      user_id,
      api_url: this.sandbox.url,
      issued_at: issuedAt.toISOString(),
      expires_at: expiresAt.toISOString(),
      ...more,
    });
    return (await this.vault.update(credential, async () => credential))!;
  }

  stored(identifier = 'alice'): Promise<Credential | undefined> {
    return this.vault.read(recordName(identifier));
  }

  /** The number of requests that the sandbox received at this path. */
  requests(path: string): number {
    return this.sandbox.requests.filter(each => each.path === path).length;
  }

  /** The content of every file under the home, by path. */
  async files(): Promise<Map<string, string>> {
    const entries = await readdir(this.home.folder, {recursive: true, withFileTypes: true});
    const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
    return new Map(
      await Promise.all(files.map(async file => [file, await readFile(file, 'latin1')] as const)),
    );
  }
}

/** A running command, with methods that wait for its output. */
export class Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Result>;

  constructor(
    readonly child: ChildProcess,
    stdin?: string,
  ) {
    child.stdout!.setEncoding('utf8').on('data', chunk => {
      this.stdout += chunk;
    });
    child.stderr!.setEncoding('utf8').on('data', chunk => {
      this.stderr += chunk;
    });
    child.stdin!.on('error', () => {});
    if (stdin !== undefined) child.stdin!.end(stdin);
    this.ended = once(child, 'close').then(([code]) => ({code, stdout: this.stdout, stderr: this.stderr}));
  }

  /** Waits until stderr matches. Rejects if the command ends first. */
  async saying(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stderr);
      if (match) return match;
      const ended = await Promise.race([this.ended, once(this.child.stderr!, 'data').then(() => undefined)]);
      if (ended && !pattern.test(this.stderr))
        throw new Error(`The command exited with ${ended.code}: ${this.stderr}`);
    }
  }

  async authorizationUrl(): Promise<string> {
    return (await this.saying(/^ {2}(https?:\/\/\S+)$/m))[1]!;
  }
}

export interface Page {
  status: number;
  html: string;
}

/** Opens a URL like a browser whose user accepted the callback's certificate. */
export function visit(address: string, headers: Record<string, string> = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    request(address, {rejectUnauthorized: false, headers, agent: false}, response => {
      let html = '';
      response.setEncoding('utf8').on('data', chunk => {
        html += chunk;
      });
      response.on('end', () => resolve({status: response.statusCode!, html}));
    })
      .on('error', reject)
      .end();
  });
}
