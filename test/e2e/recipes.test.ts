import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {expect} from 'chai';
import {parse} from 'yaml';
import {CiMachine} from '../support/ci-machine.js';
import {type JobResult, runJob, type Step} from '../support/github-runner.js';
import {needsPrograms} from '../support/needs.js';
import {freePort} from '../support/ports.js';
import {secretsIn} from '../support/secrets.js';
import {type Result, ROOT, Running, World} from '../support/world.js';

const DAY = 86_400_000;
const REFRESH = '/refresh_access_token';

/** The code blocks of docs/ci.md, exactly as users copy them. */
const blocks = [...readFileSync(join(ROOT, 'docs/ci.md'), 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
  ([, language, content]) => ({language: language!, content: content!, isRun: false}),
);

/** Returns the only block that contains the text, and marks it as run. */
function recipe(language: string, words: string): string {
  const found = blocks.filter(block => block.language === language && block.content.includes(words));
  expect(found, `blocks with ${words}`).to.have.lengthOf(1);
  found[0]!.isRun = true;
  return found[0]!.content;
}

describe('the recipes of docs/ci.md', () => {
  let world: World;
  let machine: CiMachine;
  beforeEach(async () => {
    world = await World.create();
    machine = await CiMachine.create(world);
  });
  afterEach(() => world.destroy());

  /** Creates a token with `daysLeft` days left, and returns it as CI variables. */
  function mint(daysLeft: number) {
    const expiresAt = new Date(Date.now() + daysLeft * DAY);
    const issuedAt = new Date(expiresAt.getTime() - 60 * DAY);
    const {access_token, user_id} = world.sandbox.mint({issuedAt, expiresAt});
    return {
      THREADS_APP_ID: world.sandbox.appId,
      THREADS_REFRESH_TOKEN: access_token,
      THREADS_USER_ID: user_id,
      THREADS_TOKEN_EXPIRES_AT: expiresAt.toISOString(),
    };
  }

  /** The token that the sandbox issued last. */
  const newToken = () => world.sandbox.issued().at(-1)!;

  /** Expects that no token was in an argument, where every user of the machine could see it. */
  async function expectNoSecretInArguments(): Promise<void> {
    const tokens = Object.fromEntries(
      world.sandbox.issued().map((token, index) => [`token ${index}`, token]),
    );
    expect(secretsIn(await machine.arguments(), tokens)).to.deep.equal([]);
  }

  /** Runs a script as GitLab's runner does in bash or sh, or as a user does. */
  function runShell(shell: 'bash' | 'sh', script: string, env: Record<string, string> = {}): Promise<Result> {
    const options = shell === 'bash' ? ['-eo', 'pipefail'] : ['-e'];
    return new Running(spawn(shell, [...options, '-c', script], {env: machine.env(env)}), '').ended;
  }

  describe('on GitHub', () => {
    async function expectMasked({printed, shown}: JobResult, token: string): Promise<void> {
      expect(printed).to.include(`::add-mask::${token}`);
      expect(secretsIn(shown, {token})).to.deep.equal([]);
      await expectNoSecretInArguments();
    }

    it('posts when a release is published', async () => {
      const {jobs} = parse(recipe('yaml', '# .github/workflows/threads-post.yml'));
      const github = {event: {release: {tag_name: 'v1.0 $(id) "x"'}}};
      const result = await runJob(jobs.post.steps, {secrets: mint(10), github}, machine.env());
      expect(result.code, result.printed.join('\n')).to.equal(0);
      const texts = world.sandbox.requests.map(({form}) => form.get('text'));
      expect(texts).to.include('Version v1.0 $(id) "x" is out.');
      expect(secretsIn(result.shown, {token: newToken()})).to.deep.equal([]);
      await expectNoSecretInArguments();
    });

    for (const [what, title] of [
      ['the workflow', '# .github/workflows/threads-refresh.yml\n'],
      ['the action', '# .github/workflows/threads-refresh.yml, with the action\n'],
    ] as const) {
      describe(`weekly refresh with ${what}`, () => {
        const {jobs, concurrency} = parse(recipe('yaml', title));
        const run = (secrets: Record<string, string>) =>
          runJob(
            jobs.refresh.steps,
            {secrets: {SECRETS_PAT: 'fine', ...secrets}, github: {repository: 'somebody/something'}},
            machine.env(),
          );

        it('updates the secret with the new token', async () => {
          const secrets = mint(10);
          const result = await run(secrets);
          expect(result.code, result.printed.join('\n')).to.equal(0);
          const written = (await machine.githubSecrets())!;
          expect(written).to.include({THREADS_REFRESH_TOKEN: newToken()});
          expect(newToken()).not.to.equal(secrets.THREADS_REFRESH_TOKEN);
          expect(Date.parse(written.THREADS_TOKEN_EXPIRES_AT!) - Date.now()).to.be.greaterThan(59 * DAY);
          await expectMasked(result, newToken());
          expect(concurrency.group).to.equal('threads-token');
        });

        it('leaves a token that is not due unchanged', async () => {
          const secrets = mint(50);
          expect((await run(secrets)).code).to.equal(0);
          expect(world.requests(REFRESH)).to.equal(0);
          const {THREADS_REFRESH_TOKEN} = secrets;
          expect(await machine.githubSecrets()).to.include({THREADS_REFRESH_TOKEN});
        });

        it('updates the secret and fails when the permission ends soon', async () => {
          const secrets = mint(10);
          const fault = world.sandbox.fail('/v1.0/debug_token', {
            status: 200,
            body: endingPermission(secrets.THREADS_USER_ID),
          });
          const result = await run(secrets);
          expect(fault.fired()).to.equal(1);
          expect(result.code).to.equal(9);
          expect(result.printed.join('\n')).to.match(
            /^::warning title=tool::Expires within 14d: permission\.$/m,
          );
          expect(await machine.githubSecrets()).to.include({THREADS_REFRESH_TOKEN: newToken()});
        });

        it('overwrites nothing when the token is revoked', async () => {
          const secrets = mint(10);
          world.sandbox.revoke(secrets.THREADS_REFRESH_TOKEN);
          const result = await run(secrets);
          expect(result.code).to.equal(4);
          expect(result.printed.join('\n')).to.match(
            /^::error title=tool%3A CREDENTIAL_REVOKED::.*%0ALog in again/m,
          );
          expect(await machine.githubSecrets()).to.equal(undefined);
        });

        it('overwrites nothing when Threads fails', async () => {
          const fault = world.sandbox.fail(REFRESH, {status: 500, body: 'no'});
          expect((await run(mint(10))).code).to.equal(7);
          expect(fault.fired()).to.equal(1);
          expect(await machine.githubSecrets()).to.equal(undefined);
        });

        it('reports a missing secret', async () => {
          const result = await run({...mint(10), THREADS_REFRESH_TOKEN: ''});
          expect(result.code).to.equal(3);
          expect(result.shown).to.include('THREADS_REFRESH_TOKEN is set but empty');
          expect(await machine.githubSecrets()).to.equal(undefined);
        });

        it('refreshes nothing if it could not update the secret', async () => {
          const result = await run({...mint(10), SECRETS_PAT: 'expired'});
          expect(result.code).to.equal(1);
          expect(result.shown).to.include('Bad credentials');
          expect(world.sandbox.requests).to.deep.equal([]);
        });
      });
    }

    describe('with the action', () => {
      const use = (inputs: Record<string, unknown>) =>
        runJob(
          [{uses: 'OWNER/agora-vault@v1', with: inputs}, {run: 'printenv | grep ^THREADS || true'}],
          {github: {repository: 'somebody/something'}, secrets: {}},
          machine.env(),
        );

      it('only installs the command with install-only', async () => {
        expect((await use({'install-only': true})).code).to.equal(0);
        expect(world.sandbox.requests).to.deep.equal([]);
      });

      it('only checks the token if it could not update the secret', async () => {
        const {THREADS_REFRESH_TOKEN} = mint(10);
        const {code} = await use({'refresh-token': THREADS_REFRESH_TOKEN});
        expect(code).to.equal(9);
        expect(world.requests(REFRESH)).to.equal(0);
        expect((await use({'refresh-token': THREADS_REFRESH_TOKEN, 'expires-within': '7d'})).code).to.equal(
          0,
        );
      });

      it('exports nothing to later steps unless told to', async () => {
        const {THREADS_REFRESH_TOKEN, THREADS_TOKEN_EXPIRES_AT} = mint(50);
        const inputs = {'refresh-token': THREADS_REFRESH_TOKEN, 'expires-at': THREADS_TOKEN_EXPIRES_AT};
        expect((await use(inputs)).exported).to.deep.equal({});
        const {exported, printed} = await use({...inputs, export: true});
        expect(exported).to.deep.equal({THREADS_REFRESH_TOKEN, THREADS_TOKEN_EXPIRES_AT});
        expect(printed).to.include(`THREADS_REFRESH_TOKEN=${THREADS_REFRESH_TOKEN}`);
      });

      it('exports the new token rather than the old one', async () => {
        const {THREADS_REFRESH_TOKEN} = mint(10);
        const {exported} = await use({
          'refresh-token': THREADS_REFRESH_TOKEN,
          'secrets-token': 'fine',
          export: true,
        });
        expect(exported.THREADS_REFRESH_TOKEN).to.equal(newToken()).and.not.equal(THREADS_REFRESH_TOKEN);
      });

      it('inserts no input into a script', () => {
        const {runs} = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
        for (const {run = ''} of runs.steps) expect(run).not.to.include('${{');
      });
    });

    it('can be rehearsed without Meta', async function () {
      const [step] = parse(recipe('yaml', '- name: Rehearse')) as Step[];
      needsPrograms(this, 'curl');
      const {TOOL_THREADS_AUTHORIZE_URL, TOOL_THREADS_API_URL, TOOL_HOME, ...env} = machine.env();
      const run = step!.run!.replace('--port 4567', `--port ${await freePort()}`);
      const result = await runJob([{...step, run}], {}, env);
      expect(result.code, result.printed.join('\n')).to.equal(0);
      expect(result.shown).to.include('Authorized @sandbox_account').and.include('Refreshed: environment');
      expect(world.sandbox.requests).to.deep.equal([]);
    });
  });

  for (const shell of ['bash', 'sh'] as const) {
    describe(`on GitLab, in ${shell}`, () => {
      const jobs = parse(recipe('yaml', '# .gitlab-ci.yml\n'));
      const withGlab = parse(recipe('yaml', '# .gitlab-ci.yml, the job refresh-token with glab'));

      /** The script that the runner makes of a job. */
      function script(name: string, own = jobs): string {
        const {before_script, script} = {...jobs[own[name].extends], ...own[name]};
        return [...before_script, ...script].join('\n');
      }

      /** Runs `use` with a stand-in for GitLab's API of project variables. */
      async function withApi(use: (url: string, variables: Map<string, string>) => Promise<unknown>) {
        const variables = new Map([
          ['THREADS_REFRESH_TOKEN', 'old'],
          ['THREADS_TOKEN_EXPIRES_AT', 'old'],
        ]);
        const server = createServer(async (request, response) => {
          const body = await text(request);
          const name = /^\/projects\/7\/variables\/(\w+)$/.exec(request.url!)?.[1];
          const allowed = request.headers['private-token'] === 'fine';
          if (allowed && request.method === 'PUT')
            variables.set(name!, new URLSearchParams(body).get('value')!);
          response.writeHead(allowed ? (name && variables.has(name) ? 200 : 404) : 401).end('{}');
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        try {
          await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, variables);
        } finally {
          server.close();
          server.closeAllConnections();
        }
      }

      const api = (CI_API_V4_URL: string) => ({CI_API_V4_URL, CI_PROJECT_ID: '7', VARIABLES_TOKEN: 'fine'});
      const glab = {
        CI_SERVER_URL: 'https://gitlab.example.test',
        CI_PROJECT_PATH: 'somebody/something',
        VARIABLES_TOKEN: 'fine',
      };

      async function expectNothingShown({stdout, stderr}: Result): Promise<void> {
        expect(secretsIn(stdout + stderr, {token: newToken()})).to.deep.equal([]);
        await expectNoSecretInArguments();
      }

      it('posts when a tag is pushed', async () => {
        const result = await runShell(shell, script('post'), {...mint(10), CI_COMMIT_TAG: 'v1.0 $(id)'});
        expect(result.code, result.stderr).to.equal(0);
        const texts = world.sandbox.requests.map(({form}) => form.get('text'));
        expect(texts).to.include('Version v1.0 $(id) is out.');
        await expectNothingShown(result);
      });

      it('refreshes on a schedule and updates the variables', function () {
        needsPrograms(this, 'curl');
        return withApi(async (url, variables) => {
          const result = await runShell(shell, script('refresh-token'), {...mint(10), ...api(url)});
          expect(result.code, result.stderr).to.equal(0);
          expect(variables.get('THREADS_REFRESH_TOKEN')).to.equal(newToken());
          const until = Date.parse(variables.get('THREADS_TOKEN_EXPIRES_AT')!);
          expect(until - Date.now()).to.be.greaterThan(59 * DAY);
          await expectNothingShown(result);
        });
      });

      it('refreshes nothing if it could not update the variables, and overwrites nothing after a failure', function () {
        needsPrograms(this, 'curl');
        return withApi(async (url, variables) => {
          const refused = {...mint(10), ...api(url), VARIABLES_TOKEN: 'expired'};
          expect((await runShell(shell, script('refresh-token'), refused)).code).to.equal(22);
          expect(world.sandbox.requests).to.deep.equal([]);

          const secrets = mint(10);
          world.sandbox.revoke(secrets.THREADS_REFRESH_TOKEN);
          const revoked = await runShell(shell, script('refresh-token'), {...secrets, ...api(url)});
          expect(revoked.code).to.equal(4);
          expect([...variables.values()]).to.deep.equal(['old', 'old']);
        });
      });

      it('does the same with glab, and keeps the variable masked', async () => {
        await machine.setGitlabVariables({THREADS_REFRESH_TOKEN: 'old', THREADS_TOKEN_EXPIRES_AT: 'old'});
        const result = await runShell(shell, script('refresh-token', withGlab), {...mint(10), ...glab});
        expect(result.code, result.stderr).to.equal(0);
        expect(await machine.gitlabVariable('THREADS_REFRESH_TOKEN')).to.equal(newToken());
        const until = Date.parse((await machine.gitlabVariable('THREADS_TOKEN_EXPIRES_AT'))!);
        expect(until - Date.now()).to.be.greaterThan(59 * DAY);
        expect(await machine.arguments()).to.include('update THREADS_REFRESH_TOKEN --masked');
        await expectNothingShown(result);
      });

      it('overwrites nothing with glab after a failure', async () => {
        await machine.setGitlabVariables({THREADS_REFRESH_TOKEN: 'old', THREADS_TOKEN_EXPIRES_AT: 'old'});
        const run = (env: Record<string, string>) =>
          runShell(shell, script('refresh-token', withGlab), {...mint(10), ...glab, ...env});
        expect((await run({VARIABLES_TOKEN: 'expired'})).code).to.equal(1);
        expect(world.sandbox.requests).to.deep.equal([]);
        world.sandbox.fail(REFRESH, {status: 500, body: 'no'});
        expect((await run({})).code).to.equal(7);
        expect(await machine.gitlabVariable('THREADS_REFRESH_TOKEN')).to.equal('old');
      });
    });
  }

  describe('by hand', () => {
    const SHOW = 'tool utils tokens show --platform threads --format';

    for (const [what, words] of [
      ['the pipe to gh', `${SHOW} env | gh`],
      ['the script for gh', `${SHOW} github | sh`],
    ] as const)
      it(`copies a credential to GitHub with ${what}`, async () => {
        const {refresh_token, app_secret} = await world.store(50);
        expect((await runShell('bash', recipe('sh', words))).code).to.equal(0);
        const secrets = {THREADS_REFRESH_TOKEN: refresh_token, THREADS_APP_SECRET: app_secret!};
        expect(await machine.githubSecrets()).to.include(secrets);
        await expectNoSecretInArguments();
      });

    it('copies a credential to GitHub without the app secret', async () => {
      const {refresh_token} = await world.store(50);
      const script = recipe('sh', "env | grep -v '^THREADS_APP_SECRET='");
      expect((await runShell('bash', script)).code).to.equal(0);
      expect(await machine.githubSecrets())
        .to.include({THREADS_REFRESH_TOKEN: refresh_token})
        .and.not.have.any.keys('THREADS_APP_SECRET');
    });

    it('copies a credential to GitLab, for the first time and again', async () => {
      const script = recipe('sh', `${SHOW} gitlab`);
      for (const daysLeft of [40, 50]) {
        const {refresh_token, expires_at} = await world.store(daysLeft);
        expect((await runShell('bash', script)).code).to.equal(0);
        expect(await machine.gitlabVariable('THREADS_REFRESH_TOKEN')).to.equal(refresh_token);
        expect(await machine.gitlabVariable('THREADS_TOKEN_EXPIRES_AT')).to.equal(expires_at);
      }
      expect(await machine.gitlabVariable('THREADS_APP_SECRET')).to.equal(undefined);
      await expectNoSecretInArguments();
    });

    it('refreshes the token of the CI, and overwrites nothing after a failure', async () => {
      const script = recipe('sh', 'set -o pipefail\n');
      const fault = world.sandbox.fail(REFRESH, {status: 500, body: 'no'});
      expect((await runShell('bash', script, mint(10))).code).not.to.equal(0);
      expect(fault.fired()).to.equal(1);
      expect(await machine.githubSecrets()).to.equal(undefined);
      expect((await runShell('bash', script, mint(10))).code).to.equal(0);
      expect(await machine.githubSecrets()).to.include({THREADS_REFRESH_TOKEN: newToken()});
    });

    it('decides what a script does next by the exit code', async () => {
      const check = recipe('sh', 'tool threads status --expires-within 14d\n');
      const script = recipe('sh', 'case "$code" in');
      const both = async (env: Record<string, string>) =>
        Promise.all([check, script].map(async each => (await runShell('sh', each, env)).code));
      expect(await both(mint(50))).to.deep.equal([0, 0]);
      expect(await both(mint(10))).to.deep.equal([9, 0]);
      const revoked = mint(50);
      world.sandbox.revoke(revoked.THREADS_REFRESH_TOKEN);
      expect(await both(revoked)).to.deep.equal([4, 4]);
      await world.sandbox.close();
      expect(await both(revoked)).to.deep.equal([7, 0]);
    });
  });

  describe('on a server', () => {
    /** Returns the command in the crontab line: five time fields, then a command for sh. */
    const crontab = () => {
      const lines = recipe('', 'tool threads refresh --all').trimEnd().split('\n');
      expect(lines.shift()).to.match(/^PATH=(\/\w+)+(:(\/\w+)+)*$/);
      const [, command] = /^(?:[\d*,/-]+ ){4}[\d*,/-]+ +(.+)$/.exec(lines.join('\n')) ?? [];
      return command!;
    };

    it('cron refreshes everything, and sends no mail on success', async () => {
      await world.store(10, {identifier: 'one'});
      await world.store(50, {identifier: 'two'});
      const result = await runShell('sh', crontab());
      expect(result).to.deep.equal({code: 0, stdout: '', stderr: ''});
      expect(world.requests(REFRESH)).to.equal(1);
    });

    it('cron sends mail on failure', async () => {
      expect((await runShell('sh', crontab())).code).to.equal(3);
      await world.store(-1);
      const {code, stderr} = await runShell('sh', crontab());
      expect(code).to.equal(4);
      expect(stderr).to.match(/^Warning: alice: .*expired/);
    });

    const service = recipe('ini', '# ~/.config/systemd/user/threads-refresh.service');
    const timer = recipe('ini', '# ~/.config/systemd/user/threads-refresh.timer');

    it('the systemd service refreshes everything, and fails when something ends soon', async () => {
      const starts = [...service.matchAll(/^ExecStart=(.+)$/gm)].map(([, command]) => command!);
      const oneshot = async () => {
        for (const command of starts) {
          const {code} = await runShell('sh', `exec ${command}`);
          if (code !== 0) return code;
        }
        return 0;
      };
      await world.store(10);
      expect(await oneshot()).to.equal(0);
      expect(world.requests(REFRESH)).to.equal(1);
      await world.store(10, {identifier: 'too-young', issued_at: new Date().toISOString()});
      expect(await oneshot()).to.equal(9);
    });

    it('both systemd units are valid', async function () {
      needsPrograms(this, 'systemd-analyze');
      const paths = ['service', 'timer'].map(kind => join(world.folder, `threads-refresh.${kind}`));
      await writeFile(paths[0]!, service);
      await writeFile(paths[1]!, timer);
      const {code, stderr} = await runShell('sh', `systemd-analyze verify ${paths.join(' ')}`);
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
    });
  });

  describe('all together', () => {
    it('install only the version in package.json', () => {
      const {version} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      const installed = blocks.flatMap(({content}) => content.match(/npm install .*/g) ?? []);
      expect(installed.length).to.be.greaterThan(4);
      const inJobs = `npm install -g --ignore-scripts --omit=optional agora-vault@${version}`;
      expect(new Set(installed)).to.deep.equal(new Set([inJobs, `npm install -g agora-vault@${version}`]));
    });

    it('M6: install without scripts and optional packages in every job', () => {
      const jobs = blocks.filter(({language}) => language === 'yaml');
      const installed = jobs.flatMap(({content}) => content.match(/npm install .*/g) ?? []);
      expect(installed.length).to.be.greaterThan(2);
      const {runs} = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
      const inAction = runs.steps.flatMap(({run = ''}: Step) => run.match(/npm install .*/g) ?? []);
      expect(inAction).to.have.lengthOf(1);
      for (const line of [...installed, ...inAction])
        expect(line).to.match(/^npm install -g --ignore-scripts --omit=optional "?agora-vault@[\d.$]+/);
    });

    it('were all run, except those for users only', () => {
      const automatic = blocks.filter(({language}) => /^(yaml|ini|)$/.test(language));
      expect(automatic.filter(({isRun}) => !isRun)).to.deep.equal([]);
    });
  });

  /** The response of `debug_token` for a permission with ten days left. */
  function endingPermission(user_id: string) {
    const inDays = (days: number) => Math.floor((Date.now() + days * DAY) / 1000);
    const dates = {issued_at: inDays(0), expires_at: inDays(60), data_access_expires_at: inDays(10)};
    return {data: {type: 'USER', user_id, is_valid: true, scopes: ['threads_basic'], ...dates}};
  }
});
