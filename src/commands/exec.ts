import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../cli/credential-command.js';
import {commandVariables, parseOnly, prefixesFor} from '../cli/exec/command-variables.js';
import {findMemory, sweepMemory, writeInMemory} from '../cli/exec/memory-file.js';
import {type Ending, exitLike, runCommand} from '../cli/exec/run-command.js';
import {dotenv} from '../cli/output/formats.js';
import {withoutCredentials} from '../config/child-environment.js';
import {platformVariable} from '../config/variables.js';
import {withUserId} from '../credentials/status.js';
import {VaultError} from '../errors.js';
import {defaultPlatform as platform} from '../platforms/index.js';
import {bin, toolVariable} from '../program.js';

const PREFIX = platform.name.toUpperCase();
/** Set for the command: the names of its credentials, for a shell prompt to show, and to refuse nesting. */
const MARK = toolVariable('EXEC');
const FILE = `${PREFIX}_CREDENTIALS_FILE`;

export default class Exec extends CredentialCommand<typeof Exec> {
  static override summary = 'Run a command with a valid credential in its environment';
  static override description =
    `The command gets ${PREFIX}_ACCESS_TOKEN, ${PREFIX}_REFRESH_TOKEN (the same token), ${PREFIX}_TOKEN_EXPIRES_AT, ${PREFIX}_USER_ID, ${PREFIX}_APP_ID and ${PREFIX}_APP_SECRET, where known. Any inherited ${PREFIX}_* variables are removed first. The token is refreshed first when due, and does not change while the command runs.

Input, output, terminal, signals and exit code are those of the command. An error before it starts has the exit codes of every command here, and is a JSON document with --json; 127: the command was not found; 126: it cannot be executed.`;
  static override usage = '<%= command.id %> [-i NAME]... [--only NAME,...] [--file] -- COMMAND...';
  static override examples = [
    {
      description: 'Run a bot, and everything it starts, with the token',
      command: '<%= config.bin %> <%= command.id %> -- npm start',
    },
    {
      description: 'Pass only what it needs',
      command: `<%= config.bin %> <%= command.id %> --only ${PREFIX}_ACCESS_TOKEN,${PREFIX}_USER_ID -- python3 post.py`,
    },
    {
      description: `Two accounts: the first as ${PREFIX}_ACCESS_TOKEN, the other as ${PREFIX}_SHOP_ACCESS_TOKEN`,
      command: '<%= config.bin %> <%= command.id %> -i my.account -i shop -- ./crosspost.sh',
    },
    {
      description: 'Keep secrets out of the environment, for a program that reads a .env file',
      command: `<%= config.bin %> <%= command.id %> --file -- sh -c 'exec node --env-file="$${FILE}" bot.js'`,
    },
  ];
  static override flags = {
    identifier: Flags.string({
      char: 'i',
      summary: 'The stored credential to use; repeat it for several.',
      description: `Default: the variables if they hold a token, else the default credential, else the only one stored. Of several, the first fills the plain variables, and each other one ${PREFIX}_NAME_...: its name in capitals, with _ for anything but letters and digits.`,
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    only: Flags.string({
      summary: 'Pass only these variables; one that cannot be filled is an error.',
      multiple: true,
      delimiter: ',',
      helpValue: 'NAME',
    }),
    file: Flags.boolean({
      summary: 'Pass a file instead of variables.',
      description: `A .env file in memory, private to you; ${FILE} names it. It is removed when the command ends. Linux only.`,
    }),
  };
  // Makes oclif pass everything to this command instead of looking for a command of that name.
  static override strict = false;

  private command: string[] = [];

  /** Keeps what follows `--` word for word; oclif would sort it. */
  protected override async init(): Promise<void> {
    const end = this.argv.indexOf('--');
    if (end < 0) throw misused('The command to run must follow --.');
    this.command = this.argv.slice(end + 1);
    const {flags, argv} = await this.parse(Exec, this.argv.slice(0, end));
    this.flags = flags;
    if (argv.length > 0) throw misused('Unexpected argument before --.');
    if (this.command.length === 0) throw misused('There is no command after --.');
  }

  async run(): Promise<never> {
    if (process.env[MARK]) throw nested();
    const only = this.flags.only && parseOnly(platform.name, this.flags.only);
    const identifiers = [...new Set(this.flags.identifier)];
    const prefixes = prefixesFor(platform.name, identifiers);
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
    const env = {...withoutCredentials(process.env, platform.name), [MARK]: names.join(','), ...given};
    let ending: Ending;
    try {
      ending = await runCommand(this.command, env);
    } finally {
      file?.remove();
    }
    return exitLike(ending);
  }

  private async credentialFor(identifier: string | undefined, only: string[] | undefined) {
    const credentials = this.credentials(platform);
    const resolved = await credentials.resolve({identifier});
    const isUserIdWanted = only?.includes(platformVariable(platform.name, 'USER_ID')) ?? true;
    return isUserIdWanted ? withUserId(credentials.context, resolved) : resolved.credential;
  }
}

function misused(message: string): VaultError {
  return new VaultError('USAGE', message, [
    `For example: ${bin} exec -- npm start`,
    `See: ${bin} exec --help`,
  ]);
}

function nested(): VaultError {
  return new VaultError('USAGE', `This already runs inside ${bin} exec: ${MARK} is set.`, [
    'Leave that shell first, or use another terminal.',
    `To nest it on purpose: env -u ${MARK} ${bin} exec -- COMMAND`,
  ]);
}
