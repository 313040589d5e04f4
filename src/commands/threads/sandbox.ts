import {once} from 'node:events';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base-command.js';
import {quoteShell} from '../../cli/output/formats.js';
import {parseDuration} from '../../cli/output/times.js';
import {VaultError} from '../../errors.js';
import {startSandbox} from '../../platforms/threads/sandbox/sandbox.js';
import {threads} from '../../platforms/threads/threads.js';
import {toolVariable} from '../../program.js';

const CONSENT_MODES = ['auto', 'page', 'deny'] as const;

export default class SandboxCommand extends BaseCommand<typeof SandboxCommand> {
  static override summary = 'Run a local stand-in for Threads, to try the tool or rehearse a CI job';
  static override description =
    'Serves the login, the token endpoints, debug_token, /me, publishing, insights and limits on this machine until Ctrl-C. Prints the variables that point the tool to it. Nothing leaves the machine, and its tokens work nowhere else.';
  static override examples = [
    {
      description: 'Try the login with a consent page',
      command: '<%= config.bin %> <%= command.id %> --port 4567 --consent page',
    },
    {
      description: 'Then, in another terminal, after pasting the lines it printed',
      command: '<%= config.bin %> threads authorize',
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

  async run(): Promise<object> {
    const {port, consent} = this.flags;
    const tokenAge = parseDuration(this.flags['token-age'], '--token-age');
    if (tokenAge >= threads.renewal.lifetime)
      throw new VaultError('USAGE', '--token-age must be below 60d: an older token has expired.');
    // Ctrl-C is the normal way to end it, not an interruption.
    process.removeAllListeners('SIGINT');
    const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

    const sandbox = await startSandbox({
      port,
      tokenAge,
      consent: consent as (typeof CONSENT_MODES)[number],
    }).catch(error => {
      throw cannotListen(port, error);
    });
    const variables = {
      [toolVariable('THREADS_AUTHORIZE_URL')]: sandbox.authorizeUrl,
      [toolVariable('THREADS_API_URL')]: sandbox.url,
      THREADS_APP_ID: sandbox.appId,
      THREADS_APP_SECRET: sandbox.appSecret,
    };
    if (this.jsonEnabled()) this.logJson({url: sandbox.url, variables});
    for (const [name, value] of Object.entries(variables))
      this.write(`export ${name}=${quoteShell(value)}\n`);
    this.say(
      'The sandbox runs until you press Ctrl-C. Paste the lines above into another terminal to use it.',
    );

    await ended;
    await sandbox.close();
    process.exit(0); // The JSON document was printed at the start; there must not be a second one.
  }
}

function cannotListen(port: number, error: NodeJS.ErrnoException): VaultError {
  const reason = error.code === 'EADDRINUSE' ? 'another program uses it' : 'permission denied';
  return new VaultError('USAGE', `The sandbox cannot listen on port ${port}: ${reason}.`, [
    'Choose another port, or leave out --port.',
  ]);
}
