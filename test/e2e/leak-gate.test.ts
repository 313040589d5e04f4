import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {cp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {expect} from 'chai';
import {ThreadsClient} from '../../src/platforms/threads/api/client.js';
import type {Fault} from '../../src/platforms/threads/sandbox/faults.js';
import {PassphraseStore} from '../../src/vault/keys/passphrase-store.js';
import {VaultFile} from '../../src/vault/keys/vault-file.js';
import {
  askForReport,
  end,
  logIn,
  type Observation,
  observeAll,
  pasteLogin,
  type Scenario,
  type Sighting,
  Stage,
  typeCode,
  typeDocument,
} from '../support/observed-run.js';
import {ENCODINGS, encodingsOf} from '../support/secrets.js';
import {PASSPHRASE, ROOT} from '../support/world.js';

/** Contains characters that URLs, JSON and base64 encode differently. */
const APP_SECRET = 'fake-app-secret/with+odd=chars"0123456789?>';
const NEW_PASSPHRASE = 'another fake passphrase / for a test';
/** Looks like an app secret and like a name, so that most checks accept it. */
const MISPLACED = 'fa4e5ec2e7fa4e5ec2e7fa4e5ec2e7ab';
const NODE_DEBUG = 'fetch,undici,http,https,net,tls,stream,child_process';
const CONCURRENCY = 3;

/** Where a secret may appear, because it was requested or is stored there. Every entry must be needed. */
const ALLOWED: {command?: string; args?: RegExp; where: RegExp; secrets: string[]}[] = [
  {command: 'threads:token', where: /^stdout$/, secrets: ['long-lived token']},
  {
    command: 'threads:refresh',
    args: /--format (env|json|token)/,
    where: /^stdout$/,
    secrets: ['long-lived token'],
  },
  {
    command: 'threads:refresh',
    args: /--format (env|json|token.* --json)/,
    where: /^stdout$/,
    secrets: ['app secret'],
  },
  {
    command: 'utils:tokens:show',
    args: /--field refresh_token/,
    where: /^stdout$/,
    secrets: ['long-lived token'],
  },
  {command: 'utils:tokens:show', args: /--field app_secret/, where: /^stdout$/, secrets: ['app secret']},
  {
    command: 'utils:tokens:show',
    args: /--reveal|--format (json|env|shell|github|gitlab|docker)/,
    where: /^stdout$/,
    secrets: ['long-lived token', 'app secret'],
  },
  {command: 'utils:tokens:set-env', where: /^file \.env$/, secrets: ['long-lived token']},
  {command: 'threads:refresh', args: /--set-env/, where: /^file \.env$/, secrets: ['long-lived token']},
  // The command that uses them; with --file it gets a path.
  {
    command: 'exec',
    args: /^(?!.*--file)/,
    where: /^environment of (true|sh)/,
    secrets: ['long-lived token', 'app secret'],
  },
  {command: 'exec', args: /cat/, where: /^stdout$/, secrets: ['long-lived token', 'app secret']},
  {command: 'exec', where: /^arguments of (?!itself)/, secrets: ['misplaced secret']},
  {where: /^file home\/vault\.key$/, secrets: ['key']},
  // What the user wrote to a file of the vault stays there.
  {where: /^file home\/(config|vault)\.json$/, secrets: ['planted secret']},
  // NODE_DEBUG makes the command restart itself with the same arguments and environment.
  {where: /^environment of itself$/, secrets: ['long-lived token', 'app secret']},
  {where: /^arguments of itself$/, args: /--app-secret/, secrets: ['app secret']},
];

interface Flag {
  type: 'option' | 'boolean';
  required?: boolean;
  options?: string[];
  exclusive?: string[];
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8'));
const FLAGS: Record<string, Record<string, Flag>> = Object.fromEntries(
  Object.entries<{flags: Record<string, Flag>}>(manifest.commands).map(([id, {flags}]) => [id, flags]),
);
const COMMANDS = Object.keys(FLAGS);

/** The scopes that `threads post` and similar commands need. */
const SCOPES = ['threads_basic', 'threads_content_publish', 'threads_manage_insights', 'threads_delete'];
/** The ID of the post that `createPost` creates: the sandbox always counts from the same number. */
const POST_ID = '17900000000000005';

type Source = 'store' | 'environment';
const SOURCES: Source[] = ['store', 'environment'];

/** What each command needs to succeed. Others get only the flags that the manifest requires. */
const KNOWN: Record<
  string,
  {
    args?: (stage: Stage, source: Source) => string[];
    end?: string[];
    meanwhile?: NonNullable<Scenario['meanwhile']>;
    prepare?: (stage: Stage) => Promise<void>;
  }
> = {
  complete: {args: () => ['--', 'threads', 'token', '--identifier', '']},
  completion: {args: () => ['bash']},
  exec: {end: ['--', 'true']},
  'threads:authorize': {
    args: ({world}) => ['--redirect-uri', world.redirectUri, '--browser'],
    meanwhile: logIn,
  },
  'threads:delete': {args: () => ['--yes'], prepare: createPost},
  'threads:exchange': {
    args: ({world}) => ['--auth-code', '-', '--redirect-uri', world.redirectUri],
    meanwhile: typeCode,
  },
  'threads:insights': {args: () => ['--post-id', POST_ID], prepare: createPost},
  'threads:limits': {},
  'threads:post': {args: () => ['--text', 'A post']},
  'threads:profile': {},
  'threads:refresh': {
    args: (_, source) => ['--force', ...(source === 'environment' ? ['--format', 'env'] : [])],
  },
  'threads:sandbox': {meanwhile: end},
  'threads:share': {prepare: createPost},
  'threads:status': {},
  'threads:token': {},
  'threads:video': {},
  'utils:tokens:import': {args: () => ['-'], meanwhile: typeDocument},
  'utils:tokens:list': {},
  'utils:tokens:remove': {args: () => ['--yes']},
  'utils:tokens:set-env': {args: ({world}) => [join(world.folder, '.env')]},
  'utils:tokens:show': {},
  'utils:tokens:use': {},
  'utils:vault:rotate-key': {},
  'utils:vault:verify': {},
};
/** Commands that obtain a credential and may name it; their failures are tested separately. */
const OBTAINING = ['threads:authorize', 'threads:exchange', 'utils:tokens:import'];
/** Commands that use an existing credential with the service. */
const USING = COMMANDS.filter(id => !/^utils:|^threads:sandbox$/.test(id) && !OBTAINING.includes(id));

const VALUES: Record<string, string> = {
  platform: 'threads',
  identifier: 'alice',
  from: 'json',
  'post-id': POST_ID,
  'video-url': 'https://example.com/a.mp4',
};

function required(id: string): string[] {
  return Object.entries(FLAGS[id]!)
    .filter(([, flag]) => flag.required)
    .flatMap(([name, {type, options}]) =>
      type === 'boolean' ? [`--${name}`] : [`--${name}`, VALUES[name] ?? options?.[0] ?? `a-${name}`],
    );
}

/** A command that succeeds with a credential from the store or the environment. */
function using(id: string, source: Source, {daysLeft = 10, variable = 'REFRESH_TOKEN'} = {}): Scenario {
  const {args, prepare, ...rest} = KNOWN[id] ?? {};
  return {
    ...rest,
    title: `${id} from the ${source}`,
    command: id,
    args: stage => [...required(id), ...(args?.(stage, source) ?? [])],
    prepare: async stage => {
      await (source === 'store' ? store(stage, daysLeft) : mint(stage, daysLeft));
      await prepare?.(stage);
    },
    ...(source === 'environment' && {env: stage => variables(stage, variable)}),
  };
}

async function store(stage: Stage, daysLeft = 10): Promise<void> {
  const {refresh_token} = await stage.world.store(daysLeft, {app_secret: APP_SECRET, scopes: SCOPES}, SCOPES);
  stage.learn('long-lived token', refresh_token);
  const {keys} = JSON.parse(await readFile(stage.world.home.keyFile, 'utf8'));
  stage.learn('key', keys[0].k);
  stage.learn('key', Buffer.from(keys[0].k, 'base64url'));
}

async function mint(stage: Stage, daysLeft: number): Promise<void> {
  const day = 24 * 60 * 60 * 1000;
  const expiresAt = new Date(Date.now() + daysLeft * day);
  const issuedAt = new Date(expiresAt.getTime() - 60 * day);
  stage.learn(
    'long-lived token',
    stage.world.sandbox.mint({issuedAt, expiresAt, scopes: SCOPES}).access_token,
  );
}

/** Creates a post to share, read and delete, and removes its requests from the log. */
async function createPost({world: {sandbox}}: Stage): Promise<void> {
  const accessToken = sandbox.mint().access_token;
  const {id} = await new ThreadsClient({apiUrl: sandbox.url, accessToken}).post({
    type: 'text',
    text: 'A post',
  });
  expect(id).to.equal(POST_ID);
  sandbox.requests.splice(0);
}

function variables({world: {sandbox}}: Stage, variable = 'REFRESH_TOKEN'): Record<string, string> {
  return {
    THREADS_APP_ID: sandbox.appId,
    THREADS_APP_SECRET: APP_SECRET,
    [`THREADS_${variable}`]: sandbox.issued()[0] ?? '',
  };
}

/** The same scenario with a failure that is set up last. */
function failing(scenario: Scenario, what: string, apply: (stage: Stage) => unknown): Scenario {
  return {
    ...scenario,
    title: `${scenario.title}, ${what}`,
    prepare: async stage => {
      await scenario.prepare?.(stage);
      await apply(stage);
    },
  };
}

/** Alternates between text and JSON output. */
const alternating = (scenarios: Scenario[], first = 0): Scenario[] =>
  scenarios.map((scenario, index) => ({...scenario, json: (index + first) % 2 === 1}));
const inBothFormats = (scenarios: Scenario[]): Scenario[] =>
  scenarios.flatMap(scenario => [scenario, {...scenario, json: true}]);

const PATHS = [
  '/oauth/access_token',
  '/access_token',
  '/refresh_access_token',
  '/v1.0/debug_token',
  '/v1.0/me',
];
const ACTION_PATHS = [
  '/v1.0/:id',
  '/v1.0/:id/insights',
  '/v1.0/:id/repost',
  '/v1.0/:user/threads',
  '/v1.0/:user/threads_publish',
  '/v1.0/:user/threads_publishing_limit',
];
const everywhere =
  (fault: (stage: Stage) => Fault, paths = [...PATHS, ...ACTION_PATHS]) =>
  (stage: Stage) => {
    for (const path of paths) stage.world.sandbox.fail(path, fault(stage), 99);
  };

/** Everything in the request that is being answered. */
function echo({world}: Stage): string {
  const {path, query, form, headers} = world.sandbox.requests.at(-1)!;
  return [path, ...query.values(), ...form.values(), headers.authorization, APP_SECRET].join(' ');
}

const page = (stage: Stage): Fault => ({
  status: 500,
  headers: {'retry-after': '0'},
  get body() {
    return `<!doctype html><title>Oops</title><pre>${echo(stage)}</pre>`;
  },
});
const graphError =
  (code: number | string) =>
  (stage: Stage): Fault => ({
    status: 400,
    get body() {
      const text = echo(stage);
      return {error: {code, message: text, type: text, error_user_msg: text, fbtrace_id: text}, ...{text}};
    },
  });
const flatError = (stage: Stage): Fault => ({
  status: 400,
  get body() {
    return {error_type: 'OAuthException', code: 400, error_message: `code ${echo(stage)}`};
  },
});
const redirect = (stage: Stage): Fault => ({
  status: 302,
  body: '',
  get headers() {
    return {location: `/elsewhere?${encodeURIComponent(echo(stage))}`};
  },
});
const disconnect = (): Fault => ({drop: 'before'});

interface Failure {
  what: string;
  /** An exit code that at least one command must have. */
  code: number;
  daysLeft?: number;
  apply: (stage: Stage) => unknown;
}

const SERVICE_FAILURES: Failure[] = [
  {what: 'that has expired', code: 4, daysLeft: -1, apply: () => {}},
  {
    what: 'that was revoked',
    code: 4,
    apply: ({world: {sandbox}}) => sandbox.revoke(sandbox.issued()[0]!),
  },
  {what: 'when the service answers with an error page (500)', code: 7, apply: everywhere(page)},
  {
    what: 'when the service reports the token invalid and echoes the request',
    code: 4,
    apply: everywhere(graphError(190)),
  },
  {what: 'when the service refuses and echoes the request', code: 7, apply: everywhere(graphError('odd'))},
  {what: 'when the service redirects elsewhere', code: 7, apply: everywhere(redirect)},
  {what: 'when the connection breaks', code: 7, apply: everywhere(disconnect)},
  {what: 'when nothing answers', code: 7, apply: ({world}) => world.sandbox.close()},
];

/** Writes an incomplete JSON file that contains a secret by mistake. */
const plant = (stage: Stage, file: string) =>
  writeFile(file, `{"app_secret": "${stage.learn('planted secret', MISPLACED)}", `, {mode: 0o600});

const STORAGE_FAILURES: Failure[] = [
  {what: 'a missing key', code: 5, apply: ({world}) => rm(world.home.keyFile)},
  {
    what: 'a wrong key',
    code: 5,
    apply: async ({world: {home}}) => {
      const {keys} = JSON.parse(await readFile(home.keyFile, 'utf8'));
      keys[0].k = randomBytes(32).toString('base64url');
      await writeFile(home.keyFile, JSON.stringify({keys}));
    },
  },
  {
    what: 'a damaged record',
    code: 6,
    apply: async ({world: {home}}) => {
      const record = join(home.tokens, 'threads-alice.token');
      const segments = (await readFile(record, 'utf8')).split('.');
      segments[3] = [...segments[3]!].reverse().join('');
      await writeFile(record, segments.join('.'));
    },
  },
  {what: 'a broken config.json', code: 2, apply: stage => plant(stage, stage.world.home.configFile)},
  {what: 'a broken vault.json', code: 2, apply: stage => plant(stage, stage.world.home.vaultFile)},
];

const totals = {runs: 0, secrets: 0, allowed: new Set<unknown>(), sent: new Set<string>()};

function allowanceFor({scenario, args}: Observation, {where, secret}: Sighting) {
  return ALLOWED.find(
    each =>
      each.secrets.includes(secret) &&
      each.where.test(where) &&
      (!each.command || each.command === scenario.command) &&
      (!each.args || each.args.test(args.join(' '))),
  );
}

/** Runs all scenarios, and fails with a list of every sighting that is not allowed. */
async function expectNoLeak(scenarios: Scenario[]): Promise<Observation[]> {
  expect(scenarios).not.to.have.length(0);
  const observations = await observeAll(
    scenarios.map(each => ({...each, sandbox: {appSecret: APP_SECRET, ...each.sandbox}})),
    CONCURRENCY,
  );
  const leaks: string[] = [];
  for (const observation of observations) {
    const {scenario, sightings, secrets, sent} = observation;
    totals.runs++;
    totals.secrets += secrets;
    for (const name of sent) totals.sent.add(name);
    for (const sighting of sightings) {
      const allowance = allowanceFor(observation, sighting);
      if (allowance) totals.allowed.add(allowance);
      else {
        const {secret, encoding, where} = sighting;
        leaks.push(`${scenario.title}${scenario.json ? ' (--json)' : ''}: ${secret} ${encoding} in ${where}`);
      }
    }
  }
  expect(leaks).to.deep.equal([]);
  return observations;
}

const codesOf = (observations: Observation[]) => observations.map(({code}) => code);

describe('the leak gate', function () {
  this.timeout(240_000);

  after(() => {
    const encodings = Object.keys(ENCODINGS).length;
    console.log(
      `      leak gate: ${COMMANDS.length} commands, ${totals.runs} runs, ${totals.secrets} secrets × ${encodings} encodings scanned`,
    );
  });

  it('detects a secret in each encoding at any offset', () => {
    const encoded: Record<string, (bytes: Buffer) => string> = {
      unencoded: bytes => bytes.toString('latin1'),
      hex: bytes => bytes.toString('hex'),
      'URL-encoded': bytes => encodeURIComponent(bytes.toString('latin1')),
      'JSON-escaped': bytes => JSON.stringify({error: bytes.toString('latin1')}),
      reversed: bytes => [...bytes.toString('latin1')].reverse().join(''),
      ...Object.fromEntries(
        (['base64', 'base64url'] as const).flatMap(encoding =>
          [0, 1, 2].map(offset => [
            `${encoding}, offset ${offset}`,
            (bytes: Buffer) =>
              Buffer.concat([Buffer.from('ab'.slice(0, offset)), bytes, Buffer.from('cd')]).toString(
                encoding,
              ),
          ]),
        ),
      ),
    };
    expect(encoded).to.have.all.keys(Object.keys(ENCODINGS));
    for (const secret of [Buffer.from(APP_SECRET), randomBytes(32)]) {
      for (const [name, encode] of Object.entries(encoded)) {
        expect(encodingsOf(secret, `before ${encode(secret)} after`), name).to.include(name);
      }
      expect(encodingsOf(secret, 'nothing of the kind')).to.deep.equal([]);
    }
  });

  it('detects what a run leaves on stdout, on stderr, in files and in child processes', async () => {
    const [observation] = await observeAll(
      [
        {
          ...using('threads:authorize', 'store'),
          title: 'a run whose public texts count as secrets',
          sandbox: {appSecret: APP_SECRET},
          prepare: async stage => {
            await store(stage);
            stage.learn('on stdout', 'Authorized @sandbox_account');
            stage.learn('on stderr', 'log in to Threads');
            stage.learn('in a file', 'BEGIN CERTIFICATE');
            stage.learn('in a child', stage.world.sandbox.authorizeUrl);
            stage.learn('on the page', '<!doctype html>');
          },
        },
      ],
      1,
    );
    const seen = observation!.sightings.map(({secret, where}) => `${secret}: ${where}`);
    expect(seen).to.include.members([
      'on stdout: stdout',
      'on stderr: stderr',
      'in a file: file home/tls/callback.crt',
      'in a child: the browser',
      'on the page: page',
    ]);
    expect(seen.some(each => /^in a child: arguments of sh/.test(each))).to.equal(true);
  });

  it('finds no leak when every command succeeds, with either source and with DEBUG and NODE_DEBUG', async () => {
    expect(COMMANDS).to.include.members(Object.keys(KNOWN));
    const scenarios = COMMANDS.flatMap((id, index) =>
      SOURCES.flatMap(source => {
        const scenario = using(id, source, {variable: index % 2 ? 'REFRESH_TOKEN' : 'ACCESS_TOKEN'});
        const {env} = scenario;
        const debugged = (stage: Stage) => ({...(typeof env === 'function' ? env(stage) : env), NODE_DEBUG});
        return source === 'store'
          ? [scenario, {...scenario, json: true}]
          : [{...scenario, env: debugged}, ...(USING.includes(id) ? [{...scenario, json: true}] : [])];
      }),
    );
    const observations = await expectNoLeak(scenarios);
    const of = (source: Source) =>
      observations.filter(({scenario}) => scenario.title.endsWith(`the ${source}`));
    const known = of('store').filter(({scenario}) => scenario.command in KNOWN);
    expect(known.filter(({code}) => code !== 0).map(({args}) => args)).to.deep.equal([]);
    const sending = (all: Observation[]) =>
      new Set(
        all.filter(({sent}) => sent.includes('long-lived token')).map(({scenario}) => scenario.command),
      );
    expect(sending(of('store'))).to.include.all.keys('threads:status', 'threads:refresh');
    expect(sending(of('environment'))).to.deep.equal(sending(of('store')));
  });

  it('finds no leak when every command runs without flags and credentials', async () => {
    const scenarios = COMMANDS.map(id => {
      const {meanwhile} = KNOWN[id] ?? {};
      return {title: `bare ${id}`, command: id, ...(meanwhile && {meanwhile})};
    });
    await expectNoLeak(alternating(scenarios));
  });

  it('finds requested secrets where they belong, and nowhere else', async () => {
    const show = ['json', 'env', 'shell', 'github', 'gitlab', 'docker'].map(format => ['--format', format]);
    const fields = ['refresh_token', 'app_secret'].map(field => ['--field', field]);
    const more = (scenario: Scenario, args: string[]): Scenario => ({
      ...scenario,
      title: `${scenario.title} ${args.join(' ')}`,
      args: [...required(scenario.command), ...args],
    });
    const shown = [...show, ...fields, ['--reveal']].map(args =>
      more(using('utils:tokens:show', 'store'), args),
    );
    const refreshed = ['env', 'json', 'token'].flatMap(format =>
      SOURCES.map(source => more(using('threads:refresh', source), ['--format', format])),
    );
    const written = SOURCES.map(source => ({
      ...using('threads:refresh', source),
      args: ({world}: Stage) => ['--force', '--set-env', join(world.folder, '.env')],
    }));
    const observations = await expectNoLeak(alternating([...shown, ...refreshed, ...written]));
    expect(new Set(codesOf(observations))).to.deep.equal(new Set([0]));
  });

  it('finds no leak in refresh --all, with every kind of failure', async () => {
    const all = (daysLeft = 10): Scenario => ({
      ...using('threads:refresh', 'store', {daysLeft}),
      title: 'threads:refresh --all',
      args: ['--all', '--force'],
    });
    const failures = SERVICE_FAILURES.map(({what, daysLeft, apply}) => failing(all(daysLeft), what, apply));
    expect(codesOf(await expectNoLeak(inBothFormats([all(), ...failures])))).to.include.members([0, 4, 7]);
  });

  it('finds no leak in what exec passes to a command', async () => {
    const execWith = (source: Source, args: string[], end: string[]): Scenario => ({
      ...using('exec', source),
      title: `exec ${args.join(' ')} ${end.join(' ')} from the ${source}`,
      args,
      end: ['--', ...end],
    });
    const cat = ['sh', '-c', 'cat "$THREADS_CREDENTIALS_FILE"'];
    const misplaced = {
      ...execWith('store', ['--only', 'THREADS_USER_ID'], [MISPLACED]),
      prepare: async (stage: Stage) => {
        await store(stage);
        stage.learn('misplaced secret', MISPLACED);
      },
    };
    const scenarios = [
      ...SOURCES.flatMap(source => [
        execWith(source, ['--only', 'THREADS_USER_ID'], ['true']),
        execWith(source, ['--file'], ['true']),
        execWith(source, ['--file'], cat),
        execWith(source, ['--file'], ['/dev/null']),
      ]),
      misplaced,
    ];
    expect(codesOf(await expectNoLeak(inBothFormats(scenarios)))).to.include.members([0, 126, 127]);
  });

  it('finds no leak in any kind of login', async () => {
    const login = using('threads:authorize', 'store');
    const appId = (stage: Stage) => ['--app-id', stage.world.sandbox.appId];
    const elsewhere = 'https://example.test/callback';
    const logins: Scenario[] = [
      {
        ...login,
        title: 'the app secret as an argument',
        prepare: async () => {},
        args: stage => [
          ...appId(stage),
          '--app-secret',
          APP_SECRET,
          '--redirect-uri',
          stage.world.redirectUri,
        ],
        env: {NODE_DEBUG},
      },
      {
        ...login,
        title: 'the app secret on stdin and a pasted redirect',
        prepare: async () => {},
        args: stage => [...appId(stage), '--app-secret', '-', '--redirect-uri', elsewhere],
        meanwhile: async (running, stage) => {
          running.child.stdin!.write(`${APP_SECRET}\n`);
          await pasteLogin(running, stage);
        },
      },
      {
        ...login,
        title: "the app secret from the environment and the system's browser",
        env: stage => ({...variables(stage), TOOL_BROWSER: '', DISPLAY: ':0'}),
      },
    ];
    const observations = await expectNoLeak(inBothFormats(logins));
    expect(new Set(codesOf(observations))).to.deep.equal(new Set([0]));

    const failed = PATHS.filter(path => path !== '/refresh_access_token').flatMap(path =>
      [page, path === '/oauth/access_token' ? flatError : graphError(190), disconnect].map(fault =>
        failing(login, `when ${path} fails`, everywhere(fault, [path])),
      ),
    );
    const obtained = ['threads:exchange', 'utils:tokens:import'].flatMap(id =>
      PATHS.map((path, index) =>
        failing(
          using(id, index % 2 ? 'store' : 'environment'),
          `when ${path} fails`,
          everywhere(index % 3 ? graphError(190) : flatError, [path]),
        ),
      ),
    );
    const refused = {...login, title: 'a refused login', sandbox: {consent: 'deny' as const}};
    const codes = codesOf(await expectNoLeak(alternating([...failed, ...obtained, refused])));
    expect(codes).to.include.members([4, 7]);
  });

  // Each command and failure is tested with one source and one output format, alternately.
  SERVICE_FAILURES.forEach(({what, code, daysLeft, apply}, failure) => {
    it(`finds no leak in any command with a credential ${what}`, async () => {
      const scenarios = USING.map((id, index) => {
        const source = SOURCES[(index + failure) % 2]!;
        return failing(using(id, source, {daysLeft: daysLeft ?? 10}), what, apply);
      });
      expect(codesOf(await expectNoLeak(alternating(scenarios, Math.floor(failure / 2))))).to.include(code);
    });
  });

  STORAGE_FAILURES.forEach(({what, code, apply}, index) => {
    it(`finds no leak in any command with ${what}`, async () => {
      const scenarios = COMMANDS.map(id => failing(using(id, 'store'), what, apply));
      expect(codesOf(await expectNoLeak(alternating(scenarios, index)))).to.include(code);
    });
  });

  it('finds no leak of secrets in the wrong arguments', async () => {
    const misplaced = (id: string, what: string, args: string[]): Scenario => ({
      ...using(id, 'store'),
      title: `${id} with a secret as ${what}`,
      // Without the browser; the misplaced secret comes last, so that it takes effect.
      args: stage => [...(KNOWN[id]?.args?.(stage, 'store') ?? []).slice(0, 2), ...args],
      prepare: async stage => void stage.learn('misplaced secret', MISPLACED),
    });
    const given = (name: string, {type, options}: Flag) =>
      type === 'boolean' ? [`--${name}`] : [`--${name}`, options?.[0] ?? MISPLACED];
    const excluded = (id: string) =>
      Object.entries(FLAGS[id]!).flatMap(([name, flag]) => {
        const other = flag.exclusive?.[0];
        if (other === undefined) return [];
        const both = [...given(name, flag), ...given(other, FLAGS[id]![other]!)];
        return [misplaced(id, `both --${name} and --${other}`, [...required(id), ...both])];
      });
    const scenarios = COMMANDS.flatMap((id, index) => {
      const values = Object.entries(FLAGS[id]!)
        .filter(([, {type}]) => type === 'option')
        // The name of a new credential may be anything.
        .filter(([name]) => name !== 'identifier' || !OBTAINING.includes(id))
        .map(([name]) => {
          const others = required(id);
          const at = others.indexOf(`--${name}`);
          if (at >= 0) others.splice(at, 2);
          return misplaced(id, `--${name}`, [...others, `--${name}`, MISPLACED]);
        });
      const unknown =
        index % 2
          ? misplaced(id, 'the value of an unknown flag', [...required(id), `--app-secrt=${MISPLACED}`])
          : misplaced(id, 'what follows an unknown flag', [...required(id), '--app-secrt', MISPLACED]);
      const argument = misplaced(id, 'an argument', [...required(id), MISPLACED]);
      return alternating([unknown, argument, ...values, ...excluded(id)], index);
    });
    expect(codesOf(await expectNoLeak(scenarios))).to.include.members([2, 3]);
  });

  it('finds no leak of errors full of secrets, wherever they are thrown', async () => {
    const thrown = (id: string, where: NonNullable<Scenario['thrown']>): Scenario => ({
      ...using(id, 'store'),
      title: `${id}, ${where} throws`,
      thrown: where,
    });
    const scenarios = [
      ...[...USING, ...OBTAINING].map(id => thrown(id, 'request')),
      ...COMMANDS.map(id => thrown(id, 'files')),
      ...USING.flatMap(id => [thrown(id, 'callback'), thrown(id, 'promise')]),
    ];
    const withReport = scenarios.map(each => ({
      ...each,
      env: ({temporary}: Stage) => ({
        NODE_OPTIONS: `--report-uncaught-exception --report-directory=${temporary}`,
      }),
    }));
    expect(codesOf(await expectNoLeak(alternating(withReport)))).to.include.members([1, 2, 7]);
  });

  it('finds no leak in a diagnostic report requested during a request', async () => {
    const scenarios = SOURCES.map(source => {
      const scenario = using('threads:status', source, {daysLeft: 50});
      return {
        ...failing(
          scenario,
          'a report',
          everywhere(() => ({hang: true}), ['/v1.0/me']),
        ),
        meanwhile: askForReport,
        env: (stage: Stage) => ({
          ...(source === 'environment' && variables(stage)),
          NODE_OPTIONS: `--report-on-signal --report-uncaught-exception --report-directory=${stage.temporary}`,
        }),
      };
    });
    expect(codesOf(await expectNoLeak(alternating(scenarios)))).to.deep.equal([null, null]);
  });

  it('finds no leak with a vault that is protected by a passphrase', async () => {
    // Deriving a key is slow by design: the vault is created once, and every run gets a copy.
    const original = await Stage.set({appSecret: APP_SECRET});
    await store(original, 50);
    await original.world.vault.rotateKey('passphrase');
    const file = new VaultFile(original.world.home.vaultFile);
    const passphrases = {known: async () => [PASSPHRASE], forNewKey: async () => PASSPHRASE};
    const {id} = (await file.read()).key!;
    original.learn('key', (await new PassphraseStore(file, passphrases).read(id))!.bytes);
    for (const text of [PASSPHRASE, NEW_PASSPHRASE]) original.learn('passphrase', text);
    const copyVault = async (stage: Stage) => {
      await cp(original.world.home.folder, stage.world.home.folder, {recursive: true});
      await writeFile(join(stage.notes, 'passphrase'), `${PASSPHRASE}\n`, {mode: 0o600});
      for (const [name, value] of original.secrets) stage.learn(name, value);
    };
    const by = (id: string, title: string, env: Scenario['env'] = {}): Scenario => ({
      ...using(id, 'store'),
      title: `${id}, ${title}`,
      prepare: copyVault,
      env,
    });
    const given = {TOOL_VAULT_PASSPHRASE: PASSPHRASE};
    const opened = await expectNoLeak(
      alternating([
        by('threads:token', 'the passphrase in a variable', given),
        by('utils:tokens:show', 'the passphrase in a file', ({notes}) => ({
          TOOL_VAULT_PASSPHRASE_FILE: join(notes, 'passphrase'),
        })),
        by('utils:vault:rotate-key', 'a new passphrase', {
          ...given,
          TOOL_VAULT_NEW_PASSPHRASE: NEW_PASSPHRASE,
        }),
      ]),
    );
    expect(codesOf(opened)).to.deep.equal([0, 0, 0]);
    const closed = await expectNoLeak(
      alternating([
        by('utils:vault:verify', 'a wrong passphrase', {TOOL_VAULT_PASSPHRASE: NEW_PASSPHRASE}),
        by('utils:tokens:show', 'no passphrase'),
        // The file name and the passphrase itself are easily confused.
        by('threads:token', 'the passphrase where its file should be', {
          TOOL_VAULT_PASSPHRASE_FILE: PASSPHRASE,
        }),
      ]),
    );
    expect(codesOf(closed)).to.deep.equal([5, 5, 5]);
    await original.world.destroy();
  });

  it('L2: finds no leak where flock(1) locks', async () => {
    const locking = ['threads:token', 'threads:refresh', 'utils:tokens:remove', 'utils:vault:rotate-key'];
    const scenarios = locking.map(id => {
      const scenario = using(id, 'store');
      return {
        ...scenario,
        title: `${id}, locking with the flock command`,
        prepare: async (stage: Stage) => {
          await scenario.prepare?.(stage);
          await writeFile(join(stage.world.home.tokens, '.locks/method'), 'command\n', {mode: 0o600});
        },
        // They unlock nothing here, but no child process may see them.
        env: (stage: Stage) => ({
          TOOL_VAULT_PASSPHRASE: stage.learn('passphrase', PASSPHRASE),
          THREADS_APP_SECRET: APP_SECRET,
        }),
      };
    });
    const observations = await expectNoLeak(alternating(scenarios));
    expect(new Set(codesOf(observations))).to.deep.equal(new Set([0]));
    expect(observations.every(({children}) => children.some(each => each.startsWith('flock ')))).to.equal(
      true,
    );
  });

  it('finds no leak when the keychain does not respond', async () => {
    const server = createServer();
    const scenario = using('threads:token', 'store');
    const silent: Scenario = {
      ...scenario,
      title: 'a keychain that does not respond',
      args: ['--identifier', 'alice'],
      prepare: async stage => {
        await store(stage);
        const {vaultFile} = stage.world.home;
        await writeFile(vaultFile, (await readFile(vaultFile, 'utf8')).replace('"file"', '"keychain"'));
        await new Promise<void>(resolve => server.listen(join(stage.notes, 'bus'), resolve));
      },
      env: stage => ({
        ...variables(stage),
        DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(stage.notes, 'bus')}`,
      }),
    };
    const observations = await expectNoLeak([silent]).finally(() => server.close());
    expect(codesOf(observations)).to.deep.equal([5]);
  });

  it('covered every secret and every allowed place', () => {
    expect([...totals.sent]).to.include.members([
      'app secret',
      'authorization code',
      'short-lived token',
      'long-lived token',
    ]);
    expect(ALLOWED.filter(each => !totals.allowed.has(each))).to.deep.equal([]);
    expect(totals.runs).to.be.greaterThan(10 * COMMANDS.length);
    expect(totals.secrets).to.be.greaterThan(totals.runs);
  });
});
