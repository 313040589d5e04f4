import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../../cli/credential-command.js';
import {identifierFlag, tokenVariableFlag} from '../../../cli/flags.js';
import {refuseSecretPath} from '../../../cli/input/source-file.js';
import {parseVariable, reportEnvFile} from '../../../cli/output/env-file.js';
import {formatTimeLeft} from '../../../cli/output/times.js';
import {platformVariable} from '../../../config/variables.js';
import {writeEnvFile} from '../../../credentials/env-file.js';
import {defaultPlatform, findPlatform, platformNames} from '../../../platforms/index.js';

export default class SetEnv extends CredentialCommand<typeof SetEnv> {
  static override summary = 'Write the token into a .env file, for programs that read it there';
  static override description =
    `Writes the token without refreshing it; \`${defaultPlatform.name} refresh --set-env\` refreshes it first. Every other byte of the file stays: comments, order, line endings, other variables. So do its mode and owner, and a symbolic link to it. ${platformVariable(defaultPlatform.name, 'TOKEN_EXPIRES_AT')} is updated too, if the file has it. A new file is private to you.`;
  static override examples = [
    {description: 'Write it into the file of a project', command: '<%= config.bin %> <%= command.id %> .env'},
    {
      description: 'Write it into the variable that your program reads',
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
      options: [...platformNames],
      default: defaultPlatform.name,
    }),
    variable: Flags.string(tokenVariableFlag(defaultPlatform)),
  };

  async run(): Promise<object> {
    const {flags} = this;
    const path = refuseSecretPath(this.args.file);
    const variable = parseVariable(flags.variable);
    const found = await this.credentials(findPlatform(flags.platform)).find(flags.identifier);
    const written = await writeEnvFile({path, variable}, found);
    const {credential, source} = found;
    this.writeLine(`${reportEnvFile(written)}: ${credential.identifier}, ${formatTimeLeft(credential)}.`);
    return {...written, identifier: credential.identifier, expires_at: credential.expires_at, source};
  }
}
