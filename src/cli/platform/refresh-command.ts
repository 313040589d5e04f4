import * as Flags from '@oclif/core/flags';
import {accessTokenOf, type Credential} from '../../credential.js';
import {announceOverrides} from '../../credentials/context.js';
import {
  type EnvFileTarget,
  probeEnvFile,
  readEnvFileCredential,
  type WrittenEnvFile,
  writeEnvFile,
  writeRenewed,
} from '../../credentials/env-file.js';
import {type FoundCredential, nothingStored} from '../../credentials/find.js';
import {ExitCode, VaultError, worstExitCode} from '../../errors.js';
import {defaultPlatform} from '../../platforms/index.js';
import type {Platform} from '../../platforms/platform.js';
import {findService} from '../../platforms/service.js';
import {CredentialCommand} from '../credential-command.js';
import {identifierFlag, tokenVariableFlag} from '../flags.js';
import {refuseSecretPath} from '../input/source-file.js';
import {parseVariable, reportEnvFile} from '../output/env-file.js';
import {FORMATS} from '../output/formats.js';
import {maskCredential} from '../output/mask.js';
import {showProgress} from '../output/progress.js';
import {formatTimeLeft} from '../output/times.js';

const OUTPUTS = ['plain', 'json', 'env', 'token'] as const;

export const refreshFlags = (platform: Platform) => ({
  identifier: identifierFlag,
  all: Flags.boolean({
    summary:
      'Refresh every stored credential, several at a time; the exit code is that of the worst failure.',
    exclusive: ['identifier', 'format'],
  }),
  'set-env': Flags.string({
    summary: 'Also write the token into this .env file.',
    description:
      'If neither the store nor the variables hold a credential, the token in the file itself is refreshed. Every other byte of the file stays, as with `utils tokens set-env`.',
    helpValue: 'FILE',
    exclusive: ['all'],
  }),
  variable: Flags.string({...tokenVariableFlag(platform), dependsOn: ['set-env']}),
  force: Flags.boolean({summary: 'Ask the service even if the token is not due, or too young.'}),
  format: Flags.string({
    summary: 'How to print the credential; all but plain show its secrets.',
    options: [...OUTPUTS],
    default: 'plain',
  }),
});

/** Renews a credential of a platform, or all that are stored. */
export abstract class RefreshCommand extends CredentialCommand<typeof RefreshCommand> {
  static override flags = refreshFlags(defaultPlatform);

  protected abstract readonly platform: Platform;

  async run(): Promise<object> {
    const {all, force} = this.flags;
    if (all) return this.refreshAll();
    const envFile = this.envFile();
    const found = await this.findToRenew(envFile);
    if (envFile) await probeEnvFile(envFile, found);
    if (found.source.kind === 'environment') this.requireOutput();
    const {credential, refreshed} = await this.credentials(this.platform).refresh(found, {force});
    const write = refreshed ? writeRenewed : writeEnvFile;
    const env_file = envFile && (await write(envFile, {...found, credential}));
    return {...this.report(credential, refreshed, env_file), ...(env_file && {env_file})};
  }

  private envFile(): EnvFileTarget | undefined {
    const {'set-env': path, variable} = this.flags;
    if (path === undefined) return undefined;
    return {path: refuseSecretPath(path), variable: parseVariable(variable)};
  }

  /** Finds the credential. Without one, reads the token in the `.env` file. */
  private async findToRenew(envFile: EnvFileTarget | undefined): Promise<FoundCredential> {
    const {identifier} = this.flags;
    try {
      return await this.credentials(this.platform).find(identifier);
    } catch (error) {
      const isMissing = error instanceof VaultError && error.exitCode === ExitCode.NO_CREDENTIAL;
      if (!isMissing || identifier !== undefined || !envFile) throw error;
      const {apiUrl} = findService(this.platform, process.env);
      const credential = await readEnvFileCredential(envFile, this.platform, apiUrl);
      if (!credential) throw error;
      announceOverrides(this.credentials(this.platform).context);
      const variables = {found: [], empty: []};
      return {credential, source: {kind: 'environment', identifier: null, variables}};
    }
  }

  /** Nothing stores a token that came from the environment, so it must go somewhere. */
  private requireOutput(): void {
    if (this.flags.format !== 'plain' || this.flags['set-env'] !== undefined) return;
    throw new VaultError(
      'USAGE',
      'A refreshed token from the environment is not stored; say where it should go.',
      ['Use --format env (for gh secret set -f -), json or token, or --set-env FILE.'],
    );
  }

  private report(credential: Credential, refreshed: boolean, envFile?: WrittenEnvFile): object {
    const {format} = this.flags;
    if (envFile) this.say(`${reportEnvFile(envFile)}.`);
    const outcome = formatOutcome({...credential, refreshed});
    if (format === 'plain') this.writeLine(outcome);
    else {
      this.say(outcome);
      this.write(
        format === 'token' ? `${accessTokenOf(credential)}\n` : FORMATS[format as 'json' | 'env'](credential),
      );
    }
    return {...(format === 'plain' ? maskCredential(credential) : credential), refreshed};
  }

  private async refreshAll(): Promise<object> {
    const {force} = this.flags;
    const outcomes = await this.credentials(this.platform).refreshAll({force, onProgress: showProgress});
    if (outcomes.length === 0) throw nothingStored(this.platform.name);

    for (const outcome of outcomes) if ('refreshed' in outcome) this.writeLine(formatOutcome(outcome));
    // Failures come last, so that they stay in sight. Those that were skipped share a line.
    const failures = outcomes.filter(outcome => 'error' in outcome);
    const asked = failures.filter(({error}) => error.code !== 'NOT_ASKED');
    const skipped = failures.filter(({error}) => error.code === 'NOT_ASKED');
    const summary = skipped.slice(0, 1).map(({error}) => ({identifier: `${skipped.length} more`, error}));
    this.failures([...asked, ...summary]);

    process.exitCode = worstExitCode(failures.map(({error}) => error));
    return {credentials: outcomes};
  }
}

interface Outcome {
  refreshed: boolean;
  identifier: string;
  expires_at: string | null;
  issued_at?: string | null;
}

function formatOutcome({refreshed, identifier, ...dates}: Outcome): string {
  return `${refreshed ? 'Refreshed' : 'Not due yet'}: ${identifier}, ${formatTimeLeft(dates)}.`;
}
