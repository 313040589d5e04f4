import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.js';
import {type Ending, exitLike, runCommand} from '../../cli/exec/run-command.js';
import {quoteShell} from '../../cli/output/formats.js';
import {parseDuration} from '../../cli/output/times.js';
import {withoutCredentials} from '../../config/child-environment.js';
import {VaultError} from '../../errors.js';
import {storageError} from '../../files/storage-error.js';
import {type Sandbox, startSandbox} from '../../platforms/threads/sandbox/sandbox.js';
import {threads} from '../../platforms/threads/threads.js';
import {bin, toolVariable} from '../../program.js';

const CONSENT_MODES = ['auto', 'page', 'deny'] as const;

export default class SandboxCommand extends BaseCommand<typeof SandboxCommand> {
  static override summary = 'Run a local stand-in for Threads, to try the tool or rehearse a CI job';
  static override description =
    `Serves the login, the token endpoints, debug_token, /me, publishing, insights and limits on this machine. Nothing leaves the machine, and its tokens work nowhere else.

With a command after --, it runs that command with the variables that point the tool to the sandbox, and ends with the command's exit code. Otherwise it prints the variables and serves until Ctrl-C. ${toolVariable('HOME')} is among them: a temporary folder, removed at the end, so that nothing gets among your own credentials. The key of that folder is a file in it.`;
  static override usage =
    '<%= command.id %> [--port N] [--consent auto|page|deny] [--token-age TIME] [-- COMMAND...]';
  static override examples = [
    {
      description: 'Try the commands in a shell of its own; leave it with exit',
      command: '<%= config.bin %> <%= command.id %> -- bash',
    },
    {
      description: 'Rehearse a script with tokens that are due for a refresh',
      command: '<%= config.bin %> <%= command.id %> --consent auto --token-age 40d -- ./job.sh',
    },
    {
      description: 'Or serve until Ctrl-C, and paste the lines that it prints into another terminal',
      command: '<%= config.bin %> <%= command.id %> --port 4567',
    },
  ];
  static override flags = {
    port: Flags.integer({
      summary: 'The port to listen on. Default: any free port.',
      default: 0,
      min: 0,
      max: 65_535,
    }),
    consent: Flags.string({
      summary: 'What the login does: allow at once, show the consent page, or refuse.',
      options: [...CONSENT_MODES],
      default: 'page',
    }),
    'token-age': Flags.string({
      summary: 'Issue tokens that are already this old (such as 55d), to rehearse a refresh or an expiry.',
      default: '0d',
      helpValue: 'TIME',
    }),
  };

  // Makes oclif pass everything to this command instead of looking for a command of that name.
  static override strict = false;

  /** What follows `--`, word for word. */
  private command: string[] | undefined;

  protected override async init(): Promise<void> {
    const end = this.argv.indexOf('--');
    if (end >= 0) this.command = this.argv.slice(end + 1);
    const {flags, argv} = await this.parse(SandboxCommand, end < 0 ? this.argv : this.argv.slice(0, end));
    this.flags = flags;
    if (argv.length > 0) throw misused('Unexpected argument; a command to run must follow --.');
    if (this.command?.length === 0) throw misused('There is no command after --.');
  }

  async run(): Promise<object> {
    const {port, consent} = this.flags;
    const tokenAge = parseDuration(this.flags['token-age'], '--token-age');
    if (tokenAge >= threads.renewal.lifetime)
      throw new VaultError('USAGE', '--token-age must be below 60d: an older token has expired.');
    // Ctrl-C is the normal way to end it, not an interruption.
    process.removeAllListeners('SIGINT');
    const ended = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => once(process, signal)));

    const home = await mkdtemp(join(tmpdir(), `${bin}-sandbox-`)).catch(error => {
      throw storageError(error, 'write to', tmpdir());
    });
    let sandbox: Sandbox | undefined;
    let ending: Ending | undefined;
    try {
      sandbox = await startSandbox({
        port,
        tokenAge,
        consent: consent as (typeof CONSENT_MODES)[number],
      }).catch(error => {
        throw cannotListen(port, error);
      });
      const variables = variablesFor(sandbox, home);
      if (this.command) {
        this.say(`The sandbox runs at ${sandbox.url} until the command ends.`);
        const env = {...withoutCredentials(process.env, threads.name), ...variables};
        ending = await runCommand(this.command, env);
      } else {
        this.show(sandbox, variables);
        await ended;
      }
    } finally {
      await sandbox?.close();
      await rm(home, {recursive: true, force: true});
    }
    if (ending) exitLike(ending);
    process.exit(0); // The JSON document was printed at the start; there must not be a second one.
  }

  private show({url}: Sandbox, variables: Record<string, string>): void {
    if (this.jsonEnabled()) this.logJson({url, variables});
    for (const [name, value] of Object.entries(variables))
      this.write(`export ${name}=${quoteShell(value)}\n`);
    this.say(
      'The sandbox runs until you press Ctrl-C. Paste the lines above into another terminal to use it. What is stored there is removed at the end.',
    );
  }
}

/** Points the tool to the sandbox. Nothing of it gets among the person's own credentials, nor into their keychain. */
function variablesFor({authorizeUrl, url, appId, appSecret}: Sandbox, home: string): Record<string, string> {
  return {
    [toolVariable('HOME')]: home,
    [toolVariable('KEY_STORE')]: 'file',
    [toolVariable('THREADS_AUTHORIZE_URL')]: authorizeUrl,
    [toolVariable('THREADS_API_URL')]: url,
    THREADS_APP_ID: appId,
    THREADS_APP_SECRET: appSecret,
  };
}

function misused(message: string): VaultError {
  return new VaultError('USAGE', message, [`For example: ${bin} threads sandbox -- bash`]);
}

function cannotListen(port: number, error: NodeJS.ErrnoException): VaultError {
  const reason = error.code === 'EADDRINUSE' ? 'another program uses it' : 'permission denied';
  return new VaultError('USAGE', `The sandbox cannot listen on port ${port}: ${reason}.`, [
    'Choose another port, or leave out --port.',
  ]);
}
