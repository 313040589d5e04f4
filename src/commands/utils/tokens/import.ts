import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../../cli/credential-command.js';
import {keyStoreFlag, newNameFlag, tokenVariableFlag} from '../../../cli/flags.js';
import {readSource, refuseSecretPath} from '../../../cli/input/source-file.js';
import {parseVariable} from '../../../cli/output/env-file.js';
import {maskCredential} from '../../../cli/output/mask.js';
import {formatTimeLeft} from '../../../cli/output/times.js';
import {parseIdentifier} from '../../../credential.js';
import {VaultError} from '../../../errors.js';
import {readAgoras} from '../../../import/agoras.js';
import type {Candidate} from '../../../import/candidate.js';
import {readDocument} from '../../../import/document.js';
import {type ImportOutcome, importAll} from '../../../import/import.js';
import {readVariables} from '../../../import/variables.js';
import {defaultPlatform as platform} from '../../../platforms/index.js';
import {findService} from '../../../platforms/service.js';

export default class Import extends CredentialCommand<typeof Import> {
  static override summary = 'Import credentials from Agoras, a .env file or a JSON document';
  static override description =
    'Asks the service whose each token is and what it may do, then stores it and reads it back; an expired or revoked token is refused. The source is only read. An account that is already stored keeps its name. With several, one failure does not stop the others; the exit code is that of the worst.';
  static override examples = [
    {
      description: 'Import everything that Agoras has stored (~/.agoras, or AGORAS_STORAGE_DIR)',
      command: '<%= config.bin %> <%= command.id %> --from agoras',
    },
    {
      description: 'Import the token of a .env file from another tool',
      command: '<%= config.bin %> <%= command.id %> --from env .env --variable long_lived_token_variable',
    },
    {
      description: 'Import from another machine',
      command: `ssh other <%= config.bin %> utils tokens show -p ${platform.name} --format json | <%= config.bin %> <%= command.id %> --from json -`,
    },
  ];
  static override args = {
    path: Args.string({
      description: 'The file, or - for standard input; for agoras, its folder or one token file in it.',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    from: Flags.string({
      summary: 'Where they come from; json is what `show --format json` prints, or an array of it.',
      options: ['agoras', 'env', 'json'],
      required: true,
    }),
    variable: Flags.string(tokenVariableFlag(platform)),
    identifier: newNameFlag,
    offline: Flags.boolean({
      summary: 'Store it unverified; the service is asked at the first use.',
    }),
    'key-store': keyStoreFlag,
  };

  async run(): Promise<object> {
    const {flags} = this;
    const identifier = flags.identifier === undefined ? undefined : parseIdentifier(flags.identifier);
    const candidates = await this.candidates();
    this.vault(await this.keyStoreChoice(flags['key-store']));
    const options = {offline: flags.offline, identifier};
    const outcomes: ImportOutcome[] = [];
    for await (const outcome of importAll(this.credentials(platform).context, candidates, options)) {
      outcomes.push(outcome);
      if ('error' in outcome && candidates.length === 1) throw withSource(outcome);
      await this.tell(outcome);
    }
    return this.report(outcomes);
  }

  private async candidates(): Promise<Candidate[]> {
    const {flags, args} = this;
    const {apiUrl} = findService(platform, process.env);
    const variable = parseVariable(flags.variable);
    if (variable !== undefined && flags.from !== 'env')
      throw new VaultError('USAGE', '--variable only works with --from env.');
    if (flags.from === 'agoras') {
      const path = args.path === undefined ? undefined : refuseSecretPath(args.path);
      return readAgoras({path, env: process.env, platform, apiUrl});
    }
    if (args.path === undefined) throw noFile(flags.from);
    const {text, name} = await readSource(args.path);
    return flags.from === 'env'
      ? readVariables({text, source: name, platform, apiUrl, variable})
      : readDocument({text, source: name, platform, apiUrl});
  }

  private async tell(outcome: ImportOutcome): Promise<void> {
    const {source} = outcome;
    if ('skipped' in outcome) return this.say(`Skipped ${source}: ${outcome.skipped}.`);
    if ('error' in outcome) {
      this.warning(`${source}: ${outcome.error.message}`);
      for (const suggestion of outcome.error.suggestions) this.say(`  ${suggestion}`);
      return;
    }
    const {identifier, username, user_id} = outcome.credential;
    const account = username ? `@${username} (${user_id})` : `account ${user_id ?? '(unknown)'}`;
    this.writeLine(
      `Imported ${account} as ${identifier} from ${source}${outcome.replaced ? ', replacing the stored one' : ''}: ${formatTimeLeft(outcome.credential)}.`,
    );
    await this.reportRename(outcome.credential, outcome.renamedFrom);
  }

  private report(outcomes: ImportOutcome[]): object {
    const credentials = outcomes.flatMap(each =>
      'credential' in each
        ? [{source: each.source, replaced: each.replaced, ...maskCredential(each.credential)}]
        : [],
    );
    const failures = outcomes.filter(each => 'error' in each);
    const skipped = outcomes.flatMap(each =>
      'skipped' in each ? [{source: each.source, reason: each.skipped}] : [],
    );
    if (credentials.length === 0 && failures.length === 0) throw nothingToImport();
    process.exitCode = Math.max(0, ...failures.map(({error}) => error.exitCode));
    return {credentials, skipped, failures};
  }
}

/** The failure of the only candidate is the failure of the command. */
function withSource({source, error}: {source: string; error: VaultError}): VaultError {
  return new VaultError(error.code, `${source}: ${error.message}`, error.suggestions);
}

function noFile(from: string): VaultError {
  return new VaultError('USAGE', `--from ${from} needs a file.`, [
    `Name it, or use - for standard input: --from ${from} FILE`,
  ]);
}

function nothingToImport(): VaultError {
  return new VaultError('CREDENTIAL_MISSING', `The source holds no ${platform.title} credential.`, [
    'Check that it is the right file or folder.',
  ]);
}
