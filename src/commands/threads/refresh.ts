import * as Flags from '@oclif/core/flags';
import {CredentialCommand, identifierFlag} from '../../cli/credential-command.js';
import {refuseSecretPath} from '../../cli/input/source-file.js';
import {parseVariable, reportEnvFile, tokenVariableFlag} from '../../cli/output/env-file.js';
import {FORMATS} from '../../cli/output/formats.js';
import {maskCredential} from '../../cli/output/mask.js';
import {showProgress} from '../../cli/output/terminal.js';
import {formatTimeLeft} from '../../cli/output/times.js';
import type {Credential} from '../../credential.js';
import {
  probeEnvFile,
  readEnvFileCredential,
  type WrittenEnvFile,
  writeEnvFile,
  writeRenewed,
} from '../../credentials/env-file.js';
import {type FoundCredential, nothingStored} from '../../credentials/find.js';
import {refreshFromEnvironment, refreshStored} from '../../credentials/refresh.js';
import {refreshAll} from '../../credentials/refresh-all.js';
import {VaultError, worstExitCode} from '../../errors.js';
import {findService} from '../../platforms/service.js';
import {threads} from '../../platforms/threads/threads.js';

const OUTPUTS = ['plain', 'json', 'env', 'token'] as const;

export default class Refresh extends CredentialCommand<typeof Refresh> {
  static override summary = 'Renew a credential for another 60 days.';
  static override description =
    `Commands that use a credential do this by themselves when it is time; this one is for a schedule. A stored credential is renewed in place. A credential from the THREADS_* variables is renewed and printed, or written into a .env file, since nothing else keeps it. Where it is not time yet, nothing is asked and what there is is printed.`;
  static override examples = [
    {
      description: 'Everything that is stored, once a week',
      command: '<%= config.bin %> <%= command.id %> --all',
    },
    {
      description: 'In CI: renew the secret that the run was given',
      command: '<%= config.bin %> <%= command.id %> --format env | gh secret set -f -',
    },
    {
      description: 'Renew the token that a program reads from its .env file',
      command:
        '<%= config.bin %> <%= command.id %> --set-env ~/bot/.env --variable long_lived_token_variable',
    },
  ];
  static override flags = {
    identifier: identifierFlag,
    all: Flags.boolean({
      summary: 'Every stored credential, several at a time; the exit code is that of the worst failure.',
      exclusive: ['identifier', 'format'],
    }),
    'set-env': Flags.string({
      summary: 'Also write the token into this .env file.',
      description:
        'Where neither store nor variables hold a credential, the token in the file itself is renewed. Every other byte of the file stays, as with `utils tokens set-env`.',
      helpValue: 'FILE',
      exclusive: ['all'],
    }),
    variable: Flags.string({...tokenVariableFlag, dependsOn: ['set-env']}),
    force: Flags.boolean({summary: 'Ask the service even where it is not time, or too early for it.'}),
    format: Flags.string({
      summary: 'How to print the credential; all but plain show its secrets.',
      options: [...OUTPUTS],
      default: 'plain',
    }),
  };

  async run(): Promise<object> {
    if (this.flags.all) return this.refreshAll();
    const {windowDays} = await this.refreshPolicy();
    const envFile = this.envFile();
    const sourced = await this.findToRenew(envFile);
    if (envFile) await probeEnvFile(envFile.path, sourced, envFile.variable);
    const {credential, refreshed} =
      sourced.source.kind === 'environment'
        ? await this.renewFromEnvironment(sourced)
        : await refreshStored(threads, this.vault(), sourced.credential, windowDays, this.flags.force);
    const write = refreshed ? writeRenewed : writeEnvFile;
    const env_file = envFile && (await write(envFile.path, {...sourced, credential}, envFile.variable));
    return {...this.report(credential, refreshed, env_file), ...(env_file && {env_file})};
  }

  private envFile(): {path: string; variable: string | undefined} | undefined {
    const {'set-env': path, variable} = this.flags;
    if (path === undefined) return undefined;
    return {path: refuseSecretPath(path), variable: parseVariable(variable)};
  }

  /** Without any other, the token that stands in the `.env` file itself, as in ThreadsPipe's auto mode. */
  private async findToRenew(envFile: ReturnType<typeof this.envFile>): Promise<FoundCredential> {
    const {identifier} = this.flags;
    try {
      return await this.findCredential(threads, identifier);
    } catch (error) {
      const nothingFound = error instanceof VaultError && error.exitCode === 3 && identifier === undefined;
      const {apiUrl} = findService(threads, process.env);
      const credential =
        nothingFound && envFile
          ? await readEnvFileCredential(envFile.path, threads.name, apiUrl, envFile.variable)
          : undefined;
      if (!credential) throw error;
      const variables = {found: [], empty: []};
      return {credential, source: {kind: 'environment', identifier: null, variables}};
    }
  }

  private async renewFromEnvironment(sourced: FoundCredential) {
    if (this.flags.format === 'plain' && this.flags['set-env'] === undefined) {
      throw new VaultError(
        'USAGE',
        'A credential from the environment is kept nowhere, so say how to print the new one.',
        ['Use --format env (for gh secret set -f -), json or token, or --set-env FILE.'],
      );
    }
    const {windowDays} = await this.refreshPolicy();
    return refreshFromEnvironment(threads, sourced, windowDays, this.flags.force);
  }

  private report(credential: Credential, refreshed: boolean, envFile?: WrittenEnvFile): object {
    const {format} = this.flags;
    if (envFile) this.say(`${reportEnvFile(envFile)}.`);
    const words = formatOutcome({...credential, refreshed});
    if (format === 'plain') this.write(`${words}\n`);
    else {
      this.say(words);
      this.write(
        format === 'token' ? `${credential.refresh_token}\n` : FORMATS[format as 'json' | 'env'](credential),
      );
    }
    return {...(format === 'plain' ? maskCredential(credential) : credential), refreshed};
  }

  private async refreshAll(): Promise<object> {
    const {windowDays} = await this.refreshPolicy();
    const {force} = this.flags;
    const outcomes = await refreshAll(threads, this.vault(), {windowDays, force, onProgress: showProgress});
    if (outcomes.length === 0) throw nothingStored(threads.name);

    const lines = outcomes.map(outcome => ('refreshed' in outcome ? `${formatOutcome(outcome)}\n` : ''));
    this.write(lines.join(''));
    // After the rest, so that they stay in sight. Those that were not even asked for share a line.
    const failures = outcomes.filter(outcome => 'error' in outcome);
    const asked = failures.filter(({error}) => error.code !== 'NOT_ASKED');
    const notAsked = failures.filter(({error}) => error.code === 'NOT_ASKED');
    const more = notAsked.slice(0, 1).map(({error}) => ({identifier: `${notAsked.length} more`, error}));
    this.failures([...asked, ...more]);

    process.exitCode = worstExitCode(failures.map(({error}) => error));
    return {credentials: outcomes};
  }
}

function formatOutcome({
  refreshed,
  identifier,
  expires_at,
}: {
  refreshed: boolean;
  identifier: string;
  expires_at: string | null;
}): string {
  return `${refreshed ? 'Refreshed' : 'Not time yet'}: ${identifier}, ${formatTimeLeft(expires_at)}.`;
}
