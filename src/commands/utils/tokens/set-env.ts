import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {CredentialCommand, identifierFlag} from '../../../cli/credential-command.js';
import {refuseSecretPath} from '../../../cli/input/source-file.js';
import {parseVariable, reportEnvFile, tokenVariableFlag} from '../../../cli/output/env-file.js';
import {formatTimeLeft} from '../../../cli/output/times.js';
import {writeEnvFile} from '../../../credentials/env-file.js';
import {threads} from '../../../platforms/threads/threads.js';

export default class SetEnv extends CredentialCommand<typeof SetEnv> {
  static override summary = 'Write the token into a .env file, for programs that read it there.';
  static override description =
    'It is written as it stands; `threads refresh --set-env` renews it first. Every other byte of the file stays: comments, order, line endings, the other variables; so do its mode and owner, and a link to it stays a link. THREADS_TOKEN_EXPIRES_AT is set with the token, if the file has it. A file that is not there yet is made, for you alone.';
  static override examples = [
    {description: 'Into the file of a project', command: '<%= config.bin %> <%= command.id %> .env'},
    {
      description: 'Into the variable that a program of yours reads',
      command: '<%= config.bin %> <%= command.id %> ~/bot/.env --variable long_lived_token_variable',
    },
  ];
  static override args = {
    file: Args.string({description: 'The .env file.', required: true, ignoreStdin: true}),
  };
  static override flags = {
    identifier: identifierFlag,
    platform: Flags.string({
      char: 'p',
      summary: 'The platform of the credential.',
      options: [threads.name],
      default: threads.name,
    }),
    variable: Flags.string(tokenVariableFlag),
  };

  async run(): Promise<object> {
    const {flags} = this;
    const path = refuseSecretPath(this.args.file);
    const variable = parseVariable(flags.variable);
    const sourced = await this.findCredential(threads, flags.identifier);
    const written = await writeEnvFile(path, sourced, variable);
    const {credential, source} = sourced;
    this.write(
      `${reportEnvFile(written)}: ${credential.identifier}, ${formatTimeLeft(credential.expires_at)}.\n`,
    );
    return {...written, identifier: credential.identifier, expires_at: credential.expires_at, source};
  }
}
