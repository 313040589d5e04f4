import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand, keyStoreFlag} from '../../../cli/base-command.js';
import {readSource, refuseSecretPath} from '../../../cli/input/source-file.js';
import {parseVariable} from '../../../cli/output/env-file.js';
import {maskCredential} from '../../../cli/output/mask.js';
import {stripControlCharacters} from '../../../cli/output/table.js';
import {formatTimeLeft} from '../../../cli/output/times.js';
import {newNameFlag, reportRename} from '../../../cli/stored-credential.js';
import {parseIdentifier} from '../../../credential.js';
import {VaultError} from '../../../errors.js';
import {readAgoras} from '../../../import/agoras.js';
import type {Candidate} from '../../../import/candidate.js';
import {readDocument} from '../../../import/document.js';
import {type ImportOutcome, importAll} from '../../../import/import.js';
import {readVariables} from '../../../import/variables.js';
import {findService} from '../../../platforms/service.js';
import {threads} from '../../../platforms/threads/threads.js';

export default class Import extends BaseCommand<typeof Import> {
  static override summary = 'Take over credentials from Agoras, a .env file or a JSON document.';
  static override description =
    'Each token is shown to the service, which says whose it is and what it may do, and is then stored and read back; one that is dead is refused. The source is only read. An account that is stored already keeps its name. With several, one that fails stops no other; the exit code is that of the worst.';
  static override examples = [
    {
      description: 'Everything that Agoras keeps (~/.agoras, or AGORAS_STORAGE_DIR)',
      command: '<%= config.bin %> <%= command.id %> --from agoras',
    },
    {
      description: 'The token of a .env file, such as ThreadsPipe writes',
      command: '<%= config.bin %> <%= command.id %> --from env .env --variable long_lived_token_variable',
    },
    {
      description: 'From another machine of yours',
      command:
        'ssh other <%= config.bin %> utils tokens show -p threads --format json | <%= config.bin %> <%= command.id %> --from json -',
    },
  ];
  static override args = {
    path: Args.string({
      description: 'The file, or - for standard input; for agoras its folder, or one token file in it.',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    from: Flags.string({
      summary: 'What it comes from; json is what `show --format json` prints, or an array of it.',
      options: ['agoras', 'env', 'json'],
      required: true,
    }),
    variable: Flags.string({
      summary: 'The variable of the .env file that holds the token.',
      description: 'By default THREADS_REFRESH_TOKEN, else THREADS_ACCESS_TOKEN.',
      helpValue: 'NAME',
    }),
    identifier: newNameFlag,
    offline: Flags.boolean({
      summary: 'Store it as it is found; the service is asked when it is first used.',
    }),
    'key-store': keyStoreFlag,
  };

  async run(): Promise<object> {
    const {flags} = this;
    const identifier = flags.identifier === undefined ? undefined : parseIdentifier(flags.identifier);
    const candidates = await this.candidates();
    const vault = this.vault(await this.keyStoreChoice(flags['key-store']));
    const options = {
      offline: flags.offline,
      warn: this.warning,
      ...(identifier !== undefined && {identifier}),
    };
    const outcomes: ImportOutcome[] = [];
    for await (const outcome of importAll(threads, vault, candidates, options)) {
      outcomes.push(outcome);
      if ('error' in outcome && candidates.length === 1) throw withSource(outcome);
      await this.tell(outcome);
    }
    return this.report(outcomes);
  }

  private async candidates(): Promise<Candidate[]> {
    const {flags, args} = this;
    const {apiUrl} = findService(threads, process.env);
    const variable = parseVariable(flags.variable);
    if (variable !== undefined && flags.from !== 'env')
      throw new VaultError('USAGE', '--variable is for --from env only.');
    if (flags.from === 'agoras') {
      const path = args.path === undefined ? undefined : refuseSecretPath(args.path);
      return readAgoras(path, process.env, threads, apiUrl);
    }
    if (args.path === undefined) throw noFile(flags.from);
    const {text, name} = await readSource(args.path);
    return flags.from === 'env'
      ? readVariables(text, name, threads, apiUrl, variable)
      : readDocument(text, name, threads, apiUrl);
  }

  private async tell(outcome: ImportOutcome): Promise<void> {
    const source = stripControlCharacters(outcome.source);
    if ('skipped' in outcome) return this.say(`Left out ${source}: ${outcome.skipped}.`);
    if ('error' in outcome) {
      this.warning(`${source}: ${outcome.error.message}`);
      for (const suggestion of outcome.error.suggestions) this.say(`  ${suggestion}`);
      return;
    }
    const {identifier, username, user_id, expires_at} = outcome.credential;
    const account = username ? `@${username} (${user_id})` : `account ${user_id ?? '(unknown)'}`;
    this.write(
      `Imported ${stripControlCharacters(account)} as ${identifier} from ${source}${outcome.replaced ? ', in place of the one stored' : ''}: ${formatTimeLeft(expires_at)}.\n`,
    );
    await reportRename(this.home, threads, outcome);
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
    if (credentials.length === 0 && failures.length === 0) throw nothingFound();
    process.exitCode = Math.max(0, ...failures.map(({error}) => error.exitCode));
    return {credentials, skipped, failures};
  }
}

/** The only one there was: its failure is the command's. */
function withSource({source, error}: {source: string; error: VaultError}): VaultError {
  return new VaultError(error.code, `${source}: ${error.message}`, error.suggestions);
}

function noFile(from: string): VaultError {
  return new VaultError('USAGE', `Which file? --from ${from} needs one.`, [
    `Add its name, or - for standard input: --from ${from} FILE`,
  ]);
}

function nothingFound(): VaultError {
  return new VaultError('CREDENTIAL_MISSING', `There is no ${threads.title} credential in it.`, [
    'Look for the right file or folder.',
  ]);
}
