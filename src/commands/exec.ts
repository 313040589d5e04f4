import * as Flags from '@oclif/core/flags';
import {CredentialCommand, identifierFlag} from '../cli/credential-command.js';
import {commandVariables, parseOnly, prefixesFor} from '../cli/exec/command-variables.js';
import {findMemory, sweepMemory, writeInMemory} from '../cli/exec/memory-file.js';
import {type Ending, exitLike, runCommand} from '../cli/exec/run-command.js';
import {dotenv} from '../cli/output/formats.js';
import {withoutCredentials} from '../config/child-environment.js';
import {platformVariable} from '../config/variables.js';
import {withUserId} from '../credentials/status.js';
import {VaultError} from '../errors.js';
import {threads} from '../platforms/threads/threads.js';
import {bin, toolVariable} from '../program.js';

/** Set for the command: the names of its credentials, for a prompt to show, and against nesting. */
const MARK = toolVariable('EXEC');
const FILE = `${threads.name.toUpperCase()}_CREDENTIALS_FILE`;

export default class Exec extends CredentialCommand<typeof Exec> {
  static override summary = 'Run a command with a living credential in its environment.';
  static override description =
    `The command gets THREADS_ACCESS_TOKEN, THREADS_REFRESH_TOKEN (the same token), THREADS_TOKEN_EXPIRES_AT, THREADS_USER_ID, THREADS_APP_ID and THREADS_APP_SECRET, as far as they are known; THREADS_* variables that were set before are cleared. The token is refreshed first when it is time, and stays what it is while the command runs.

Input, output, terminal, signals and exit code are the command's own. What goes wrong before it starts has the exit codes of every command here, and with --json is a document; 127: the command was not found; 126: it cannot be run.`;
  static override usage = '<%= command.id %> [-i NAME]... [--only NAME,...] [--file] -- COMMAND...';
  static override examples = [
    {
      description: 'Run a bot, and all that it starts, with the token',
      command: '<%= config.bin %> <%= command.id %> -- npm start',
    },
    {
      description: 'Only what it needs',
      command:
        '<%= config.bin %> <%= command.id %> --only THREADS_ACCESS_TOKEN,THREADS_USER_ID -- python3 post.py',
    },
    {
      description:
        'Two accounts: the first as THREADS_ACCESS_TOKEN …, the other as THREADS_SHOP_ACCESS_TOKEN …',
      command: '<%= config.bin %> <%= command.id %> -i my.account -i shop -- ./crosspost.sh',
    },
    {
      description: 'No secret in the environment: a program that reads a .env file',
      command:
        '<%= config.bin %> <%= command.id %> --file -- sh -c \'exec node --env-file="$THREADS_CREDENTIALS_FILE" bot.js\'',
    },
  ];
  static override flags = {
    identifier: Flags.string({
      char: 'i',
      summary: 'The stored credential to use; repeat it for several.',
      description: `${identifierFlag.description} Of several, the first fills the plain variables and each other one THREADS_NAME_…: its name in capitals, with _ for what is no letter or digit.`,
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    only: Flags.string({
      summary: 'Hand on these variables alone; one that cannot be filled is an error.',
      multiple: true,
      delimiter: ',',
      helpValue: 'NAME',
    }),
    file: Flags.boolean({
      summary: 'Hand on a file instead of variables.',
      description:
        'A .env file in memory, for this user alone; THREADS_CREDENTIALS_FILE names it. It is removed when the command ends. Linux only.',
    }),
  };
  // Makes oclif give everything to this command, rather than look for a command of that name.
  static override strict = false;

  private command: string[] = [];

  /** What follows `--` is the command's, word for word; oclif would sort it. */
  protected override async init(): Promise<void> {
    const end = this.argv.indexOf('--');
    if (end < 0) throw misused('The command to run comes after --.');
    this.command = this.argv.slice(end + 1);
    const {flags, argv} = await this.parse(Exec, this.argv.slice(0, end));
    this.flags = flags;
    if (argv.length > 0) throw misused('There is an argument too many before the --.');
    if (this.command.length === 0) throw misused('There is no command to run after the --.');
  }

  async run(): Promise<never> {
    if (process.env[MARK]) throw nested();
    const only = this.flags.only && parseOnly(threads.name, this.flags.only);
    const identifiers = [...new Set(this.flags.identifier)];
    const prefixes = prefixesFor(threads.name, identifiers);
    const memory = this.flags.file ? await findMemory(process.env) : undefined;
    await sweepMemory(process.env);

    const variables: [name: string, value: string][] = [];
    const names: string[] = [];
    for (const [index, prefix] of prefixes.entries()) {
      const credential = await this.credentialFor(identifiers[index], only);
      variables.push(...commandVariables(credential, prefix, only));
      names.push(credential.identifier);
    }

    const file = memory ? await writeInMemory(memory, 'credentials.env', dotenv(variables)) : undefined;
    const given = file ? {[FILE]: file.path} : Object.fromEntries(variables);
    const env = {...withoutCredentials(process.env, threads.name), [MARK]: names.join(','), ...given};
    let ending: Ending;
    try {
      ending = await runCommand(this.command, env);
    } finally {
      file?.remove();
    }
    return exitLike(ending);
  }

  private async credentialFor(identifier: string | undefined, only: string[] | undefined) {
    const living = await this.livingCredential(threads, identifier);
    const isUserIdWanted = only?.includes(platformVariable(threads.name, 'USER_ID')) ?? true;
    return isUserIdWanted ? withUserId(threads, living, this.warning) : living.credential;
  }
}

function misused(message: string): VaultError {
  return new VaultError('USAGE', message, [`Such as: ${bin} exec -- npm start`, `See: ${bin} exec --help`]);
}

function nested(): VaultError {
  return new VaultError('USAGE', `This runs inside ${bin} exec already: ${MARK} is set.`, [
    'Leave that shell first, or use another terminal.',
    `If the command must: env -u ${MARK} ${bin} exec …`,
  ]);
}
